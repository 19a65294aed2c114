#!/usr/bin/env bash
# What must hold before a commit: format, layers, links, lint. Usage: tools/check.sh [--changed] (lint only what differs
# from the last commit). Runs all of them and fails if one did.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
check() { # name command...
    local name=$1
    shift
    echo "--- $name"
    "$@" || failed+=("$name")
}

format() { git ls-files -z '*.cc' '*.h' | xargs -0 -n 50 clang-format-19 --dry-run -Werror && echo "format ok"; }
scripts() { git ls-files -z '*.sh' .ci/run | xargs -0 -n1 bash -n && echo "scripts ok"; }

lint() {
    # The release build is there after `make run`, `make bench` or `make test`; lint needs its generated files only.
    local build=build/dev
    [ -e build/release/compile_commands.json ] && build=build/release
    [ -e $build/compile_commands.json ] || cmake --preset dev >/dev/null || return 1
    # Precompiled headers are inputs of the compile commands.
    local headers
    mapfile -t headers < <(ninja -C $build -t targets all | sed -n 's/^\([^:]*cmake_pch\.hxx\.pch\): .*/\1/p')
    [ ${#headers[@]} = 0 ] || ninja -C $build "${headers[@]}" >/dev/null || return 1
    tools/lint.py $build "$@"
}

check format format
check scripts scripts
check layers python3 tools/check_layers.py src
check links python3 tools/check_links.py
check lint lint "$@"
if [ ${#failed[@]} != 0 ]; then
    echo "check: failed: ${failed[*]}"
    exit 1
fi
echo "check: all ok"
