#!/usr/bin/env python3
"""Runs the tests of the web interface: tools/web_tests.py [--add-to FILE] unit|browser

`unit` is type check and Vitest, `browser` is Playwright with Debian's Chromium against the program HOLTER_BIN. Adds
"<passed> <failed> <skipped>" to FILE, as tools/run_tests.py does.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

UI = Path(__file__).resolve().parent.parent / "ui"
LIMITS = {"unit": 600, "browser": 1500}  # seconds


def run(*command: str, limit: int) -> int:
    try:
        return subprocess.run(command, cwd=UI, timeout=limit, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"{' '.join(command)} did not end within {limit} s")
        return 1


def unit(report: Path) -> tuple[int, int, int]:
    types = run("npm", "run", "--silent", "check", limit=LIMITS["unit"])
    print("ok     types" if types == 0 else "FAILED types")
    code = run("npx", "vitest", "run", "--reporter=dot", "--reporter=json", f"--outputFile.json={report}", limit=LIMITS["unit"])
    seen = json.loads(report.read_text()) if report.exists() else {}
    failed = seen.get("numFailedTests", 0) + (types != 0)
    return seen.get("numPassedTests", 0) + (types == 0), max(failed, code != 0), seen.get("numPendingTests", 0)


def browser(report: Path) -> tuple[int, int, int]:
    written = UI / "test-results" / "report.json"
    written.unlink(missing_ok=True)
    code = run("npx", "playwright", "test", limit=LIMITS["browser"])
    seen = json.loads(written.read_text())["stats"] if written.exists() else {}
    failed = max(seen.get("unexpected", 0), code != 0)
    return seen.get("expected", 0) + seen.get("flaky", 0), failed, seen.get("skipped", 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=["unit", "browser"])
    parser.add_argument("--add-to", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        passed, failed, skipped = {"unit": unit, "browser": browser}[options.which](Path(scratch) / "report.json")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    if options.add_to:
        with options.add_to.open("a", encoding="ascii") as sums:
            sums.write(f"{passed} {failed} {skipped}\n")
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
