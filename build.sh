#!/usr/bin/env bash
# The one entry point for building, trying, testing, measuring and installing Interpose.
set -euo pipefail

readonly ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly OUT="$ROOT/out"
readonly STAMPS="$OUT/.stamps"
cd "$ROOT"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# The SDK does without the ICU library when it is told to.
/sbin/ldconfig -p | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

usage() {
    cat <<'TEXT'
usage: ./build.sh COMMAND

  build                  compile everything into out/
  demo                   build, then run, checkpoint, kill and restart a real program
  test [FILTER]          build, then run all tests (FILTER: a `dotnet test --filter` expression)
  bench [ROW...]         build, then measure against bare runs (see docs/performance.md)
  install --prefix DIR   build, then copy a self-contained, relocatable tree into DIR
  clean                  remove all build output

As root, Debian packages that are missing are installed; otherwise the command that
installs them is printed.
TEXT
}

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# ---- Debian packages ---------------------------------------------------------------------

# need_packages PACKAGE...: makes sure that all are installed.
need_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        die "missing packages; as root run:  apt-get update && $install"
    fi
    say "installing: ${missing[*]}"
    if [ -z "${APT_UPDATED:-}" ]; then
        apt-get update -qq
        APT_UPDATED=1
    fi
    DEBIAN_FRONTEND=noninteractive $install >&2
}

# need_command COMMAND PACKAGE...: like need_packages, but content with a COMMAND from elsewhere.
need_command() {
    local command=$1
    shift
    command -v "$command" >/dev/null || need_packages "$@"
}

build_packages() {
    command -v dotnet >/dev/null || die ".NET SDK 10 is needed: https://dotnet.microsoft.com/download"
    command -v gcc >/dev/null || need_packages gcc libc6-dev
    need_command make make
    need_packages libzstd-dev
}

test_packages() {
    need_packages python3 python3-numpy perl gfortran libgomp1 procps make gcc git ruby parallel
    need_packages postgresql redis-server redis-tools nginx-light memcached curl iproute2
    need_packages iperf3 socat dbus
    need_packages tmux vim less nano dash zsh emacs-nox mc htop gdb sqlite3 expect bsdutils
    need_packages mpich libmpich-dev openmpi-bin libopenmpi-dev openssh-client openssh-server
    need_packages lammps python3-mpi4py netpipe-openmpi netpipe-mpich2
    need_packages slurmctld slurmd slurm-client munge
    need_command node nodejs
    need_command java default-jdk-headless
    need_command javac default-jdk-headless
    command -v octave-cli >/dev/null || need_command Rscript r-base-core
}

# ---- Incremental steps -------------------------------------------------------------------

