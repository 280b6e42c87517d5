#!/bin/bash
# What shell scripts do with processes: pipelines, jobs, traps, here-documents, a coprocess, process
# substitution, a FIFO, subshells.
set -u
directory=$1 go=$2
mkdir -p "$directory"
cd "$directory"

signals=0
trap 'signals=$((signals + 1))' USR1
trap 'echo "exit trap"' EXIT
coproc upper { while read -r line; do echo "${line^^}"; done; }

# Prints a number every few milliseconds.
slowly() { for i in $(seq "$1"); do echo "$i"; sleep 0.01; done; }

round() {
    # A pipeline in the background, with builtins, functions and programs in it.
    slowly 60 | while read -r x; do echo $((x * 2)); done | awk '{ s += $1 } END { print "sum", s }' >sum &
    local pipeline=$!

    # Jobs with a status of their own, waited for in another order.
    (sleep 0.2; exit 3) & local first=$!
    (exit 4) & local second=$!
    (kill -TERM $BASHPID) & local third=$!

    # The coprocess answers each line.
    local reply count=0
    for i in $(seq 40); do
        echo "line $i" >&"${upper[1]}"
        read -r reply <&"${upper[0]}"
        [ "$reply" = "LINE $i" ] && count=$((count + 1))
        sleep 0.005
    done
    echo "coprocess $count"

    # A signal to ourselves from a child.
    signals=0
    (sleep 0.05; kill -USR1 $$)
    while [ "$signals" -eq 0 ]; do sleep 0.02; done
    echo "signals $signals"

    tr a-z A-Z <<TEXT
here document: $((6 * 7)) $(echo nested "$(slowly 5 | paste -sd+)")
TEXT
    echo "substitution $(diff <(slowly 20) <(seq 20) && echo same)"

    rm -f fifo
    mkfifo fifo
    { slowly 30; } >fifo &
    echo "fifo $(md5sum <fifo | cut -c 1-8)"

    wait "$first"; echo "first $?"
    wait "$second"; echo "second $?"
    wait "$third"; echo "third $?"
    wait "$pipeline"; echo "pipeline $? $(cat sum)"
    slowly 20 | (exit 5) | cat; echo "statuses ${PIPESTATUS[1]} ${PIPESTATUS[2]}"
}

while :; do
    round
    [ ! -e "$go" ] || break
done
echo "done"
