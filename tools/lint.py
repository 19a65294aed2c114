#!/usr/bin/env python3
"""Runs clang-tidy-19 over the sources of a build directory, two at a time.

    tools/lint.py <build-dir> [--changed] [--jobs N]

A source that passed is not looked at again until it, a header of ours that it includes (also indirectly), .clang-tidy
or its compile command changes; what passed is kept in <build-dir>/lint/. --changed looks only at sources that differ
from the last commit, or include what does.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
TIDY = "clang-tidy-19"


def headers_of(path, src, known):
    """`path` and all headers of ours that it includes, directly or not."""
    if path in known:
        return known[path]
    found = {path}
    known[path] = found  # ends circles
    for name in INCLUDE.findall(path.read_text(errors="replace")):
        header = src / name
        if header.exists():
            found |= headers_of(header, src, known)
    return found


def digest(entry, files):
    h = hashlib.sha256()
    h.update(pathlib.Path(".clang-tidy").read_bytes())
    h.update(entry.get("command", "").encode())
    for file in sorted(files):
        h.update(str(file).encode())
        h.update(hashlib.sha256(file.read_bytes()).digest())
    return h.hexdigest()


def changed_files():
    names = subprocess.run(["git", "status", "--porcelain", "--no-renames"], capture_output=True, text=True, check=True).stdout
    return {pathlib.Path(line[3:]).resolve() for line in names.splitlines()}


def lint(build_dir, source):
    # Precompiled headers of the build were made by clang for clang; the macro definitions of GCC warnings do not matter.
    run = subprocess.run([TIDY, "-p", str(build_dir), "--quiet", "--extra-arg=-Wno-unknown-warning-option", str(source)],
                         capture_output=True, text=True)
    return run.returncode, run.stdout + (run.stderr if run.returncode and not run.stdout.strip() else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build_dir", type=pathlib.Path)
    parser.add_argument("--changed", action="store_true", help="only what differs from the last commit")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    src = pathlib.Path("src").resolve()
    passed_dir = options.build_dir / "lint"
    passed_dir.mkdir(exist_ok=True)
    only = changed_files() if options.changed else None

    known, todo, cached = {}, [], 0
    for entry in json.loads((options.build_dir / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not source.is_relative_to(src):
            continue
        files = headers_of(source, src, known)
        if only is not None and not files & only:
            continue
        mark = passed_dir / digest(entry, files)
        if mark.exists():
            cached += 1
        else:
            todo.append((source, mark))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = {pool.submit(lint, options.build_dir, source): (source, mark) for source, mark in todo}
        for done, run in enumerate(concurrent.futures.as_completed(runs), 1):
            source, mark = runs[run]
            code, output = run.result()
            print(f"[{done}/{len(todo)}] {'ok    ' if code == 0 else 'FAILED'} {source.relative_to(src.parent)}", flush=True)
            if code == 0:
                mark.touch()
            else:
                failed += 1
                print(output, flush=True)
    print(f"lint: {len(todo)} checked, {cached} unchanged since they passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
