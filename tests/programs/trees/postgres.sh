#!/bin/bash
# PostgreSQL under pgbench, over a unix socket; the server and all clients are inside.
set -u
directory=$1 go=$2
export PATH=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n1):$PATH
export PGDATA=$directory/data PGHOST=$directory PGDATABASE=postgres
mkdir -p "$directory"
cd "$directory"

initdb --no-sync --auth=trust >initdb.log || exit 1
postgres -c unix_socket_directories="$directory" -c listen_addresses= -c shared_buffers=16MB -c checkpoint_timeout=30s >server.log 2>&1 &
server=$!
until pg_isready -q; do kill -0 $server || exit 1; sleep 0.05; done
pgbench --initialize --scale=1 --quiet >/dev/null 2>&1 || exit 1

transactions=0
while :; do
    pgbench --client=4 --jobs=2 --transactions=400 --no-vacuum >bench.log 2>&1
    echo "pgbench $?"
    grep -E '^number of (transactions actually processed|failed)' bench.log
    grep -iE 'error|fatal|lost|terminated' bench.log
    transactions=$((transactions + 1600))
    # Every committed transaction is there once, in all tables.
    psql -Atc "SELECT count(*) = $transactions,
        (SELECT sum(abalance) FROM pgbench_accounts) = sum(delta),
        (SELECT sum(tbalance) FROM pgbench_tellers) = sum(delta),
        (SELECT sum(bbalance) FROM pgbench_branches) = sum(delta) FROM pgbench_history"
    [ ! -e "$go" ] || break
done
grep -E 'ERROR|FATAL|PANIC|crash' server.log
kill -INT $server
wait $server
echo "server $?"
