#!/bin/bash
# Servers inside, clients outside: a redis client that stays connected, and a large download from nginx, over several
# checkpoints from which the servers run on. outside_services.sh INTERPOSE
set -euo pipefail
interpose=$1
here=$PWD

await() { # COMMAND...: until it succeeds
    for _ in $(seq 1500); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.02
    done
    echo "waited for: $*" >&2
    exit 1
}

# A port that nobody has now; the servers want a number.
free_port() { /usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

mkdir nginx
head -c 40000000 /dev/urandom >nginx/large
http=$(free_port) redis=$(free_port)
cat >nginx/nginx.conf <<CONF
daemon off;
worker_processes 2;
pid $here/nginx/pid;
error_log $here/nginx/error.log;
events {}
http {
    access_log off;
    client_body_temp_path $here/nginx/body;
    proxy_temp_path $here/nginx/proxy;
    fastcgi_temp_path $here/nginx/fastcgi;
    uwsgi_temp_path $here/nginx/uwsgi;
    scgi_temp_path $here/nginx/scgi;
    server { listen 127.0.0.1:$http; root $here/nginx; }
}
CONF
cat >servers.sh <<SERVERS
/usr/sbin/nginx -p $here/nginx -c $here/nginx/nginx.conf &
exec redis-server --port $redis --bind 127.0.0.1 --save "" --daemonize no --dir $here --logfile $here/redis.log
SERVERS
"$interpose" run --new-coordinator -- /bin/bash servers.sh >servers.out 2>&1 &
servers=$!
trap '"$interpose" kill >/dev/null 2>&1; "$interpose" quit >/dev/null 2>&1' EXIT
await redis-cli -p "$redis" ping
await curl -fsS -o /dev/null "http://127.0.0.1:$http/nginx.conf"
joined() { [ "$("$interpose" ps | grep -c -e nginx -e redis)" -ge 4 ]; }
await joined

mkfifo questions
redis-cli -p "$redis" <questions >answers &
client=$!
exec 5>questions
curl -fsS --limit-rate 12M -o downloaded "http://127.0.0.1:$http/large" &
download=$!
for i in $(seq 5); do
    echo "incr counter" >&5
    "$interpose" checkpoint >/dev/null
    echo "incr counter" >&5
done
wait $download
cmp nginx/large downloaded
exec 5>&-
wait $client
[ "$(tr -d '\r' <answers | tail -1)" = 10 ] || { cat answers; exit 1; }
[ "$(redis-cli -p "$redis" client list | wc -l)" = 1 ] # the one that asks
echo "PASS services"
