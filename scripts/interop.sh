#!/usr/bin/env bash
# Checks our server and client against programs that nobody here wrote: Kitex (Go), Volo (Rust), Apache Thrift (Python).
#
#     scripts/interop.sh [kitex|volo|python|ours|apache|peers ...]      all groups unless named
#
# kitex, volo, python   their clients call our server, over io_uring, epoll and blocking sockets
# ours                  our client calls Kitex servers, over both drivers
# apache                Apache Thrift's cross tests, both ways, over ports and Unix sockets
# peers                 their clients call a Kitex server: checks the checks
#
# Between Kitex and ours protobuf is checked besides Thrift. One line per combination, and at the end how many passed, failed
# and were skipped for want of a tool. With CI=true a missing tool is a failure. Everything built lies in target/, every
# process started is ended by its id.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/target/interop
ours=${CARGO_TARGET_DIR:-$root/target}/release
scratch=$(mktemp -d)
peers_python=$root/benches/peers/python
our_servers='uring epoll std'
client_seconds_max=120
start_seconds_max=20

passed=0 failed=0 skipped=0
server_pid='' server_address=''

main() {
    trap clean_up EXIT
    mkdir -p "$out/log"
    [ $# -gt 0 ] || set -- kitex volo python ours apache peers
    local group
    for group in "$@"; do
        case $group in
            kitex | volo | python | ours | apache | peers) "group_$group" ;;
            *)
                sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
                exit 2
                ;;
        esac
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

group_kitex() {
    build kitex kitex && build ours kitex || return 0
    local kind protocol
    for kind in $our_servers; do
        start_ours "$kind" 127.0.0.1:0 || continue
        for protocol in buffered framed ttheader ttheader-framed mux; do
            check "kitex-client $protocol -> echo-server $kind" kitex_client --protocol "$protocol"
        done
        for protocol in framed ttheader-framed mux; do
            check "kitex-client protobuf $protocol -> echo-server $kind" \
                kitex_client --payload protobuf --protocol "$protocol"
        done
        stop
        start_ours "$kind" "unix:$scratch/$kind" || continue
        check "kitex-client ttheader -> echo-server $kind unix" kitex_client --protocol ttheader
        stop
    done
}

group_volo() {
    build volo volo && build ours volo || return 0
    local kind protocol
    for kind in $our_servers; do
        start_ours "$kind" 127.0.0.1:0 || continue
        for protocol in buffered framed ttheader-framed; do
            check "volo-client $protocol -> echo-server $kind" volo_client --protocol "$protocol"
        done
        stop
    done
}

group_python() {
    build python python && build ours python || return 0
    local kind transport protocol
    for kind in $our_servers; do
        start_ours "$kind" 127.0.0.1:0 || continue
        for transport in buffered framed; do
            for protocol in binary compact; do
                check "python-client $transport $protocol -> echo-server $kind" \
                    python_client --transport "$transport" --protocol "$protocol"
            done
        done
        stop
    done
}

group_ours() {
    build kitex ours && build ours ours || return 0
    local transport driver protocol
    for transport in netpoll gonet; do
        start "kitex-server-$transport" "$out/bin/kitex-server" --transport "$transport" || continue
        for driver in uring epoll; do
            for protocol in buffered framed ttheader ttheader-framed; do
                check "echo-client $protocol $driver -> kitex-server $transport" \
                    our_client --driver "$driver" --protocol "$protocol"
            done
            for protocol in framed ttheader-framed; do
                check "echo-client protobuf $protocol $driver -> kitex-server $transport" \
                    our_client --driver "$driver" --payload protobuf --protocol "$protocol"
            done
        done
        stop
    done
    start kitex-server-mux "$out/bin/kitex-server" --transport mux || return 0
    for driver in uring epoll; do
        for protocol in ttheader ttheader-framed; do
            check "echo-client $protocol multiplexed $driver -> kitex-server mux" \
                our_client --driver "$driver" --protocol "$protocol" --multiplex
        done
        check "echo-client protobuf ttheader-framed multiplexed $driver -> kitex-server mux" \
            our_client --driver "$driver" --payload protobuf --protocol ttheader-framed --multiplex
    done
    stop
}

