#!/bin/bash
# In a network namespace of its own: makes a second one, the outside, with a server in it; runs a client here, stops it,
# restarts it by a policy and lets it finish. two_hosts.sh INTERPOSE PROGRAMS POLICY KIND
set -euo pipefail
interpose=$1 programs=$2 policy=$3 kind=$4

await() { # COMMAND...: until it succeeds
    for _ in $(seq 1500); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.02
    done
    echo "waited for: $*" >&2
    exit 1
}

# The outside ends with its server, and that with this script.
trap 'kill ${outside:-} 2>/dev/null' EXIT
ip link set lo up
unshare -n /bin/bash -c 'until [ -e outside.go ]; do sleep 0.02; done; exec "$@"' - \
    /usr/bin/python3 "$programs/outside_server.py" near echo 10.77.0.2 >server.out &
outside=$!
other_namespace() { [ "$(readlink /proc/$outside/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
await other_namespace
ip link add near type veth peer name far netns $outside
ip addr add 10.77.0.1/24 dev near
ip link set near up
far() { nsenter -t $outside -n "$@"; }
far ip link set lo up
far ip addr add 10.77.0.2/24 dev far
far ip link set far up
touch outside.go
await grep -q PORT server.out
port=$(cut -d' ' -f2 server.out)

"$interpose" run --new-coordinator -- /usr/bin/python3 "$programs/outside_client.py" "10.77.0.2:$port" "$PWD/go" "$PWD/old.txt" "$kind" >program.out &
program=$!
await grep -q READY program.out
running() { "$interpose" status | grep -q '^state *running' && "$interpose" ps | grep -q python3; }
await running
options=(--stop)
if [ "$policy" = repair ]; then
    # What the peer sends meanwhile is lost on its way, as behind a firewall, and sent again.
    far ip link set far down
    options+=(--keep-connections)
fi
checkpoint=$("$interpose" checkpoint "${options[@]}")
wait $program || true
before=$(wc -l <program.out)
"$interpose" restart --policy "tcp:10.77.0.2:*=$policy" "$checkpoint" &
program=$!
await running
far ip link set far up
touch go
wait $program
echo RESTARTED
tail -n +$((before + 1)) program.out
"$interpose" quit
