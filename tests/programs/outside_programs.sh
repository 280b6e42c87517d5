#!/bin/bash
# Real programs on both sides of the edge of a computation. outside_programs.sh INTERPOSE CASE
set -euo pipefail
interpose=$1 case=$2
here=$PWD

await() { # COMMAND...: until it succeeds
    for _ in $(seq 1500); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.02
    done
    echo "waited for: $*" >&2
    exit 1
}
free_port() { /usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
joined() { [ "$("$interpose" ps 2>/dev/null | grep -c "$1")" -ge "${2:-1}" ]; } # NAME [COUNT]
running() { "$interpose" status | grep -q '^state *running' && joined "$1"; }
says() { [ "$(tail -n1 "$1")" = "$2" ]; } # FILE LINE
checkpoints() { for _ in 1 2 3; do "$interpose" checkpoint >/dev/null; done; }
outside=()
trap '"$interpose" kill >/dev/null 2>&1; "$interpose" quit >/dev/null 2>&1; kill "${outside[@]}" 2>/dev/null || true' EXIT

begin() { # what is inside; its lines come from the FIFO questions (fd 5) and go to the file answers
    mkfifo questions
    "$interpose" run --new-coordinator -- "$@" <questions >answers 2>errors &
    program=$!
    exec 5>questions
}
ask() { echo "$1" >&5 && await says answers "$2"; } # LINE, LINE OF THE ANSWER
stop() { checkpoint=$("$interpose" checkpoint --stop) && { wait $program || true; }; }
again() { # NAME: restarts it
    "$interpose" restart "$checkpoint" <questions >>answers 2>>errors &
    program=$!
    await running "$1"
}

prepare_database() {
    export PATH
    PATH=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n1):$PATH
    sql=$(free_port)
    initdb --no-sync --auth=trust -D data >initdb.log
    server=(postgres -D "$here/data" -p "$sql" -c "unix_socket_directories=$here" -c listen_addresses=127.0.0.1 -c shared_buffers=16MB)
    session=(psql -XAtq -h 127.0.0.1 -p "$sql" -d postgres)
}
serve_files() { # nginx with a large file, outside
    http=$(free_port)
    mkdir html
    seq 2000000 >html/large
    cat >nginx.conf <<CONF
daemon off;
pid $here/nginx.pid;
error_log $here/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $here/body;
    proxy_temp_path $here/proxy;
    fastcgi_temp_path $here/fastcgi;
    uwsgi_temp_path $here/uwsgi;
    scgi_temp_path $here/scgi;
    server { listen 127.0.0.1:$http; root $here/html; }
}
CONF
    nginx -p "$here" -c nginx.conf -e nginx.log &
    outside+=($!)
    await curl -fsS -o /dev/null -r 0-9 "http://127.0.0.1:$http/large"
}

case $case in
psql-inside)
    # What a session alone knows (a temporary table, a transaction) is there after checkpoints; after a restart psql says that
    # the server has gone.
    prepare_database
    "${server[@]}" >server.log 2>&1 &
    outside+=($!)
    await pg_isready -q -h 127.0.0.1 -p "$sql"
    begin "${session[@]}"
    ask "create temporary table t as select generate_series(1, 1000) as n; begin; insert into t values (1001); select count(*) from t;" 1001
    await joined psql
    checkpoints
    ask "select sum(n) from t;" 501501
    ask "rollback; select count(*) from t;" 1000
    stop
    again psql
    echo "select 1;" >&5
    wait $program && exit 1
    grep -q "server closed the connection\|connection to server was lost\|Connection reset" errors
    ;;
psql-outside)
    # A session outside goes on over checkpoints of the server; after a restart the server takes new ones.
    prepare_database
    "$interpose" run --new-coordinator -- "${server[@]}" >server.log 2>&1 &
    program=$!
    await pg_isready -q -h 127.0.0.1 -p "$sql"
    await joined postgres 4
    mkfifo questions
    "${session[@]}" <questions >answers 2>errors &
    client=$!
    exec 5>questions
    ask "create table t as select generate_series(1, 1000) as n; begin; insert into t values (1001); select count(*) from t;" 1001
    checkpoints
    ask "select sum(n) from t;" 501501
    ask "commit; checkpoint; select count(*) from t;" 1001
    checkpoint=$("$interpose" checkpoint --stop)
    wait $program || true
    "$interpose" restart "$checkpoint" >>server.log 2>&1 &
    program=$!
    await pg_isready -q -h 127.0.0.1 -p "$sql"
    [ "$("${session[@]}" -c "select sum(n) from t")" = 501501 ]
    exec 5>&-
    wait $client || true
    ;;
