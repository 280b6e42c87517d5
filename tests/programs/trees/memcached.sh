#!/bin/bash
# memcached with threads; clients inside, one connection each for their whole life.
set -u
directory=$1 go=$2 port=$3
mkdir -p "$directory"
cd "$directory"
user=()
if [ "$(id -u)" -eq 0 ]; then user=(-u root); fi
memcached -l 127.0.0.1 -p "$port" -U 0 -t 4 -m 32 "${user[@]}" &
server=$!
until (exec 3<>/dev/tcp/127.0.0.1/"$port") 2>/dev/null; do kill -0 $server || exit 1; sleep 0.02; done

round=0
while :; do
    pids=()
    for client in 1 2 3 4; do
        python3 "$(dirname "$0")/memcached_client.py" "$port" "$round-$client" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; echo "client $?"; done
    round=$((round + 1))
    [ ! -e "$go" ] || break
done
kill -INT $server
wait $server; echo "server $?"
