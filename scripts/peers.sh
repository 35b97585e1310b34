#!/usr/bin/env bash
# Builds the servers and clients of other projects that ours are checked against and measured beside.
#
#     scripts/peers.sh build [kitex|volo|python|apache|tonic|monoio ...]   builds them, all unless named, into target/interop
#     scripts/peers.sh list                            prints `NAME<tab>COMMAND` for every server that is built
#
# Every server takes `--addr HOST:PORT` or `--addr unix:PATH` and `--pin CPU,CPU`, and prints `listening on ADDR` once
# it accepts; the Rust ones take `--cores N`, and with `--per-core` Tokio's run a single-threaded runtime on each.
# Exits with 3 when a compiler is missing. Nothing is written outside target/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
peers=$root/benches/peers
out=$root/target/interop
bin=$out/bin
missing_tool=3

main() {
    local command=${1:-}
    shift || true
    case $command in
        build)
            mkdir -p "$bin"
            [ $# -gt 0 ] || set -- kitex volo python apache tonic monoio
            local name
            for name in "$@"; do
                case $name in
                    kitex | python | apache) "build_$name" ;;
                    volo | tonic | monoio) build_rust "$name" ;;
                    *) usage ;;
                esac
            done
            ;;
        list) list_servers ;;
        *) usage ;;
    esac
}

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Kitex's own tool writes the code: it is built from the module that the peers link, so the versions agree.
build_kitex() {
    need go "install Go 1.21 or newer"
    local generated=$out/go-gen idl options
    rm -rf "$generated"
    mkdir -p "$generated"
    printf 'module kittiwake/peers/gen\n\ngo 1.21\n' >"$generated/go.mod"
    (cd "$peers/kitex" && go_build "$bin/kitex" github.com/cloudwego/kitex/tool/cmd/kitex)
    for idl in "$root"/examples/idl/echo{.thrift,_pb.proto} "$peers"/idl/*.{thrift,proto} \
        "$root"/codec/tests/golden/kitex/golden*.{thrift,proto}; do
        # TTHeader streaming needs -streamx; with it the code for protobuf does not compile unless it streams.
        case $idl in
            *.proto) options=() ;;
            *) options=(-streamx) ;;
        esac
        (cd "$generated" && quietly "$bin/kitex" "${options[@]}" -module kittiwake/peers/gen "$idl")
    done
    (cd "$peers/kitex" && go_build "$bin/" ./cmd/...)
}

# go.mod and go.sum are complete, so nothing is resolved, only fetched.
go_build() {
    GOFLAGS=-buildvcs=false go build -mod=readonly -p 2 -o "$@"
}

build_python() {
    need python3 "install Python 3.11 or newer"
    need thrift "install Apache's thrift-compiler"
    local generated=$out/py-gen venv=$out/venv idl
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        missing "python3's venv module" "install python3-venv"
    fi
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$peers/python/requirements.txt"
    rm -rf "$generated"
    mkdir -p "$generated"
    for idl in "$root/examples/idl/echo.thrift" "$peers/idl/unknown_method.thrift"; do
        thrift --gen py -out "$generated" "$idl"
    done
}

# Apache's own test programs in Python, and what its compiler makes of their IDL and of ours. They run with the library of `python`.
build_apache() {
    need thrift "install Apache's thrift-compiler"
    local source generated=$out/apache-gen idl
    source=$("$root/scripts/apache.sh")
    rm -rf "$generated"
    mkdir -p "$generated"
    # The compiler warns of namespaces that are wrong there on purpose.
    quietly thrift --gen py -out "$generated" "$source/test/ThriftTest.thrift"
    for idl in "$source/test/ThriftTest.thrift" "$root/examples/idl/thrift_test.thrift"; do
        quietly thrift --gen json -out "$generated" "$idl"
    done
}

# The Rust peers are a workspace each, so that their dependencies stay out of the main lockfile.
build_rust() {
    need cargo "install Rust"
    (cd "$peers/$1" && CARGO_TARGET_DIR=$out/cargo cargo build --quiet --release --locked)
    local program
    for program in $(cd "$peers/$1" && sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml); do
        if [ -x "$out/cargo/release/$program" ]; then
            ln -sf "$out/cargo/release/$program" "$bin/$program"
        fi
    done
}

list_servers() {
    local transport
    for transport in netpoll gonet mux; do
        list_server "kitex-$transport" kitex-server --transport "$transport"
    done
    list_server volo volo-server
    list_server tonic tonic-server
    list_server monoio-uring monoio-echo --driver uring
    list_server monoio-epoll monoio-echo --driver epoll
}

# list_server NAME PROGRAM OPTIONS...: a line, if it is built.
list_server() {
    local name=$1 program=$bin/$2
    shift 2
    if [ -x "$program" ]; then printf '%s\t%s\n' "$name" "$program${*:+ $*}"; fi
}

need() {
    command -v "$1" >/dev/null || missing "$1" "$2"
}

missing() {
    echo "$1 is missing: $2, or run scripts/install-tools.sh" >&2
    exit "$missing_tool"
}

# Shows what a command said only when it failed.
quietly() {
    local said
    if ! said=$("$@" 2>&1); then
        printf '%s\n' "$said" >&2
        return 1
    fi
}

main "$@"
