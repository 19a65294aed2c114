#!/usr/bin/env bash
# Builds and runs all tests: unit tests under ASan and UBSan, the concurrent ones under TSan too, fuzz targets for three
# or eight seconds each, tests of the tools, end-to-end tests of the release program. The last line is "N passed, N failed".
# HOLTER_QUICK=1 leaves out TSan and the fuzz targets; HOLTER_TSAN=all has collect and app under TSan, too, which builds nearly
# all of the program a third time (about 25 minutes on two cores): before a release, and after changes of what shards share.
# Set-up is done by `make test` before.
set -uo pipefail
cd "$(dirname "$0")/.."

quick=${HOLTER_QUICK:-0}
concurrent='memory|runtime|pipeline|schedule'
[ "${HOLTER_TSAN:-}" != all ] || concurrent+='|secrets|collect|stress|app'
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:check_initialization_order=1:detect_stack_use_after_return=1:abort_on_error=0
export LSAN_OPTIONS=print_suppressions=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
symbolizer=$(command -v llvm-symbolizer-19 || true)
[ -z "$symbolizer" ] || export ASAN_SYMBOLIZER_PATH=$symbolizer TSAN_SYMBOLIZER_PATH=$symbolizer UBSAN_SYMBOLIZER_PATH=$symbolizer

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sums=$scratch/sums
began=$SECONDS
say() { printf '\n=== %s (%d s)\n' "$*" $((SECONDS - began)); }
# What cannot be built counts as a failure, and the rest still runs.
build() { tools/build.sh "$1" -k 0 "${@:2}" || { echo "cannot build $*"; echo "0 1 0" >>"$sums"; return 1; }; }
run() { python3 tools/run_tests.py --again --add-to "$sums" "$@"; }
# The test programs of a preset, from CMake's list: "name target" lines. (CTest gives no command for what is not built.)
programs() { ctest --test-dir "build/$1" --show-only=json-v1 | python3 -c '
import json, sys
for test in json.load(sys.stdin)["tests"]:
    name = test["name"]
    print(name, name.removeprefix("fuzz/") if name.startswith("fuzz/") else name + "_test")'; }
# Always anew, which takes a second: the list of programs comes from it.
configure() {
  cmake --preset "$1" >"$scratch/configure" 2>&1 && return
  cat "$scratch/configure"
  echo "0 1 0" >>"$sums"
  return 1
}

say "tests of the tools"
shopt -s nullglob
tool_tests=(tools/tests/test_*.py)
touch "$sums"
[ ${#tool_tests[@]} = 0 ] || run --python "${tool_tests[@]}"

say "web interface: types and unit tests"
python3 tools/web_tests.py --add-to "$sums" unit

say "unit tests under ASan and UBSan"
# The fuzz targets share its libraries: one build less.
wanted=.
[ "$quick" = 0 ] || wanted='^[^ /]+ '
if configure asan; then
  mapfile -t targets < <(programs asan | grep -E "$wanted" | cut -d' ' -f2)
  build asan "${targets[@]}"
  run build/asan --only '^(?!fuzz/)'
  if [ "$quick" = 0 ]; then
    say "fuzz targets, three or eight seconds each"
    run build/asan --only '^fuzz/'
  fi
fi

if [ "$quick" = 0 ]; then
  say "concurrent tests under TSan"
  if configure tsan; then
    mapfile -t targets < <(programs tsan | grep -E "^($concurrent) " | cut -d' ' -f2)
    build tsan "${targets[@]}"
    run build/tsan --only "^($concurrent)\$"
  fi
fi

end_to_end=(tests/test_*.py)
# Some measure memory and time: alone. The others mostly wait.
alone=' tests/test_memory.py tests/test_stress.py tests/test_start.py tests/test_network.py '
measured=() waiting=()
for file in "${end_to_end[@]}"; do
  if [[ $alone == *" $file "* ]]; then measured+=("$file"); else waiting+=("$file"); fi
done
if [ ${#end_to_end[@]} != 0 ]; then
  say "end-to-end tests"
  if build release holter holter-history; then
    export HOLTER_BIN=$PWD/build/release/holter
    run --jobs 2 --timeout 600 --python "${waiting[@]}"
    run --jobs 1 --timeout 600 --python "${measured[@]}"
    say "web interface in a browser"
    python3 tools/web_tests.py --add-to "$sums" browser
  fi
fi

say "all done"
awk '{passed += $1; failed += $2; skipped += $3}
     END {line = passed + 0 " passed, " failed + 0 " failed"
          if (skipped > 0) line = line ", " skipped " skipped"
          print line
          exit failed > 0 || passed == 0}' "$sums"
