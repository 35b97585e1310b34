#!/usr/bin/env bash
# Installs what a Debian machine with a Rust toolchain lacks for the tests against other projects' programs: Go,
# Apache's thrift compiler, Python with venv and headers. Installs nothing that is there already, and says nothing then.
set -euo pipefail

# The oldest Go that the Kitex peer builds with, as 1.N.
go_minor_min=21

main() {
    local wanted=()
    command -v thrift >/dev/null || wanted+=(thrift-compiler)
    command -v python3 >/dev/null || wanted+=(python3)
    python3 -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3-venv)
    # For the part of Apache's Python library that is written in C.
    has_python_headers || wanted+=(python3-dev)
    if [ ${#wanted[@]} -gt 0 ]; then
        apt update
        apt install "${wanted[@]}"
    fi
    go_is_new_enough || install_go
}

has_python_headers() {
    local folder
    folder=$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null)
    [ -r "$folder/Python.h" ]
}

go_is_new_enough() {
    local minor
    minor=$(go version 2>/dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge "$go_minor_min" ]
}

# Debian keeps an older Go in a release and newer ones in its backports. Those are read from a folder of our own, so the
# machine's list of sources stays as it is.
install_go() {
    local sources codename package release
    sources=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now, not of then
    trap "rm -rf '$sources'" EXIT
    mkdir -p "$sources/list.d" "$sources/state/partial"
    codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    # The machine's own source of Debian's main archive, asked for the backports besides.
    sed "s/^Suites: $codename .*/Suites: $codename $codename-backports/; s/^Suites: $codename\$/Suites: $codename $codename-backports/" \
        /etc/apt/sources.list.d/debian.sources >"$sources/list.d/debian.sources"
    local own=(
        -o Dir::Etc::sourcelist=/dev/null
        -o "Dir::Etc::sourceparts=$sources/list.d"
        -o "Dir::State::lists=$sources/state"
    )
    apt update "${own[@]}"
    package=$(apt-cache "${own[@]}" search --names-only '^golang-1\.[0-9]+-go$' | cut -d' ' -f1 | sort -V | tail -n 1)
    apt install "${own[@]}" "$package"
    release=${package#golang-}
    as_root ln -sf "/usr/lib/go-${release%-go}/bin/go" /usr/local/bin/go
}

apt() {
    local command=$1
    shift
    case $command in
        update) as_root apt-get update --quiet=2 "$@" ;;
        install)
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "$@"
            ;;
    esac
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

main
