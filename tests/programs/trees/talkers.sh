#!/bin/bash
# Programs that talk to each other, all inside: a chat of 200 clients (python asyncio), HTTP/2 between node and python, a
# message bus with a client that listens, nc and socat in their modes, and curl with a large file from nginx.
set -u
directory=$1 go=$2 port=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$directory/html"
cd "$directory"
exec 2>errors
await() { until "$@" >/dev/null 2>&1; do sleep 0.02; done; }
seq 900000 >html/large
numbers=$(sha256sum <html/large)

chat=$((port - 9000)) http2=$((port - 7000)) relay=$((port - 5000)) # nobody else's, and below what the kernel gives to clients
listens() { (: </dev/tcp/127.0.0.1/"$1"); }
is_open() { ss -Hltn "sport = :$1" | grep -q .; } # without a connection: the next one is the one that is served
cat >nginx.conf <<TEXT
daemon off;
pid nginx.pid;
error_log error.log;
events { worker_connections 128; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server { listen 127.0.0.1:$port; root html; }
}
TEXT
nginx -p "$directory" -c nginx.conf -e error.log &
servers=($!)
/usr/bin/python3 "$here/chat.py" server $chat &
servers+=($!)
node "$here/http2_server.js" $http2 &
servers+=($!)
dbus-daemon --session --nofork --nopidfile --address="unix:path=$directory/bus" >/dev/null &
servers+=($!)
export DBUS_SESSION_BUS_ADDRESS=unix:path=$directory/bus
await listens "$port"; await listens $chat; await listens $http2
await dbus-send --session --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames
dbus-monitor --profile "interface='test.Round'" >monitor &
servers+=($!)
monitors() { dbus-send --session --type=signal / test.Round.Ready && grep -q Ready monitor; }
await monitors
# A server that takes one client after the other, for all rounds.
nc -lkU many >many.out &
servers+=($!)
socat "TCP-LISTEN:$((relay + 4)),bind=127.0.0.1,reuseaddr,fork" EXEC:"tr a-z A-Z" &
servers+=($!)
await test -S many; await listens $((relay + 4))
coproc CHAT { exec /usr/bin/python3 "$here/chat.py" clients $chat 200; }
chat_in=${CHAT[1]} chat_out=${CHAT[0]} chat_pid=$CHAT_PID
exec 8>&"$chat_in" 9<&"$chat_out"
mkfifo http2.in http2.out
/usr/bin/python3 "$here/http2_client.py" $http2 <http2.in >http2.out &
http2_pid=$!
exec 6>http2.in 7<http2.out

same() { [ "$(sha256sum)" = "$numbers" ] && echo "$1: as sent"; }
relayed() { # over TCP to nc, by a unix socket to socat, through a program, over TCP from socat to nc
    rm -f hop
    socat -u UNIX-LISTEN:hop EXEC:cat | socat -u - TCP-LISTEN:$((relay + 1)),bind=127.0.0.1,reuseaddr &
    local last=$!
    await test -S hop
    nc -lN 127.0.0.1 $relay | nc -NU hop &
    await is_open $relay; await is_open $((relay + 1))
    nc -N 127.0.0.1 $relay <html/large &
    nc -d 127.0.0.1 $((relay + 1)) | same "nc and socat"
    wait $last
}
round=0
while :; do
    round=$((round + 1))
    relayed >relayed &
    relay_pid=$!
    curl -fsS --limit-rate 3M "http://127.0.0.1:$port/large" | same "curl" >fetched &
    curl_pid=$!
    echo round >&8; read -r line <&9; echo "$line"
    echo round >&6; read -r line <&7; echo "$line"
    dbus-send --session --type=signal / test.Round.Done "int32:$round"
    echo "round $round" | nc -NU many
    echo "in capitals" | socat - "TCP:127.0.0.1:$((relay + 4))"
    echo "packets" | socat -u - UNIX-SENDTO:nobody 2>/dev/null || echo "nobody is there"
    wait $relay_pid $curl_pid
    cat relayed fetched
    [ ! -e "$go" ] || break
done
heard() { [ "$(grep -c Done monitor)" -eq $round ]; }
await heard && echo "each signal was heard once"
took() { [ "$(wc -l <many.out)" -eq $round ]; }
await took && [ "$(sort -u many.out | wc -l)" -eq $round ] && echo "each line was taken once"
exec 8>&- 6>&-
exec {chat_in}>&-
wait $http2_pid; echo "http2 client $?"
wait $chat_pid; echo "chat clients $?"
kill "${servers[@]}"
exit 0