curl)
    # A download from outside, into a pipe that is not read meanwhile, goes on over checkpoints.
    serve_files
    mkfifo download
    exec 5<>download
    "$interpose" run --new-coordinator -- curl -fsS -o download "http://127.0.0.1:$http/large" &
    program=$!
    await joined curl
    for size in 1000000 5000000 0; do
        "$interpose" checkpoint >/dev/null
        head -c $size <&5 >>downloaded
    done
    head -c $(($(stat -c %s html/large) - 6000000)) <&5 >>downloaded
    wait $program
    cmp html/large downloaded
    ;;
iperf)
    # As fast as it goes, with checkpoints all the time, a restart in the middle, and both ends inside.
    port=$(free_port)
    cat >both.sh <<BOTH
iperf3 -s -1 -B 127.0.0.1 -p $port >server.out &
until ss -Hltn "sport = :$port" | grep -q .; do sleep 0.02; done
iperf3 -c 127.0.0.1 -p $port -t 3600 >client.out 2>&1 &
client=\$!
until [ -e $here/go ]; do sleep 0.02; done
kill -INT \$client
wait
echo "both have ended"
BOTH
    "$interpose" run --new-coordinator --interval 2 -- /bin/bash both.sh >answers 2>errors &
    program=$!
    await joined iperf3 2
    made() { [ "$(find "$XDG_STATE_HOME" -name manifest | wc -l)" -ge "$1" ]; }
    await made 2
    checkpoint=$("$interpose" checkpoint --stop)
    wait $program || true
    "$interpose" restart --interval 2 "$checkpoint" >>answers 2>>errors &
    program=$!
    await running iperf3
    count=$(find "$XDG_STATE_HOME" -name manifest | wc -l)
    await made $((count + 1))
    touch go
    wait $program
    says answers "both have ended"
    grep -q receiver client.out
    ;;
syslog)
    # A datagram socket to a service outside is connected to it again.
    socat -u UNIX-RECV:log,mode=666 CREATE:received &
    outside+=($!)
    await test -S log
    heard() { grep -q "$1" received; }
    begin logger --socket "$here/log" --tag inside
    echo first >&5
    await heard "inside: first"
    await joined logger
    checkpoints
    echo second >&5
    await heard "inside: second"
    stop
    again logger
    echo third >&5
    await heard "inside: third"
    exec 5>&-
    wait $program
    ;;
dbus)
    # A client inside, a message bus outside: what it listens for comes after checkpoints; after a restart it finds the bus
    # closed, and others inside reach it by new connections.
    export DBUS_SESSION_BUS_ADDRESS=unix:path=$here/bus
    dbus-daemon --session --nofork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS" 2>bus.log &
    outside+=($!)
    await dbus-send --session --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames
    begin /bin/bash -c 'dbus-monitor --profile "interface=test.Outside" >monitor & while read -r name; do dbus-send --session / "test.Outside.$name" && echo "$name"; done; wait $!; echo "monitor has ended"'
    tell() { dbus-send --session / "test.Outside.$1" && grep -q "$1" monitor; }
    await tell Ready
    await joined dbus-monitor
    checkpoints
    await tell Later
    ask Inside Inside
    await tell Latest
    stop
    again bash
    ask Again Again
    exec 5>&-
    wait $program
    says answers "monitor has ended"
    ;;
ssh)
    # A program inside that somebody runs through an ssh session; afterwards it goes on without one.
    port=$(free_port)
    ssh-keygen -q -t ed25519 -N '' -f host_key
    ssh-keygen -q -t ed25519 -N '' -f user_key
    cat >sshd_config <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $here/host_key
AuthorizedKeysFile $here/user_key.pub
PidFile $here/sshd.pid
UsePAM no
StrictModes no
PasswordAuthentication no
CONF
    /usr/sbin/sshd -D -f "$here/sshd_config" -E "$here/sshd.log" &
    outside+=($!)
    await test -e sshd.pid
    mkfifo questions
    ssh -F none -p "$port" -i user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR 127.0.0.1 \
        "cd $here && export XDG_STATE_HOME=$XDG_STATE_HOME && exec $interpose run --new-coordinator -- /bin/bash -c 'while read -r line; do n=\$((n + 1)); echo \"\$n \$line\"; done; echo end'" \
        <questions >answers 2>errors &
    program=$!
    exec 5>questions
    ask one "1 one"
    await joined bash
    checkpoints
    ask two "2 two"
    stop
    again bash
    ask three "3 three"
    exec 5>&-
    wait $program
    says answers end
    ;;
esac
echo "PASS $case"
