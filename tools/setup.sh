#!/usr/bin/env bash
# Installs what tools/deps.tsv names: Debian packages by apt, the rest into .deps/ with verified checksums.
# Idempotent: with nothing missing it takes well under a second. Usage: tools/setup.sh [--no-tests]
set -euo pipefail
cd "$(dirname "$0")/.."
deps=tools/deps.tsv
prefix=.deps
with_tests=1
[ "${1:-}" = "--no-tests" ] && with_tests=0
say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: cannot %s\n' "$*" >&2; exit 1; }
field() { awk -F'\t' -v k="$1" -v n="$2" -v c="$3" '$1==k && $2==n {print $c}' "$deps"; }

# --- Debian packages -------------------------------------------------------------------------------------------------
installed=$(dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' 2>/dev/null | awk '$3 ~ /^ii/ {print $1, $2}')
missing=()
while IFS=$'\t' read -r kind name version _; do
  case "$kind" in apt) ;; test) [ $with_tests = 1 ] || continue ;; *) continue ;; esac
  have=$(awk -v n="$name" '$1==n {print $2; exit}' <<<"$installed")
  if [ -z "$have" ]; then
    missing+=("$name")
  elif [ "$version" != - ] && ! dpkg --compare-versions "${have#*:}" ge "$version"; then
    die "use $name $have: $version or newer is needed"
  fi
done < "$deps"
# npm comes with Node.js itself where that is not Debian's.
command -v npm >/dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || die "install ${missing[*]}: this is no Debian system; install them by hand and run again"
  sudo=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "install ${missing[*]}: run as root once: apt-get install ${missing[*]}"
    sudo=sudo
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  $sudo apt-get update -q
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o Dpkg::Progress-Fancy=0 "${missing[@]}"
fi

# --- pinned files ----------------------------------------------------------------------------------------------------
verify() {  # file name
  local want got
  want=$(field file "$2" 4)
  got=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$want" = "$got" ] || die "trust $1: sha256 is $got, tools/deps.tsv says $want"
}
mkdir -p "$prefix/include" "$prefix/lib" "$prefix/download"
prefix=$(cd "$prefix" && pwd)
machine=$(uname -m)

setup_arrow() {
  local version mark
  if pkg-config --atleast-version=15 arrow 2>/dev/null; then return; fi
  version=$(field file pyarrow 3)
  mark=$prefix/arrow-$version
  [ -e "$mark" ] && return
  [ "$machine" = x86_64 ] || die "fetch Arrow for $machine: only x86_64 is pinned; install libarrow-dev 15 or newer and run again"
  say "fetching Arrow $version (55 MB)"
  python3 -m pip download -q --no-deps --only-binary :all: --python-version 3.11 --implementation cp --abi cp311 \
    --platform manylinux_2_28_x86_64 -d "$prefix/download" "pyarrow==$version"
  local wheel=$prefix/download/pyarrow-$version-cp311-cp311-manylinux_2_28_x86_64.whl
  verify "$wheel" pyarrow
  say "unpacking Arrow $version"
  rm -rf "$prefix/unpack" "$prefix/include/arrow"
  unzip -q "$wheel" 'pyarrow/include/arrow/*' 'pyarrow/libarrow.so.*' -d "$prefix/unpack"
  mv "$prefix/unpack/pyarrow/include/arrow" "$prefix/include/arrow"
  mv "$prefix"/unpack/pyarrow/libarrow.so.* "$prefix/lib/"
  ln -sf "$(cd "$prefix/lib" && ls libarrow.so.* | head -n1)" "$prefix/lib/libarrow.so"
  rm -rf "$prefix/unpack" "$wheel"
  touch "$mark"
}

