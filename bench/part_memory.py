"""What keeping the budget costs, how fast it acts, and whether it holds."""
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request

from holter import PROGRAM, ROOT, Holter, addresses

MIB = 1 << 20


def reservation(report):
    """The ledger's common path, and four threads on sibling accounts against four on one shared number."""
    program = ROOT / "build/release/memory_account_bench"
    done = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=0.3"], check=True, capture_output=True, text=True)
    rows = {row["name"].split("/")[0]: row for row in json.loads(done.stdout)["benchmarks"]}
    report.add("reservation_ns", rows["reserve_and_release"]["cpu_time"], "ns", most=20, note="reserve and release, one thread")
    threads = rows["four_threads_against_one_number"]
    report.add("reservation_vs_mutex", threads["ratio_to_mutex"], "ratio", most=1.0, note="4 threads; 1: a ledger behind one lock")
    report.add("reservation_vs_atomic", threads["ratio_to_atomic"], "ratio", note="4 threads; 1: one shared atomic number")


def accounting(report, quick):
    """Share of the shards' CPU samples that fall into the ledger's code, its atomics included, while pings run."""
    if shutil.which("perf") is None:
        print("  accounting_share is not measured: perf is missing (Debian: linux-perf)")
        return
    seconds = 4 if quick else 12
    with Holter(20_000, "1s", shards=1) as holter:
        time.sleep(4)
        with tempfile.NamedTemporaryFile(suffix=".perf") as data:
            subprocess.run(["perf", "record", "-q", "-F", "4000", "-e", "cpu-clock", "-p", str(holter.process.pid), "-o", data.name,
                            "sleep", str(seconds)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            done = subprocess.run(["perf", "report", "-i", data.name, "--stdio", "--sort", "comm,srcfile"], check=True, capture_output=True, text=True)
    shard = ledger = 0.0
    for share, command, source in re.findall(r"^\s+([\d.]+)%\s+(\S+)\s*(\S*)", done.stdout, re.MULTILINE):
        if not command.startswith("shard-"):
            continue
        shard += float(share)
        if source in ("account.cc", "account.h", "critical.cc", "arrow_pool.cc", "atomic_base.h"):
            ledger += float(share)
    if "collector.cc" not in done.stdout:
        raise RuntimeError("perf finds no source files: its report cannot tell what the ledger costs")
    report.add("accounting_share", 100 * ledger / shard, "%", most=3, note="of the shard's CPU at 20,000 pings/s, kernel included")


def first_action(report, quick):
    """A load step that the budget cannot bear: 60,000 more monitors by a reload."""
    with Holter(1000, "10s", budget="72MiB") as holter:
        time.sleep(3)
        known = holter.get("/api/v1/events?limit=500")["events"]
        last = known[-1]["id"] if known else 0
        with open(holter.directory / "monitors.yml", "a", encoding="utf-8") as file:
            for i, address in enumerate(addresses(40_000)):
                file.write(f"  - {{name: more-{i}, app: ping, interval: 10s, params: {{host: {address}}}}}\n")
        request = urllib.request.Request(holter.url + "/api/v1/reload", data=b"{}", method="POST", headers={"Content-Type": "application/json"} | holter.headers())
        begun = time.time()
        done = []
        thread = threading.Thread(target=lambda: done.append(urllib.request.urlopen(request, timeout=30).read()))
        thread.start()
        event = None
        while event is None and time.time() < begun + 20:
            time.sleep(0.05)
            events = holter.get(f"/api/v1/events?after={last}&limit=500")["events"]
            event = next((e for e in events if e["kind"] == "memory.action"), None)
        thread.join()
    if event is None:
        raise RuntimeError("a step of 40,000 monitors led to no action")
    at = time.mktime(time.strptime(event["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + event["time"][20:23])
    report.add("first_action_seconds", at - begun, "s", most=1.0, note=f"from the request for 40,000 more monitors to: {event['text']}")


def stress(report, quick):
    """The scenarios of `holter stress`, short: the peak of each as a share of its budget."""
    with tempfile.TemporaryDirectory(prefix="holter-bench-stress-") as out:
        done = subprocess.run([PROGRAM, "stress", "--quick", "--out", out], stdout=subprocess.DEVNULL, check=False, timeout=600)
        with open(out + "/stress-report.json", encoding="utf-8") as file:
            scenarios = json.load(file)["scenarios"]
    for scenario in scenarios:
        share = scenario["peak_bytes"] / scenario["budget_bytes"] if scenario["budget_bytes"] else 0
        report.add("stress_peak_" + scenario["name"], 100 * share, "%", most=100, note=f"{scenario['result']}, of {scenario['budget_bytes'] / MIB:.0f} MiB")
    report.add("stress_failed", sum(s["result"] != "pass" for s in scenarios), "", most=0, note=f"of {len(scenarios)} scenarios, exit code {done.returncode}")


def all_parts(report, quick):
    reservation(report)
    accounting(report, quick)
    first_action(report, quick)
    stress(report, quick)
