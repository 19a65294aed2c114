#!/usr/bin/env bash
# Configures (once) and builds a preset with progress. Usage: tools/build.sh <preset> [target...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
[ -e "build/$preset/build.ninja" ] || cmake --preset "$preset" >"/tmp/holter-configure-$$.log" 2>&1 ||
    { cat "/tmp/holter-configure-$$.log"; exit 1; }
rm -f "/tmp/holter-configure-$$.log"
export NINJA_STATUS="[$preset %f/%t %es] "
exec ninja -C "build/$preset" "$@"