setup_duckdb() {
  local version crate mark
  if [ -e /usr/include/duckdb.h ] && ldconfig -p | grep -q 'libduckdb\.so'; then return; fi
  version=$(field file @duckdb/node-bindings-linux-x64 3)
  crate=$(field file libduckdb-sys 3)
  mark=$prefix/duckdb-$version-$crate
  [ -e "$mark" ] && return
  [ "$machine" = x86_64 ] || die "fetch DuckDB for $machine: only x86_64 is pinned; install libduckdb and duckdb.h and run again"
  say "fetching DuckDB $version (25 MB)"
  (cd "$prefix/download" && npm pack --silent "@duckdb/node-bindings-linux-x64@$version" >/dev/null)
  local pack=$prefix/download/duckdb-node-bindings-linux-x64-$version.tgz
  verify "$pack" @duckdb/node-bindings-linux-x64
  tar -xzf "$pack" -C "$prefix/download" package/libduckdb.so
  mv "$prefix/download/package/libduckdb.so" "$prefix/lib/libduckdb.so"
  say "fetching duckdb.h (crate libduckdb-sys $crate, 8 MB)"
  local file home=${CARGO_HOME:-$HOME/.cargo}
  cargo info -q "libduckdb-sys@$crate" >/dev/null 2>&1 || die "fetch the crate libduckdb-sys $crate: cargo 1.82 or newer is needed"
  file=$(find "$home/registry/cache" -name "libduckdb-sys-$crate.crate" | head -n1)
  [ -n "$file" ] || die "find the crate libduckdb-sys $crate in $home/registry/cache"
  verify "$file" libduckdb-sys
  tar -xzOf "$file" "libduckdb-sys-$crate/duckdb.tar.gz" | tar -xzOf - duckdb/src/include/duckdb.h > "$prefix/include/duckdb.h"
  rm -rf "$prefix/download/package" "$pack"
  touch "$mark"
}
setup_mongodb() {
  local version mark
  version=$(field file mongo-java-server-core 3)
  mark=$prefix/mongodb-$version
  [ -e "$mark" ] && return
  say "fetching a server of MongoDB's protocol for tests (3 MB)"
  rm -rf "$prefix/mongodb"
  mvn -q -B -f tests/servers/mongodb/pom.xml dependency:copy-dependencies -DoutputDirectory="$prefix/mongodb" >"$prefix/download/mongodb.log" 2>&1 ||
    die "fetch mongo-java-server $version: $(tail -n 5 "$prefix/download/mongodb.log")"
  verify "$prefix/mongodb/mongo-java-server-core-$version.jar" mongo-java-server-core
  touch "$mark"
}
setup_oidc_provider() {
  local version mark
  version=$(field npm oidc-provider 3)
  mark=$prefix/oidc-provider-$version
  [ -e "$mark" ] && return
  say "fetching an OpenID Connect provider for tests (10 MB)"
  rm -rf "$prefix/oidc"
  mkdir -p "$prefix/oidc"
  cp tests/servers/oidc/package.json tests/servers/oidc/package-lock.json "$prefix/oidc/"
  (cd "$prefix/oidc" && npm ci --ignore-scripts --no-audit --no-fund) >"$prefix/download/oidc.log" 2>&1 ||
    die "fetch oidc-provider $version: $(tail -n 5 "$prefix/download/oidc.log")"
  touch "$mark"
}
setup_schemathesis() {
  local version mark
  version=$(field file schemathesis 3)
  mark=$prefix/schemathesis-$version
  [ -e "$mark" ] && return
  say "fetching schemathesis $version for tests (20 MB)"
  rm -rf "$prefix/schemathesis"
  python3 -m pip install -q --no-deps --require-hashes --only-binary :all: --disable-pip-version-check --root-user-action ignore \
    --target "$prefix/schemathesis" -r tests/schemathesis/requirements.txt >"$prefix/download/schemathesis.log" 2>&1 ||
    die "fetch schemathesis $version: $(tail -n 5 "$prefix/download/schemathesis.log")"
  touch "$mark"
}
# What the web interface is built from. The lock file pins each package with its checksum.
setup_ui() {
  local mark
  mark=ui/node_modules/.fetched-$(sha256sum ui/package-lock.json | cut -c1-16)
  [ -e "$mark" ] && return
  command -v npm >/dev/null || die "build the web interface: install npm and run again"
  say "fetching what the web interface is built from (90 MB)"
  (cd ui && npm ci --ignore-scripts --no-audit --no-fund) >"$prefix/download/ui.log" 2>&1 ||
    die "fetch the packages of ui/: $(tail -n 5 "$prefix/download/ui.log")"
  touch "$mark"
}
setup_arrow
setup_duckdb
setup_ui
[ $with_tests = 0 ] || setup_mongodb
[ $with_tests = 0 ] || setup_oidc_provider
[ $with_tests = 0 ] || setup_schemathesis