# digest PATH...: identifies the present contents of all source files under the paths.
digest() {
    find "$@" \( -name bin -o -name obj \) -prune -o -type f -print0 2>/dev/null |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# A digest and not time stamps, for a checkout of an older commit has new time stamps and a
# deleted source file has none.
is_fresh() { # NAME DIGEST PRODUCT
    [ -e "$3" ] && [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]
}

mark_fresh() { # NAME DIGEST
    mkdir -p "$STAMPS"
    printf '%s\n' "$2" >"$STAMPS/$1"
}

# ---- build -------------------------------------------------------------------------------

build_native() {
    say "native shim and restorer"
    make --no-print-directory -C native-shim OUT="$OUT"
}

publish() { # PROJECT DIRECTORY
    dotnet publish "$1" -r linux-x64 -c Release -o "$2" -v quiet --nologo
}

build_agent() {
    local product="$OUT/lib/interpose/libinterpose-agent.so" now
    now=$(digest src/Agent src/Linux src/Protocol src/Images src/Resources native-shim/include native-shim/agent-glue Directory.*)
    is_fresh agent "$now" "$product" && return
    say "agent (NativeAOT shared library)"
    publish src/Agent "$OUT/publish/agent"
    install -D -m 755 "$OUT/publish/agent/interpose-agent.so" "$product"
    mark_fresh agent "$now"
}

build_cli() {
    local product="$OUT/bin/interpose" now
    now=$(digest src coordinator native-shim/include Directory.*)
    is_fresh cli "$now" "$product" && return
    say "interpose (NativeAOT command)"
    publish src/Cli "$OUT/publish/cli"
    install -D -m 755 "$OUT/publish/cli/interpose" "$product"
    mark_fresh cli "$now"
}

build_extras() {
    if [ -f native-shim/include/interpose.h ]; then
        install -D -m 644 native-shim/include/interpose.h "$OUT/include/interpose.h"
    fi
    # A shell that completes must not need the build tree, so the scripts are generated once.
    if [ ! -e "$OUT/share/completions/bash" ] || [ "$OUT/bin/interpose" -nt "$OUT/share/completions/bash" ]; then
        mkdir -p "$OUT/share/completions"
        local shell
        for shell in bash zsh; do
            "$OUT/bin/interpose" completion $shell >"$OUT/share/completions/$shell" || rm -f "$OUT/share/completions/$shell"
        done
    fi
}

build() {
    build_packages
    build_native
    build_agent
    build_cli
    build_extras
}

# ---- test, demo, bench, install ----------------------------------------------------------

build_guests() {
    say "guest programs"
    make --no-print-directory -s -j2 -C tests/guests OUT="$OUT/tests/guests"
    make --no-print-directory -s -j2 -C tests/mpi OUT="$OUT/tests/mpi"
    [ ! -f tests/programs/Makefile ] || make --no-print-directory -s -C tests/programs OUT="$OUT/tests/programs"
}

# counter NAME FILE: one number out of the <Counters .../> element of a trx file.
counter() {
    sed -n "s/.*<Counters [^>]*\b$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n1
}

run_tests() {
    local filter=${1:-} project name trx passed=0 failed=0 skipped=0 results="$OUT/tests/results"
    local arguments=()
    [ -z "$filter" ] || arguments+=(--filter "$filter")
    rm -rf "$results"
    for project in tests/*/*.csproj; do
        [ -e "$project" ] || continue
        name=$(basename "$project" .csproj)
        [[ $name == *.Tests.* ]] || continue
        trx="$results/$name.trx"
        say "$name"
        local status=0
        dotnet test "$project" -c Release --nologo -v quiet \
            --logger "trx;LogFileName=$trx" --logger "console;verbosity=minimal" \
            "${arguments[@]}" || status=$?
        local p=0 f=0 total=0
        if [ -s "$trx" ]; then
            p=$(counter passed "$trx") f=$(counter failed "$trx") total=$(counter total "$trx")
        fi
        # A project that does not compile or whose process dies is a failure too.
        [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
        passed=$((passed + p))
        failed=$((failed + f))
        [ $((total - p - f)) -le 0 ] || skipped=$((skipped + total - p - f))
    done
    echo
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

install_tree() {
    [ "${1:-}" = --prefix ] && [ -n "${2:-}" ] || die "usage: ./build.sh install --prefix DIR"
    local prefix=$2 part
    build
    mkdir -p "$prefix"
    for part in bin lib include share; do
        [ ! -d "$OUT/$part" ] || cp -a "$OUT/$part" "$prefix/"
    done
    say "installed: $(cd "$prefix" && pwd)/bin/interpose"
}

clean() {
    rm -rf "$OUT"
    find src coordinator tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
}

main() {
    local command=${1:-}
    [ $# -eq 0 ] || shift
    case $command in
        build) build ;;
        demo)
            build
            need_packages python3
            examples/demo.sh "$OUT/bin/interpose"
            ;;
        test)
            build
            test_packages
            build_guests
            run_tests "$@"
            ;;
        bench)
            build
            need_packages python3 gzip
            make --no-print-directory -s -C bench OUT="$OUT/tests/bench"
            exec /usr/bin/python3 bench/bench.py --out "$OUT" "$@"
            ;;
        install) install_tree "$@" ;;
        clean) clean ;;
        -h | --help | help) usage ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

main "$@"
