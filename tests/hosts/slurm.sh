#!/bin/bash
# A batch system of one node in namespaces of its own: for tests.
#
#   slurm.sh start DIRECTORY          munged, slurmctld and slurmd, all state below DIRECTORY
#   slurm.sh exec DIRECTORY WORD...   runs a command there, as root
#   slurm.sh stop DIRECTORY           ends everything
set -euo pipefail

configuration() { # DIRECTORY
    cat <<TEXT
ClusterName=one
SlurmctldHost=node1
AuthType=auth/munge
CredType=cred/munge
SlurmUser=root
StateSaveLocation=$1/controller
SlurmdSpoolDir=$1/node
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/slurmd.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
NodeName=node1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP
TEXT
}

# The first process of the node.
node_main() { # DIRECTORY
    hostname node1
    mount --make-rprivate /
    mount -t tmpfs tmpfs /run
    mkdir -p /run/munge /run/slurm "$1/controller" "$1/node"
    # Names are not looked up on a host that has only its loopback addresses (getaddrinfo(3), AI_ADDRCONFIG).
    ip link add eth0 type veth peer name eth1
    ip addr add 10.78.0.1/24 dev eth0
    ip link set lo up
    ip link set eth0 up
    ip link set eth1 up
    printf '127.0.0.1 localhost\n10.78.0.1 node1\n' >"$1/hosts"
    mount --bind "$1/hosts" /etc/hosts
    head -c 128 /dev/urandom >"$1/munge.key"
    chmod 400 "$1/munge.key"
    configuration "$1" >"$1/slurm.conf"
    munged --force --key-file "$1/munge.key" --socket /run/munge/munge.socket.2 --pid-file /run/munge/munged.pid \
        --log-file "$1/munged.log" --seed-file "$1/munge.seed"
    export SLURM_CONF=$1/slurm.conf
    slurmctld
    slurmd
    echo $BASHPID >"$1/ready"
    exec sleep 100000
}

inner() { # DIRECTORY
    tr -d ' ' <"/proc/$(cat "$1/pid")/task/$(cat "$1/pid")/children"
}

command=${1:-}
shift || true
case $command in
    start)
        directory=$(realpath -m "$1")
        mkdir -p "$directory"
        chmod 755 "$directory"
        unshare --net --pid --uts --ipc --mount --fork --kill-child --mount-proc \
            "$0" node-main "$directory" >"$directory/log" 2>&1 </dev/null &
        echo $! >"$directory/pid"
        for ((i = 0; i < 1500; i++)); do
            [ ! -e "$directory/ready" ] || ! "$0" exec "$directory" sinfo -h 2>/dev/null | grep -q idle || exit 0
            kill -0 "$(cat "$directory/pid")"
            sleep 0.02
        done
        echo "slurm.sh: the node does not become idle; see $directory" >&2
        exit 1
        ;;
    exec)
        directory=$(realpath "$1")
        shift
        exec nsenter -t "$(inner "$directory")" -n -p -u -i -m -- env SLURM_CONF="$directory/slurm.conf" "$@"
        ;;
    stop) [ ! -e "$1/pid" ] || kill -9 "$(cat "$1/pid")" 2>/dev/null || true ;;
    node-main) node_main "$1" ;;
    *)
        sed -n '4,6p' "$0" >&2
        exit 2
        ;;
esac
