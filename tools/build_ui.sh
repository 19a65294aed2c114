#!/usr/bin/env bash
# Builds the web interface and packs it for the program. Usage: tools/build_ui.sh <folder for ui_table.cc and ui.pack>
# Vite's result is kept by a hash of all that goes into it, so that each preset after the first takes a second.
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
die() { printf 'cannot build the web interface: %s\n' "$*" >&2; exit 1; }
[ -d ui/node_modules/vite ] || die "its packages are missing; run tools/setup.sh"
inputs() { find ui/src ui/index.html ui/*.ts ui/*.cjs ui/*.json src/api/openapi.json tools/pack_ui.py -type f \
             ! -name '*.gen.d.ts' ! -name '*.test.ts' ! -name '*.test.tsx' -print0 | LC_ALL=C sort -z; }
hash=$(inputs | xargs -0 sha256sum | sha256sum | cut -c1-16)
kept=build/ui/$hash
if [ ! -e "$kept/index.html" ]; then
  mkdir -p build/ui
  log=build/ui/log.$$
  (cd ui && npm run --silent types && npx vite build --outDir "../build/ui/new.$$" --emptyOutDir --logLevel warn) >"$log" 2>&1 ||
    { cat "$log" >&2; rm -rf "$log" "build/ui/new.$$"; die "see above"; }
  rm -rf "$log" "$kept"
  find build/ui -mindepth 1 -maxdepth 1 -type d ! -name 'new.*' -exec rm -rf {} +
  mv "build/ui/new.$$" "$kept"
fi
exec python3 tools/pack_ui.py "$kept" "$out"
