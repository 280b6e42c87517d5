#!/bin/bash
# Several hosts on one machine, each with its own network, host name, process ids and /dev/shm, and an sshd: for tests.
#
#   cluster.sh start DIRECTORY COUNT       hosts node1, node2, ... (10.77.0.1, ...), all state below DIRECTORY
#   cluster.sh exec DIRECTORY HOST WORD... runs a command on a host, as root
#   cluster.sh move DIRECTORY HOST LAST    gives a host the address 10.77.0.LAST
#   cluster.sh rehome DIRECTORY HOST FROM TO  what is in the directory FROM is in TO on that host, as INTERPOSE_HOME says there
#   cluster.sh stop DIRECTORY              ends everything
#
# Nothing leaves the namespaces: they are joined by a bridge in a network namespace of its own.
set -euo pipefail

readonly NETWORK=10.77.0

keys() { # DIRECTORY
    ssh-keygen -q -t ed25519 -N '' -f "$1/host_key"
    ssh-keygen -q -t ed25519 -N '' -f "$1/id"
    cp "$1/id.pub" "$1/authorized_keys"
    cat >"$1/sshd_config" <<TEXT
Port 22
HostKey $1/host_key
AuthorizedKeysFile $1/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
AcceptEnv LANG
TEXT
    cat >"$1/ssh_config" <<TEXT
Host *
    IdentityFile $1/id
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
    BatchMode yes
TEXT
}

hosts_file() { # DIRECTORY COUNT
    echo "127.0.0.1 localhost" >"$1/hosts"
    local i
    for ((i = 1; i <= $2; i++)); do echo "$NETWORK.$i node$i" >>"$1/hosts"; done
}

# The first process of a host.
host_main() { # DIRECTORY NUMBER
    hostname "node$2"
    mount --make-rprivate /
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /dev/shm
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts /dev/pts
    mount --bind /dev/pts/ptmx /dev/ptmx
    mkdir -p /run/sshd
    mount --bind "$1/hosts" /etc/hosts
    mount --bind "$1/ssh_config" /etc/ssh/ssh_config
    echo $BASHPID >"$1/node$2.ready"
    until ip -4 addr show dev eth0 2>/dev/null | grep -q inet; do sleep 0.02; done
    cp "$1/sshd_config" "$1/node$2.sshd_config"
    exec /usr/sbin/sshd -D -e -f "$1/node$2.sshd_config" 2>"$1/node$2.sshd"
}

wait_for() { # FILE
    local i
    for ((i = 0; i < 1000; i++)); do
        [ -s "$1" ] && return
        sleep 0.02
    done
    echo "cluster.sh: $1 did not appear" >&2
    exit 1
}

child_of() { # PID
    cat "/proc/$1/task/$1/children" | tr -d ' '
}

address() { # PID LAST
    nsenter -t "$1" -n ip addr flush dev eth0
    nsenter -t "$1" -n ip addr add "$NETWORK.$2/24" dev eth0
}

start() { # DIRECTORY COUNT
    local directory=$1 count=$2 i switch outer inner
    mkdir -p "$directory"
    chmod 755 "$directory"
    keys "$directory"
    hosts_file "$directory" "$count"
    unshare --net sh -c "echo up >'$directory/switch.ready'; exec sleep 100000" >/dev/null 2>&1 </dev/null &
    switch=$!
    echo $switch >"$directory/pids"
    wait_for "$directory/switch.ready"
    nsenter -t $switch -n ip link add br0 type bridge
    nsenter -t $switch -n ip link set br0 up
    for ((i = 1; i <= count; i++)); do
        unshare --net --pid --uts --ipc --mount --fork --kill-child --mount-proc \
            "$0" host-main "$directory" "$i" >/dev/null 2>&1 </dev/null &
        outer=$!
        echo $outer >>"$directory/pids"
        wait_for "$directory/node$i.ready"
        inner=$(child_of $outer)
        echo "$inner" >"$directory/node$i.pid"
        nsenter -t $switch -n ip link add "v$i" type veth peer name eth0 netns "$inner"
        nsenter -t $switch -n ip link set "v$i" master br0 up
        nsenter -t "$inner" -n ip link set lo up
        nsenter -t "$inner" -n ip link set eth0 up
        address "$inner" "$i"
    done
    for ((i = 1; i <= count; i++)); do
        until nsenter -t "$(cat "$directory/node$i.pid")" -n bash -c ": </dev/tcp/$NETWORK.$i/22" 2>/dev/null; do
            kill -0 "$(cat "$directory/node$i.pid")"
            sleep 0.05
        done
    done
}

move() { # DIRECTORY HOST LAST
    address "$(cat "$1/$2.pid")" "$3"
    # In place, for the hosts have it mounted.
    sed "s/^[0-9.]* $2\$/$NETWORK.$3 $2/" "$1/hosts" >"$1/hosts.new"
    cat "$1/hosts.new" >"$1/hosts"
}

rehome() { # DIRECTORY HOST FROM TO
    local pid starts
    pid=$(cat "$1/$2.pid")
    mkdir -p "$4"
    nsenter -t "$pid" -m -- sh -c 'mount --bind "$1" "$2" && mount -t tmpfs tmpfs "$1"' sh "$3" "$4"
    echo "SetEnv INTERPOSE_HOME=$4" >>"$1/$2.sshd_config"
    # It reads its configuration again, and listens anew.
    starts=$(grep -c 'Server listening' "$1/$2.sshd")
    kill -HUP "$pid"
    until [ "$(grep -c 'Server listening' "$1/$2.sshd")" -gt "$starts" ]; do
        kill -0 "$pid"
        sleep 0.02
    done
}

stop() { # DIRECTORY
    local pid
    [ -e "$1/pids" ] || return 0
    for pid in $(cat "$1/pids"); do kill -9 "$pid" 2>/dev/null || true; done
}

command=${1:-}
shift || true
case $command in
    start) start "$(realpath -m "$1")" "$2" ;;
    exec)
        pid=$(cat "$1/$2.pid")
        shift 2
        exec nsenter -t "$pid" -n -p -u -i -m -- "$@"
        ;;
    move) move "$1" "$2" "$3" ;;
    rehome) rehome "$1" "$2" "$3" "$4" ;;
    stop) stop "$1" ;;
    host-main) host_main "$1" "$2" ;;
    *)
        sed -n '4,8p' "$0" >&2
        exit 2
        ;;
esac
