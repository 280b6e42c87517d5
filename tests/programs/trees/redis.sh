#!/bin/bash
# redis with an append-only file and background saves; clients of several kinds inside.
set -u
directory=$1 go=$2 port=$3
mkdir -p "$directory"
cd "$directory"

redis-server --port "$port" --bind 127.0.0.1 --appendonly yes --save "" --dir "$directory" --logfile server.log &
server=$!
until redis-cli -p "$port" ping >/dev/null 2>&1; do kill -0 $server || exit 1; sleep 0.02; done
python3 "$(dirname "$0")/redis_client.py" "$port" listener >listener.log &
listener=$!

while :; do
    redis-benchmark -p "$port" -n 20000 -c 20 -t set,get,incr -q >bench.log 2>&1 &
    bench=$!
    python3 "$(dirname "$0")/redis_client.py" "$port" a &
    a=$!
    python3 "$(dirname "$0")/redis_client.py" "$port" b
    echo "client b $?"
    wait $a; echo "client a $?"
    wait $bench; echo "benchmark $?"
    grep -iE 'error|refused' bench.log
    [ ! -e "$go" ] || break
done
redis-cli -p "$port" publish end now
wait $listener; echo "listener $?"
sort -u listener.log
redis-cli -p "$port" del counter:__rand_int__ mylist >/dev/null
keys=$(redis-cli -p "$port" dbsize)
redis-cli -p "$port" shutdown nosave
wait $server; echo "server $?"

# All of it comes back from the append-only file.
redis-server --port "$port" --bind 127.0.0.1 --appendonly yes --save "" --dir "$directory" --logfile server.log &
server=$!
until [ "$(redis-cli -p "$port" ping 2>/dev/null)" = PONG ]; do kill -0 $server || exit 1; sleep 0.02; done
[ "$(redis-cli -p "$port" dbsize)" = "$keys" ] && echo "all keys are back"
redis-cli -p "$port" shutdown nosave
wait $server; echo "server $?"
