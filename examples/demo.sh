#!/usr/bin/env bash
# Runs a real program, checkpoints it while it runs, kills it, restarts it and checks what it wrote.
#   demo.sh PATH-OF-INTERPOSE
set -euo pipefail

readonly INTERPOSE=$1
readonly HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly DIGITS=12000
WORK=$(mktemp -d "${TMPDIR:-/tmp}/interpose-demo-XXXXXX")
readonly WORK
readonly FILE="$WORK/pi.txt"
export XDG_STATE_HOME="$WORK/state"
unset INTERPOSE_COORDINATOR

finish() {
    "$INTERPOSE" quit >/dev/null 2>&1 || true
    rm -rf "$WORK"
}
trap finish EXIT

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' plain=$'\e[0m'
else
    bold='' plain=''
fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
show() { printf '  $ %s\n' "$*"; }
milliseconds() { echo $((($(date +%s%N) - $1) / 1000000)); }
lines() { if [ -f "$FILE" ]; then wc -l <"$FILE"; else echo 0; fi; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# wait_for WHAT PID COMMAND...: until the command succeeds; gives up when the process ends or after a minute.
wait_for() {
    local what=$1 pid=$2 end=$((SECONDS + 60))
    shift 2
    until "$@"; do
        kill -0 "$pid" 2>/dev/null || fail "the program ended before $what"
        [ $SECONDS -lt $end ] || fail "gave up waiting for $what"
        sleep 0.01
    done
}
has_lines() { [ "$(lines)" -ge "$1" ]; }
was_written_since() { [ "$(stat -c %.9Y "$FILE")" != "$1" ]; }
has_joined() { "$INTERPOSE" ps 2>/dev/null | grep -qw "$1"; }

step "1. Start an ordinary Python program under Interpose"
show "interpose run --new-coordinator -- /usr/bin/python3 pi.py pi.txt $DIGITS &"
start=$(date +%s%N)
"$INTERPOSE" run --new-coordinator --ckpt-dir "$WORK/checkpoints" -- /usr/bin/python3 "$HERE/pi.py" "$FILE" "$DIGITS" >"$WORK/output" &
program=$!
wait_for "its first digits" $program has_lines 1
launched=$(milliseconds "$start")
wait_for "80 lines of digits" $program has_lines 80
wait_for "it to join the coordinator" $program has_joined $program
echo "  pid $program, $(awk '/^Threads/ { print $2 }' /proc/$program/status) threads, $(($(lines) * 50)) digits so far; first digits after $launched ms"
sed -n '$p' "$FILE" | sed 's/^/  .../'

step "2. Checkpoint it while it runs"
show "interpose checkpoint"
start=$(date +%s%N)
checkpoint=$("$INTERPOSE" checkpoint)
checkpointed=$(milliseconds "$start")
at_checkpoint=$(lines)
size=$(du -sb "$checkpoint" | cut -f1)
echo "  $checkpoint"
echo "  committed in $checkpointed ms (with the first one the agent is loaded), $((size / 1024)) KiB"
wait_for "10 lines more" $program has_lines $((at_checkpoint + 10))
start=$(date +%s%N)
checkpoint=$("$INTERPOSE" checkpoint)
again=$(milliseconds "$start")
at_checkpoint=$(lines)
echo "  and once more, in $again ms, at $((at_checkpoint * 50)) digits; the program goes on"
wait_for "3 lines more" $program has_lines $((at_checkpoint + 3))

step "3. Kill it"
show "kill -9 $program"
kill -9 $program
wait $program 2>/dev/null || true
[ ! -e /proc/$program ] || fail "it is still there"
echo "  gone, with $(($(lines) * 50)) of $DIGITS digits in the file"

step "4. Restart it"
show "interpose restart --latest &"
touched=$(stat -c %.9Y "$FILE")
start=$(date +%s%N)
"$INTERPOSE" restart --latest >>"$WORK/output" &
restart=$!
wait_for "it to write again" $restart was_written_since "$touched"
restarted=$(milliseconds "$start")
echo "  writes digits again after $restarted ms, as pid $program"

step "5. Let it end, and check every digit with another algorithm"
status=0
wait $restart || status=$?
[ $status -eq 0 ] || fail "the restarted program ended with status $status"
sed 's/^/  /' "$WORK/output"
/usr/bin/python3 - "$HERE" "$FILE" "$DIGITS" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import pi
found = open(sys.argv[2]).read().replace("\n", "")
expected = pi.machin(int(sys.argv[3]))
if found != expected:
    at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
    sys.exit(f"demo: {len(found)} digits, wrong from {at} on")
print(f"  {len(found)} digits, all right: no gap and no repetition")
PYTHON

step "Summary"
printf '  %-34s %8d ms\n' "launch to first digits" "$launched" "first checkpoint (loads the agent)" "$checkpointed" \
    "second checkpoint" "$again" "restart to digits again" "$restarted"
printf '  %-34s %8d KiB\n' "size of a checkpoint" $((size / 1024))
