#!/usr/bin/env bash
# Every check of the project, in the order in which they fail fastest.
#
#     scripts/test.sh                 all steps
#     scripts/test.sh STEP [STEP …]   some: format lint test docs loom sanitize idl interop conformance
#
# A step that needs a tool this machine lacks is skipped with a line that says so; with CI=true that is a failure.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
passed=0 failed=0 skipped=0
# A step that could not run exits with this status.
missing_tool=3

main() {
    local steps=("$@")
    [ ${#steps[@]} -gt 0 ] || steps=(format lint test docs loom sanitize idl interop conformance)
    local step
    for step in "${steps[@]}"; do run_step "$step"; done
    echo
    echo "steps: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

run_step() {
    local step=$1 begin=$SECONDS status
    if ! declare -F "step_$step" >/dev/null; then
        echo "no step is called $step; the steps are named at the top of scripts/test.sh" >&2
        exit 2
    fi
    echo "== $step"
    (step_"$step")
    status=$?
    if [ $status -eq 0 ]; then
        passed=$((passed + 1))
        echo "== $step passed in $((SECONDS - begin)) s"
    elif [ $status -eq $missing_tool ] && [ "${CI:-}" != true ]; then
        skipped=$((skipped + 1))
        echo "== $step skipped"
    else
        failed=$((failed + 1))
        echo "== $step FAILED"
    fi
}

step_format() { cargo fmt --all --check; }

step_lint() { cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings; }

step_test() { cargo test --quiet --workspace --all-features; }

step_docs() { RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --all-features; }

# loom replaces the atomics, so these builds have a target folder of their own.
step_loom() {
    export RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom
    cargo test --quiet --release -p netpoll-buffer --test loom &&
        cargo test --quiet --release -p netpoll --test loom
}

# AddressSanitizer over the crates with unsafe code.
step_sanitize() {
    if ! cargo +nightly --version >/dev/null 2>&1; then
        echo "skipped: the sanitizer needs the nightly toolchain (rustup toolchain install nightly)"
        return $missing_tool
    fi
    export RUSTFLAGS="-Zsanitizer=address" CARGO_TARGET_DIR=target/sanitize
    local target
    target=$(rustc -vV | sed -n 's/^host: //p')
    cargo +nightly test --quiet --target "$target" -p netpoll-buffer -p netpoll -p codec --lib --tests
}

# Every Thrift IDL of Apache's and of Kitex's sources.
step_idl() { scripts/idl.sh; }

# Programs of other projects against ours, both ways.
step_interop() { scripts/interop.sh; }

# Protobuf's own conformance runner.
step_conformance() { scripts/conformance.sh; }

main "$@"
