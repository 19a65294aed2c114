#!/usr/bin/env python3
"""Runs test programs and counts single tests.

    tools/run_tests.py <build-dir> [--only REGEX] [--jobs N]    the programs that CMake lists there
    tools/run_tests.py --python FILE...                         unittest files

Ends with one line "N passed, N failed" (", N skipped" if any) and exit code 1 when a test failed or none ran. With
--add-to FILE the counts are appended to that file instead, for a caller that adds up. With --again a case whose
assertion failed runs once more when all others have ended: tests that wait for something have limits that a crowded
machine may not keep. What passes then counts as passed and is named. A crash, a sanitizer's report and a program that
does not end never get a second run.
A GoogleTest program counts by its cases, a fuzz program ("fuzz/..." in CMake) as one test.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

DEFAULT_TIMEOUT_S = 300
# Also "ERROR: setUpClass (__main__.Class)".
UNITTEST_FAILURE = re.compile(r"^(?:FAIL|ERROR): \w+ \(__main__\.([\w.]+)\)", re.MULTILINE)
GTEST_LINE = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] ([^\s,]+)(?: \(\d+ ms\))?$", re.MULTILINE)


@dataclasses.dataclass
class Program:
    name: str
    command: list
    timeout_s: float = DEFAULT_TIMEOUT_S
    directory: str = "."
    kind: str = "gtest"  # gtest, python, single


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    reason: str = ""  # why the program as a whole failed
    output: str = ""
    failures: list = dataclasses.field(default_factory=list)  # names of the cases that failed, as the program takes them


def listed(build_dir):
    """The programs that CMake knows in `build_dir`."""
    answer = subprocess.run(["ctest", "--test-dir", str(build_dir), "--show-only=json-v1"], capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"cannot list the tests of {build_dir}: {answer.stderr.strip()}")
    programs = []
    for test in json.loads(answer.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        name = test["name"]
        programs.append(Program(name, test.get("command", []), float(properties.get("TIMEOUT", DEFAULT_TIMEOUT_S)),
                                properties.get("WORKING_DIRECTORY", "."), "single" if name.startswith("fuzz/") else "gtest"))
    return programs


def count_gtest(report, output, failures=None):
    """(passed, failed, skipped) of a GoogleTest run: from its report, or from its output where it ended before one. Names of
    what failed are appended to `failures` where there is a report: the program came to its end."""
    if report.exists() and report.stat().st_size > 0:
        counts = [0, 0, 0]
        for suite in json.loads(report.read_text())["testsuites"]:
            for case in suite["testsuite"]:
                if case.get("status") == "NOTRUN":
                    continue
                counts[1 if case.get("failures") else 2 if case.get("result") == "SKIPPED" else 0] += 1
                if case.get("failures") and failures is not None:
                    failures.append(f"{suite['name']}.{case['name']}")
        return tuple(counts)
    ends = {name: word for word, name in GTEST_LINE.findall(output)}
    words = list(ends.values())
    return words.count("OK"), words.count("FAILED"), words.count("SKIPPED")


def count_unittest(output):
    """(passed, failed, skipped) from what unittest prints last."""
    ran = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    if not ran:
        return 0, 0, 0
    amounts = {word: int(n) for word, n in re.findall(r"\b(failures|errors|skipped)=(\d+)", output[ran.end():])}
    failed = amounts.get("failures", 0) + amounts.get("errors", 0)
    skipped = amounts.get("skipped", 0)
    return max(0, int(ran[1]) - failed - skipped), failed, skipped


def run_command(command, directory, timeout_s):
    """(exit code or None at the timeout, output). The program and its children are ended at the timeout."""
    with tempfile.TemporaryFile() as sink:
        process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            code = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            code = None
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        sink.seek(0)
        return code, sink.read().decode(errors="replace")


def run_program(program, cases=()):
    """Runs the program, or only those cases of it."""
    if not program.command or not pathlib.Path(program.command[0]).exists():
        return Outcome(failed=1, reason="it has not been built")
    began = time.monotonic()
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "report.json"
        extra = list(cases)
        if program.kind == "gtest":
            extra = [f"--gtest_output=json:{report}"] + ([f"--gtest_filter={':'.join(cases)}"] if cases else [])
        code, output = run_command(program.command + extra, program.directory, program.timeout_s)
        if program.kind == "gtest":
            passed, failed, skipped = count_gtest(report, output, failures)
        elif program.kind == "python":
            passed, failed, skipped = count_unittest(output)
            failures = sorted(set(UNITTEST_FAILURE.findall(output)))
        else:
            passed, failed, skipped = int(code == 0), 0, 0
    outcome = Outcome(passed, failed, skipped, time.monotonic() - began, output=output, failures=failures if code == 1 else [])
    if code is None:
        outcome.reason = f"no end within {program.timeout_s:g} s"
    elif code < 0:
        outcome.reason = f"ended by {signal.Signals(-code).name}"
    elif code != 0 and failed == 0:
        outcome.reason = f"exit code {code}"
    elif passed + failed + skipped == 0:
        outcome.reason = "it ran no test"
    if outcome.reason:
        outcome.failed += 1
    return outcome


def run_again(program, first):
    """The outcome when what failed in `first` has had its second run."""
    print(f"again, alone: {program.name}: {', '.join(first.failures)}", flush=True)
    second = run_program(program, first.failures)
    if second.failed or second.passed < len(first.failures):
        print(f"--- output of the second run of {program.name}\n{second.output}--- end of {program.name}", flush=True)
        return first
    print(f"passed only in a second run: {program.name}: {', '.join(first.failures)}", flush=True)
    return Outcome(first.passed + second.passed, 0, first.skipped)


def run_all(programs, jobs, times, again=False):
    """Runs the programs, those that took longest last time first; one line for each as it ends."""
    order = sorted(programs, key=lambda p: -times.get(p.name, DEFAULT_TIMEOUT_S))
    total = Outcome()
    second = []  # what gets a second run
    lock = threading.Lock()
    done = 0

    def add(outcome):
        total.passed += outcome.passed
        total.failed += outcome.failed
        total.skipped += outcome.skipped

    def one(program):
        nonlocal done
        outcome = run_program(program)
        with lock:
            done += 1
            times[program.name] = outcome.seconds
            word = "FAILED" if outcome.failed else "ok"
            print(f"[{done}/{len(order)}] {word:6} {program.name:36} {outcome.passed:5} tests {outcome.seconds:7.1f} s"
                  f"{'  ' + outcome.reason if outcome.reason else ''}", flush=True)
            if outcome.failed:
                print(f"--- output of {program.name}: {' '.join(map(str, program.command))}\n{outcome.output}"
                      f"--- end of {program.name}", flush=True)
            if again and outcome.failures:
                second.append((program, outcome))
            else:
                add(outcome)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for ended in [pool.submit(one, program) for program in order]:
            ended.result()
    for program, outcome in second:
        add(run_again(program, outcome))
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build_dir", nargs="?", type=pathlib.Path)
    parser.add_argument("--only", default="", metavar="REGEX", help="programs whose name matches")
    parser.add_argument("--python", nargs="+", default=[], metavar="FILE", help="unittest files")
    parser.add_argument("--jobs", type=int, default=2, help="programs at a time")
    parser.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT_S, help="seconds for each unittest file")
    parser.add_argument("--again", action="store_true", help="a second run, alone, for cases whose assertion failed")
    parser.add_argument("--add-to", type=pathlib.Path, metavar="FILE", help="append the counts to this file instead")
    options = parser.parse_args()
    if not options.build_dir and not options.python:
        parser.error("a build directory or --python is needed")

    # The system's Python has the modules that tools/setup.sh installs; another one in front of it has not.
    python = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else sys.executable
    programs = [Program(f, [python, f, "-v"], options.timeout, ".", "python") for f in options.python]
    memory = None
    times = {}
    if options.build_dir:
        programs += [p for p in listed(options.build_dir) if re.search(options.only, p.name)]
        memory = options.build_dir / "test_times.json"
        if memory.exists():
            times = json.loads(memory.read_text())
    total = run_all(programs, options.jobs, times, options.again)
    if memory:
        memory.write_text(json.dumps(times, indent=1))
    if options.add_to:
        with options.add_to.open("a") as sums:
            sums.write(f"{total.passed} {total.failed} {total.skipped}\n")
    else:
        print(f"{total.passed} passed, {total.failed} failed" + (f", {total.skipped} skipped" if total.skipped else ""))
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
