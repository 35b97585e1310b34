#!/usr/bin/env bash
# Looks for bytes that break the codec: runs its fuzz targets and keeps what reached new code.
#
#     scripts/fuzz.sh TARGET|all [SECONDS]      60 seconds each unless said; targets are the files of codec/fuzz/fuzz_targets
#     scripts/fuzz.sh keep TARGET|all           only the last step: chooses the corpus that is committed
#
# A run begins with the captured frames of codec/tests/golden, the committed corpus codec/fuzz/corpus/TARGET, and what
# earlier runs left in target/fuzz/corpus/TARGET. Then the inputs that add the most code to what the others reach become
# the committed corpus, as many as fit; the ordinary tests of codec run each of them. An input that breaks a check stays
# in codec/fuzz/artifacts/TARGET, and how to reproduce it is printed. Exits with 3 when a tool is missing.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
fuzz=$root/codec/fuzz
work=$root/target/fuzz
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/fuzz/build
missing_tool=3
seconds_default=60
input_seconds_max=10
memory_mb_max=2048
# What is committed for one target.
kept_files_max=60 kept_bytes_max=65536 kept_file_bytes_max=2048

main() {
    [ $# -ge 1 ] || usage
    command -v cargo-fuzz >/dev/null || missing "cargo-fuzz" "cargo install cargo-fuzz"
    cargo +nightly --version >/dev/null 2>&1 || missing "the nightly toolchain" "rustup toolchain install nightly"
    local action=run chosen target
    if [ "$1" = keep ]; then
        action=keep
        shift
    fi
    chosen=$(targets "${1:-}")
    for target in $chosen; do
        [ "$action" = keep ] || run "$target" "${2:-$seconds_default}"
        keep "$target"
    done
}

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

missing() {
    echo "skipped: $1 is missing ($2)" >&2
    exit $missing_tool
}

targets() {
    case $1 in
        all) (cd "$fuzz/fuzz_targets" && printf '%s\n' *.rs | sed 's/\.rs$//') ;;
        *) if [ -e "$fuzz/fuzz_targets/$1.rs" ]; then echo "$1"; else usage; fi ;;
    esac
}

run() {
    local target=$1 seconds=$2 seeds=$work/seeds/$1
    echo "== $target for $seconds s"
    rm -rf "$seeds"
    mkdir -p "$seeds" "$work/corpus/$target" "$fuzz/corpus/$target"
    seed "$target" "$seeds"
    fuzzer "$target" "$work/corpus/$target" "$fuzz/corpus/$target" "$seeds" -- \
        -max_total_time="$seconds" -timeout=$input_seconds_max -rss_limit_mb=$memory_mb_max -max_len=8192 \
        -print_final_stats=1
}

# libFuzzer writes the inputs it chooses one after the other, at each step the one that adds the most; the times of the files
# tell the order. Counters would tell inputs apart by how often they go round a loop, which is more than a test needs.
keep() {
    local target=$1 chosen=$work/chosen/$1 log=$work/$1.log
    rm -rf "$chosen"
    mkdir -p "$chosen" "$work/corpus/$target" "$work/seeds/$target" "$fuzz/corpus/$target"
    fuzzer "$target" "$chosen" "$work/corpus/$target" "$fuzz/corpus/$target" "$work/seeds/$target" -- \
        -set_cover_merge=1 -use_counters=0 -max_len=$kept_file_bytes_max -timeout=$input_seconds_max >"$log" 2>&1 || {
        tail -n 20 "$log"
        return 1
    }
    rm -f "$fuzz/corpus/$target"/*
    local files=0 bytes=0 size name _
    while read -r _ size name; do
        if [ $files -eq $kept_files_max ] || [ $((bytes + size)) -gt $kept_bytes_max ]; then continue; fi
        files=$((files + 1)) bytes=$((bytes + size))
        cp "$chosen/$name" "$fuzz/corpus/$target/$name"
    done < <(find "$chosen" -type f -printf '%T@ %s %f\n' | sort -k1,1n -k2,2n)
    echo "kept $files inputs of $bytes bytes for $target, of $(find "$chosen" -type f | wc -l)"
}

fuzzer() { (cd "$root/codec" && cargo +nightly fuzz run "$@"); }

# seed TARGET FOLDER: the captured frames as the target takes them.
seed() {
    local target=$1 folder=$2 file count=0 head skipped digits
    for file in "$root"/codec/tests/golden/kitex/{,stream/}*.hex; do
        while read -r skipped digits; do
            case $target in
                # Sizes of the first piece and of the others.
                scan) head=ff07 skipped=0 ;;
                # No edits.
                recall) head=00 skipped=0 ;;
                frame) head='' skipped=0 ;;
                *) head='' ;;
            esac
            digits=$head${digits:$((2 * skipped))}
            # shellcheck disable=SC2001,SC2059 # The digits are the format: that is what makes bytes of them.
            printf "$(sed 's/../\\x&/g' <<<"$digits")" >"$folder/golden-$count"
            count=$((count + 1))
        done < <(frames "$file")
    done
}

# frames FILE: a line for each frame: the bytes before the message's body, and all of it in hexadecimal digits.
frames() {
    awk '
        function end() {
            if (digits != "") print header + (framed ? 4 : 0) + head, digits
            digits = ""; header = framed = head = 0
        }
        /^# ttheader.header_bytes:/ { header = $3 }
        /^# framed.bytes:/ { framed = 1 }
        /^# message.head_bytes:/ { head = $3 }
        /^[0-9a-f]/ { digits = digits $1 }
        /^$/ { end() }
        END { end() }
    ' "$1"
}

main "$@"