group_apache() {
    build python apache && build apache apache && build ours apache || return 0
    check "thrift_test.thrift says what ThriftTest.thrift says" apache_python "$peers_python/idl_subset.py" \
        "$out/apache-gen/thrift_test.json" "$out/apache-gen/ThriftTest.json"
    # The accelerated ones are the same two in C. Once is enough for them.
    local protocols='binary compact accel accelc' socket
    if ! apache_python -c 'import thrift.protocol.fastbinary' 2>/dev/null; then
        skip "apache: accel, accelc" "thrift's C extension is missing: install python3-dev and delete $out/venv"
        protocols='binary compact'
    fi
    for socket in port domain; do
        apache_over "$socket" "$protocols"
        protocols='binary compact'
    done
}

# apache_over port|domain PROTOCOLS: Apache's client against our server, and ours against theirs.
apache_over() {
    local socket=$1 protocols=$2 kind driver transport protocol
    for kind in $our_servers; do
        start_cross "$kind" "$socket" || continue
        for transport in buffered framed; do
            for protocol in $protocols; do
                check "TestClient.py $transport $protocol $socket -> cross-test $kind" \
                    apache_client --transport="$transport" --protocol="$protocol"
            done
        done
        stop
    done
    for transport in buffered framed; do
        for protocol in $protocols; do
            start_apache "$transport" "$protocol" "$socket" || continue
            for driver in uring epoll; do
                check "cross-test $transport $driver $socket -> TestServer.py $protocol" \
                    cross_client --transport "$transport" --protocol "$(unaccelerated "$protocol")" --driver "$driver"
            done
            stop
        done
    done
}

group_peers() {
    local transport protocol
    if build kitex "peers: kitex"; then
        for transport in netpoll gonet; do
            start "kitex-server-$transport" "$out/bin/kitex-server" --transport "$transport" || continue
            for protocol in buffered framed ttheader ttheader-framed; do
                check "kitex-client $protocol -> kitex-server $transport" \
                    kitex_client --peer kitex --protocol "$protocol"
            done
            for protocol in framed ttheader-framed; do
                check "kitex-client protobuf $protocol -> kitex-server $transport" \
                    kitex_client --peer kitex --payload protobuf --protocol "$protocol"
            done
            stop
        done
        if start kitex-server-mux "$out/bin/kitex-server" --transport mux; then
            check "kitex-client mux -> kitex-server mux" kitex_client --peer kitex --protocol mux
            check "kitex-client protobuf mux -> kitex-server mux" \
                kitex_client --peer kitex --payload protobuf --protocol mux
            stop
        fi
    else
        return 0
    fi
    start kitex-server "$out/bin/kitex-server" || return 0
    if build volo "peers: volo"; then
        for protocol in buffered framed ttheader-framed; do
            check "volo-client $protocol -> kitex-server" volo_client --peer kitex --protocol "$protocol"
        done
    fi
    if build python "peers: python"; then
        for transport in buffered framed; do
            check "python-client $transport -> kitex-server" python_client --peer kitex --transport "$transport"
        done
    fi
    stop
}

kitex_client() { bounded "$out/bin/kitex-client" --addr "$server_address" "$@"; }
volo_client() { bounded "$out/bin/volo-client" --addr "$server_address" "$@"; }
our_client() { bounded "$ours/echo-client" --addr "$server_address" --check --peer kitex "$@"; }

python_client() {
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$out/py-gen \
        bounded "$out/venv/bin/python" "$peers_python/thrift_client.py" --addr "$server_address" "$@"
}

apache_python() { PYTHONDONTWRITEBYTECODE=1 "$out/venv/bin/python" "$@"; }
cross_client() { bounded "$ours/cross-test" client "$(suite_address)" "$@"; }

# Apache's client names a test when it begins, and says at the end whether all went well.
apache_client() {
    PYTHONDONTWRITEBYTECODE=1 bounded "$out/venv/bin/python" "$out/apache/thrift/test/py/TestClient.py" \
        --genpydir="$out/apache-gen" --host=127.0.0.1 "$(suite_address)" "$@" 2>&1 | sed -E 's/^\.*test[A-Z]/ok &/'
}

# Where the server is, as a flag of Apache's suite.
suite_address() {
    case $server_address in
        unix:*) echo "--domain-socket=${server_address#unix:}" ;;
        *) echo "--port=${server_address##*:}" ;;
    esac
}

# The protocol that one in C is another implementation of.
unaccelerated() {
    case $1 in
        accel) echo binary ;;
        accelc) echo compact ;;
        *) echo "$1" ;;
    esac
}

