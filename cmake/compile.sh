#!/bin/sh
# Runs a compiler through ccache, so that work trees and clones share what they compile. Usage: compile.sh <source-dir> <compiler> <arguments>
#
# A precompiled header holds the paths of its tree, hence no two trees have the same one, and ccache would find nothing that includes it. So a
# sum of what is in it goes beside it (the contents of all headers that were read for it), which ccache takes in place of the file itself
# (pch_external_checksum). The flags are no part of it: they are those of whoever includes it, which ccache compares anyway.
base=$1
shift
case " $* " in
*" -emit-pch "*)
  "$@" || exit
  while [ $# -gt 1 ]; do
    case $1 in -o) header=$2 ;; -MF) dependencies=$2 ;; esac
    shift
  done
  # A header that cannot be read fails the compilation: a sum of fewer headers could be that of another file.
  sed -e 's/\\$//' -e 's/^[^ ]*: //' "$dependencies" | xargs cat >"$header.all" && sha256sum <"$header.all" >"$header.sum"
  status=$?
  rm -f "$header.all"
  exit $status
  ;;
*)
  exec env CCACHE_PCH_EXTSUM=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR="$base" \
    CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=5G ccache "$@"
  ;;
esac
