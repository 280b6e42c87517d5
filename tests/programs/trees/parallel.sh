#!/bin/bash
# GNU parallel and xargs -P: many short commands, a few at a time.
set -u
directory=$1 go=$2
mkdir -p "$directory/tmp"
cd "$directory"
export HOME=$directory TMPDIR=$directory/tmp
export PARALLEL_HOME=$directory
touch will-cite

while :; do
    seq 60 | xargs -P 4 -I{} sh -c 'sleep 0.02; echo $(({} * {}))' | sort -n | md5sum
    seq 400 | xargs -P 3 -n 10 sh -c 'sleep 0.03; for i; do echo "$i"; done' sh | sort -n | md5sum
    seq 40 | parallel --will-cite -j 4 --keep-order 'sleep 0.02; echo {} $(({} * 3)); exit $(({} % 2))' | md5sum
    echo "failed: ${PIPESTATUS[1]}"
    seq 3000 | parallel --will-cite -j 3 --pipe -N 300 --keep-order 'sleep 0.05; md5sum' | md5sum
    [ ! -e "$go" ] || break
done
echo "done"
