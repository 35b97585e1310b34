#!/usr/bin/env bash
# Counts the instructions that the echo server executes in user space for one request, with valgrind's callgrind: a figure
# that does not depend on what else the machine does.
#
#     scripts/instructions.sh [--payload BYTES] [--connections N] [--depth N] [--max INSTRUCTIONS]
#
# Two runs that differ in length alone are subtracted, so starting and stopping do not count. With --max a higher figure is a
# failure. The epoll driver is measured, because valgrind does not know io_uring; what is above the drivers is the same.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
payload=1024 connections=4 depth=64 max=
port=${PORT:-9377}
work=$(mktemp -d)
server=
trap 'stop; rm -rf "$work"' EXIT

main() {
    parse "$@"
    command -v valgrind >/dev/null || { echo "valgrind is missing: install it (Debian: apt install valgrind)" >&2; exit 2; }
    cd "$root"
    cargo build --quiet --release -p examples --bin echo-server
    cargo build --quiet --release -p benches --bin load
    measure short 1
    measure long 4
    local instructions requests
    instructions=$(($(<"$work/long.instructions") - $(<"$work/short.instructions")))
    requests=$(($(<"$work/long.requests") - $(<"$work/short.requests")))
    echo "$((instructions / requests)) instructions per request of $payload bytes, over $requests requests" \
        "($connections connections x $depth in flight)"
    [ -z "$max" ] || [ $((instructions / requests)) -le "$max" ]
}

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --payload) payload=$2 ;;
            --connections) connections=$2 ;;
            --depth) depth=$2 ;;
            --max) max=$2 ;;
            *) sed -n '5s/^# *//p' "$0" >&2; exit 2 ;;
        esac
        shift 2
    done
}

# One run of the server under a load of so many seconds.
measure() {
    local name=$1 seconds=$2
    : >"$work/$name.log"
    valgrind --tool=callgrind --callgrind-out-file="$work/$name.out" \
        target/release/echo-server --addr "127.0.0.1:$port" --cores 1 --driver epoll >>"$work/$name.log" 2>&1 &
    server=$!
    wait_for_listening "$work/$name.log"
    target/release/load --addr "127.0.0.1:$port" --connections "$connections" --depth "$depth" --payload "$payload" \
        --warmup 0.5 --seconds "$seconds" --json >"$work/$name.json"
    stop
    sed -n 's/.*"requests_total":\([0-9]*\).*/\1/p' "$work/$name.json" >"$work/$name.requests"
    sed -n 's/^\(summary\|totals\): \([0-9]*\).*/\2/p' "$work/$name.out" | tail -n 1 >"$work/$name.instructions"
}

wait_for_listening() {
    local log=$1
    for _ in $(seq 300); do
        grep -q '^listening' "$log" && return
        sleep 0.1
    done
    echo "the server does not listen:" >&2
    cat "$log" >&2
    exit 1
}

stop() {
    [ -n "$server" ] || return 0
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

main "$@"
