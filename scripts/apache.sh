#!/usr/bin/env bash
# Fetches the source package of Apache Thrift, whose tests and IDL files ours are checked with.
#
#     scripts/apache.sh               unpacks it, unless that was done already, and prints the folder
#
# It is Debian's, of the same release as its thrift-compiler. apt reads from folders of its own here, so the machine's lists
# and packages stay as they are. Exits with 3 when a tool is missing. Nothing is written outside target/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/target/interop/apache
machine_sources=/etc/apt/sources.list.d/debian.sources
missing_tool=3

main() {
    [ -e "$out/complete" ] || fetch
    echo "$out/thrift"
}

fetch() {
    command -v apt-get >/dev/null || give_up "apt-get is missing: the source package is Debian's"
    [ -r "$machine_sources" ] || give_up "$machine_sources is missing: it says where Debian's packages are"
    local own=$out/apt
    rm -rf "$out"
    mkdir -p "$own"/{sources,lists/partial,cache/archives/partial,package} "$out/thrift"
    # The machine's own source of packages, asked for their sources besides.
    sed 's/^Types: .*/Types: deb deb-src/' "$machine_sources" >"$own/sources/debian.sources"
    local options=(
        --quiet=2
        -o Dir::Etc::sourcelist=/dev/null
        -o "Dir::Etc::sourceparts=$own/sources"
        -o "Dir::State::lists=$own/lists"
        -o "Dir::Cache=$own/cache"
        -o APT::Sandbox::User=
    )
    {
        apt-get "${options[@]}" update
        # Unpacking it by hand needs none of Debian's tools for developers.
        (cd "$own/package" && apt-get "${options[@]}" source --download-only thrift)
    } >&2
    tar -xzf "$own"/package/thrift_*.orig.tar.gz -C "$out/thrift" --strip-components=1
    rm -rf "$own"
    touch "$out/complete"
}

give_up() {
    echo "$1" >&2
    exit $missing_tool
}

main
