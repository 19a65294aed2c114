#!/usr/bin/env python3
"""Runs the benchmarks, prints the table, writes build/bench/report.json. Exit code 1 when a bound is missed."""
import argparse
import json
import os
import pathlib
import platform
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]
import part_alerts  # noqa: E402
import part_api  # noqa: E402
import part_catalog  # noqa: E402
import part_engine  # noqa: E402
import part_http  # noqa: E402
import part_memory  # noqa: E402
import part_pings  # noqa: E402
import part_sessions  # noqa: E402
import part_snmp  # noqa: E402
import part_ssh  # noqa: E402

OUT = HERE.parent / "build/bench/report.json"
# Those that need nothing of another, in the order in which they run.
ALONE = {
    "scaling": ("1,000 / 10,000 / 100,000 monitors (about 120 s)", part_pings.scaling),
    "engine": ("definitions, expressions, readers (about 15 s)", part_engine.all_parts),
    "api": ("connections and event streams of the API (about 60 s)", part_api.all_parts),
    "alerts": ("rules at scale, everything down at once, rules on pings (about 420 s)", part_alerts.all_parts),
    "catalog": ("monitors through the API (about 110 s)", part_catalog.all_parts),
    "http": ("2,000 websites, 10,000 websites (about 200 s)", part_http.all_parts),
    "sessions": ("2,000 PostgreSQL and 2,000 Redis monitors (about 300 s)", part_sessions.all_parts),
    "snmp": ("1,000 devices walked by SNMP (about 240 s)", part_snmp.all_parts),
    "ssh": ("500 Linux hosts over SSH (about 420 s)", part_ssh.all_parts),
    "memory": ("memory: cost of the ledger, time to act, stress (about 240 s)", part_memory.all_parts),
}
PARTS = ["round", "sustained", "lateness", *ALONE]


class Report:
    """Figures in the order in which they were measured; `most` and `least` are bounds that must hold."""

    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, most=None, least=None, note=""):
        must = f"<= {most:g}" if most is not None else f">= {least:g}" if least is not None else ""
        good = (most is None or value <= most) and (least is None or value >= least)
        self.rows.append({"name": name, "value": value, "unit": unit, "must": must, "pass": good})
        print(f"  {name:<36} {value:>12.2f} {unit:<6} {must:<10} {'' if not must else 'ok' if good else 'MISSED':<7} {note}", flush=True)

    def write(self):
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps(self.rows, indent=2) + "\n", encoding="utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="shorter waits, noisier figures")
    arguments.add_argument("--only", choices=PARTS, action="append", help="run this part (may be repeated)")
    options = arguments.parse_args()
    wanted = options.only or PARTS
    report = Report()
    print(f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 30} GiB")
    began = time.monotonic()
    if "round" in wanted:
        print("9,000 pings every 60 s (about 140 s)")
        part_pings.round_of_9000(report, options.quick)
    rate = 0
    if "sustained" in wanted or "lateness" in wanted:
        print("as many pings as one core can do (about 25 s)")
        rate = part_pings.sustained(report, options.quick)
    if "lateness" in wanted:
        print("lateness at 80 % of that (about 25 s)")
        part_pings.lateness(report, rate, options.quick)
    for part, (what, measure) in ALONE.items():
        if part in wanted:
            print(what)
            measure(report, options.quick)
    report.write()
    missed = [row["name"] for row in report.rows if not row["pass"]]
    print(f"{len(report.rows)} figures in {time.monotonic() - began:.0f} s, {len(missed)} missed{': ' + ', '.join(missed) if missed else ''}; {OUT.relative_to(OUT.parent.parent.parent)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
