#!/bin/bash
# nginx with several workers; clients inside keep connections open and compare what they get.
set -u
directory=$1 go=$2 port=$3
mkdir -p "$directory/logs"
cd "$directory"
# Started by root its workers are another user's, who may not read below our directory.
html=$(mktemp -d)
trap 'rm -r "$html"' EXIT
chmod 755 "$html"
head -c 200 /dev/zero | tr '\0' a >"$html/small"
seq 20000 >"$html/middle"
seq 300000 >"$html/large"
cat >nginx.conf <<TEXT
worker_processes 3;
daemon off;
pid nginx.pid;
error_log logs/error.log;
events { worker_connections 128; }
http {
    access_log logs/access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    sendfile on;
    server { listen 127.0.0.1:$port reuseport; root $html; }
}
TEXT
nginx -p "$directory" -c nginx.conf -e logs/error.log &
server=$!
until [ -s nginx.pid ]; do kill -0 $server || exit 1; sleep 0.02; done

served=0
while :; do
    pids=()
    for client in 1 2 3; do
        python3 "$(dirname "$0")/http_client.py" "$port" "$html" 150 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; echo "client $?"; done
    served=$((served + 450))
    [ ! -e "$go" ] || break
done
kill -QUIT $server
wait $server; echo "server $?"
[ "$(grep -c '" 200 ' logs/access.log)" -eq "$served" ] && echo "each request was logged once"
grep -vE 'notice' logs/error.log
exit 0
