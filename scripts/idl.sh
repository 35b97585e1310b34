#!/usr/bin/env bash
# Compiles every Thrift IDL of Apache's sources and of Kitex's: each becomes Rust that builds without a warning and is
# formatted, or is refused for the reason that is named here.
#
#     scripts/idl.sh
#
# Apache's come with the source package of Debian, Kitex's with its Go modules. Without apt or Go their part is skipped, with
# CI=true that is a failure. Exits with 3 when there was nothing to compile. Nothing is written outside target/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
crate=$root/target/idl
missing_tool=3
kitex_modules=(kitex thriftgo dynamicgo gopkg frugal)

# Files that are broken on purpose, and how idlc's report on them begins. The other one of Apache's, explicit_module/test3,
# and its samples of keywords have names that are words of Python and other languages. Kitex compiles those, and so do we.
declare -A refusals=(
    [apache/test/BrokenConstants.thrift]='error: number `9876543210987654321` is too large'
)

compiled=0 refused=0 failed=0 skipped=0

main() {
    rm -rf "$crate"
    mkdir -p "$crate/src"
    (cd "$root" && cargo build --quiet -p codec-gen --bin idlc)
    compile_apache
    compile_kitex
    [ "$compiled" -gt 0 ] || exit $missing_tool
    check_crate
    echo "$compiled compiled, $refused refused, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

compile_apache() {
    local tree
    if ! tree=$("$root/scripts/apache.sh"); then
        skip apache "its source package is not to be had"
        return
    fi
    # What Apache's own makefiles tell its compiler.
    local folders=("$tree/test" "$tree"/lib/rs/test_recursive/src{,/transit,/transit/light,/transit/services,/maintenance})
    compile_tree apache "$tree" "${folders[@]/#/-I}"
}

compile_kitex() {
    local module folder
    if ! command -v go >/dev/null; then
        skip kitex "go is missing: install Go 1.21 or newer"
        return
    fi
    for module in "${kitex_modules[@]}"; do
        folder=$(cd "$root/benches/peers/kitex" && go list -m -f '{{.Dir}}' "github.com/cloudwego/$module")
        if [ -d "$folder" ]; then
            compile_tree "$module" "$folder"
        else
            skip "$module" "not downloaded: run scripts/peers.sh build kitex"
        fi
    done
}

# compile_tree NAME FOLDER OPTIONS...: every IDL file below the folder.
compile_tree() {
    local name=$1 folder=$2 file
    shift 2
    while IFS= read -r file; do
        compile "$name${file#"$folder"}" "$file" "$@"
    done < <(find "$folder" -name '*.thrift' | sort)
}

# compile TITLE FILE OPTIONS...: to a module of the crate, unless it is to be refused.
compile() {
    local title=$1 file=$2 module=${1%.thrift} report=$crate/report wanted=${refusals[$1]:-}
    shift 2
    module=${module//[^a-zA-Z0-9]/_}
    if "$target/debug/idlc" "$@" "$file" -o "$crate/src/$module.rs" 2>"$report"; then
        [ -z "$wanted" ] || fail "$title was not refused"
        printf '#[path = "%s.rs"]\npub mod %s;\n' "$module" "$module" >>"$crate/src/modules"
        compiled=$((compiled + 1))
    elif [ -n "$wanted" ] && [[ $(<"$report") == "$wanted"* ]]; then
        echo "refused  $title: $(head -n 1 "$report")"
        refused=$((refused + 1))
    else
        fail "$title"
        sed 's/^/    /' "$report"
    fi
}

check_crate() {
    rustfmt --edition 2024 --check "$crate"/src/*.rs >"$crate/report" || {
        fail "what was generated is not formatted"
        head -n 20 "$crate/report"
    }
    cat >"$crate/Cargo.toml" <<-END
	[workspace]

	[package]
	name = "idl"
	version = "0.0.0"
	edition = "2024"

	[dependencies]
	codec = { path = "$root/codec" }
	rpc = { path = "$root/rpc" }
	END
    cp "$root/Cargo.lock" "$crate"
    {
        echo '#![deny(warnings)]'
        echo '#![allow(non_snake_case, reason = "modules named after files")]'
        cat "$crate/src/modules"
    } >"$crate/src/lib.rs"
    CARGO_TARGET_DIR=$target cargo check --quiet --offline --manifest-path "$crate/Cargo.toml" ||
        fail "what was generated does not build"
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

main