bounded() { timeout --kill-after=5 "$client_seconds_max" "$@"; }

# build WHAT GROUP: builds once per run. A missing tool skips the group, a failed build fails it.
build() {
    local what=$1 group=$2 log=$out/log/build-$1.log status=0
    if [ ! -e "$scratch/built-$what" ]; then
        if [ "$what" = ours ]; then
            (cd "$root" && cargo build --quiet --release -p examples --bin echo-server --bin echo-client --bin cross-test) \
                >"$log" 2>&1 || status=$?
        else
            "$root/scripts/peers.sh" build "$what" >"$log" 2>&1 || status=$?
        fi
        echo "$status" >"$scratch/built-$what"
    fi
    status=$(cat "$scratch/built-$what")
    case $status in
        0) return 0 ;;
        3) skip "$group" "$(tail -n 1 "$log")" ;;
        *)
            fail "$group: cannot build $what"
            tail -n 20 "$log" | indent
            ;;
    esac
    return 1
}

# start_ours KIND ADDR: our server over the driver of that name, or over blocking sockets.
start_ours() {
    local kind=$1 options=(--addr "$2" --cores 1)
    case $kind in
        std) options+=(--transport std) ;;
        *) options+=(--driver "$kind") ;;
    esac
    start "echo-server-$kind" "$ours/echo-server" "${options[@]}"
}

# start_cross KIND port|domain: our server of Apache's cross tests.
start_cross() {
    local kind=$1 options=()
    case $kind in
        std) options+=(--server-type std) ;;
        *) options+=(--driver "$kind") ;;
    esac
    start "cross-test-$kind" "$ours/cross-test" server "${options[@]}" "$(suite_socket "$2" "$kind")"
}

# start_apache TRANSPORT PROTOCOL port|domain: Apache's server.
start_apache() {
    local name=TestServer.py-$1-$2-$3
    # Python itself, not a function, is what is to be ended in the end.
    start "$name" env PYTHONDONTWRITEBYTECODE=1 "$out/venv/bin/python" "$peers_python/apache_server.py" \
        "$out/apache/thrift/test/py/TestServer.py" --genpydir="$out/apache-gen" \
        --transport="$1" --protocol="$2" "$(suite_socket "$3" "$name")" TSimpleServer
}

# Where a server is to listen, as a flag of Apache's suite: any port, or a Unix socket of that name.
suite_socket() {
    case $1 in
        port) echo --port=0 ;;
        domain) echo "--domain-socket=$scratch/$2" ;;
    esac
}

# start NAME COMMAND...: runs a server until `stop` and waits for the line that says where it listens.
start() {
    local name=$1 log=$out/log/$1.log deadline=$((SECONDS + start_seconds_max))
    shift
    # The background shell truncates the file when it gets to it; until then the last server's line would be found.
    : >"$scratch/stdout"
    RUST_BACKTRACE=0 "$@" >>"$scratch/stdout" 2>"$log" &
    server_pid=$!
    while ! grep -q '^listening on ' "$scratch/stdout"; do
        if ! kill -0 "$server_pid" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            fail "$name did not start"
            tail -n 20 "$log" | indent
            stop
            return 1
        fi
        sleep 0.05
    done
    server_address=$(sed -n 's/^listening on \([^ ]*\).*/\1/p' "$scratch/stdout" | head -n 1)
}

stop() {
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=''
}

# check TITLE COMMAND...: one combination. What the client said is shown when it failed.
check() {
    local title=$1 said=$scratch/said status=0
    shift
    "$@" >"$said" 2>&1 || status=$?
    [ "$status" -ne 124 ] || echo "no end after $client_seconds_max s" >>"$said"
    if [ "$status" -eq 0 ]; then
        echo "passed   $title ($(grep -c '^ok ' "$said" || true) checks)"
        passed=$((passed + 1))
    else
        fail "$title"
        indent <"$said"
    fi
}

fail() {
    echo "FAILED   $1"
    failed=$((failed + 1))
}

skip() {
    if [ "${CI:-}" = true ]; then
        fail "$1: $2"
    else
        echo "skipped  $1: $2"
        skipped=$((skipped + 1))
    fi
}

indent() { sed 's/^/    /'; }

clean_up() {
    stop
    rm -rf "$scratch"
}

main "$@"
