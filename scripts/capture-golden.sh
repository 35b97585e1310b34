#!/usr/bin/env bash
# Captures codec/tests/golden/kitex anew: a Kitex client calls a Kitex server through a tap that keeps every frame.
# Header pairs come in random order, so a second capture differs from the first in bytes, not in meaning.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
golden=$root/codec/tests/golden/kitex

"$root/scripts/peers.sh" build kitex
find "$golden" -name "*.hex" -delete
"$root/target/interop/bin/golden" --out "$golden"
echo "captured $(find "$golden" -name '*.hex' | wc -l) files in ${golden#"$root"/}"
