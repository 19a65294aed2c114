"""The figures of the ping round: CPU against fping, memory, sustained rate, lateness, scaling, start."""
import json
import resource
import subprocess
import tempfile
import time

from holter import Holter, addresses, lateness_quantile

MIB = 1 << 20


def fping_round(count):
    """CPU seconds of fping for one echo to each address; all must answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(addresses(count)))
        file.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(["fping", "-q", "-a", "-r", "0", "-i", "1", "-f", file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"fping: {done.stderr.decode()[:200]}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def wait_until(done, seconds, what):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.2)


def round_of_9000(report, quick):
    """One round of 9,000 pings every 60 s, with everything on and somebody looking at it."""
    count, interval = 9000, 60
    seconds = 20 if quick else 60
    fping = sorted(fping_round(count) for _ in range(3))[1] / count
    with Holter(count, f"{interval}s", budget="64MiB") as holter:
        wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == count, interval + 15, "all pings UP")
        before, cpu = holter.schedule(), holter.cpu()
        time.sleep(seconds)
        after, cpu = holter.schedule(), holter.cpu() - cpu
        run = after["run"] - before["run"]
        # Somebody looks: lists, metrics and a chart are part of the memory figure, not of the round's CPU.
        for _ in range(5):
            page = holter.get("/api/v1/monitors?limit=1000&sort=duration")
            holter.get(f"/api/v1/monitors/{page['monitors'][0]['id']}/history")
            holter.open("/metrics").read()
        main, child = holter.peak_bytes(), holter.peak_bytes(child=True)
        memory = holter.get("/api/v1/memory")
        history = holter.schedule()["history"]
    if after["skipped"] or history["samples_lost"]:
        raise RuntimeError(f"skipped {after['skipped']}, lost {history['samples_lost']}")
    per_ping = cpu / run
    report.add("ping_round_cpu_us", per_ping * 1e6, "us", note=f"schedule to history, both processes, {run} pings in {seconds} s")
    report.add("fping_cpu_us", fping * 1e6, "us", note="fping 5.1, the same addresses, median of 3")
    report.add("ping_round_cpu_ratio_to_fping", per_ping / fping, "ratio", most=1.0)
    report.add("main_peak_resident", main / MIB, "MiB", most=64)
    report.add("history_peak_resident", child / MIB, "MiB", most=128)
    report.add("main_resident_unexplained", 100 * max(0, memory["unexplained_bytes"]) / memory["resident_bytes"], "%", most=15,
               note="resident minus ledger minus what is there without load")
    report.add("stop_seconds", holter.stop_seconds, "s", most=2.0)


def sustained(report, quick):
    """The highest rate of pings on one core at which every due ping runs, is answered and is kept in history."""
    seconds = 5 if quick else 10
    for rate in (150_000, 120_000, 100_000, 80_000, 62_000, 40_000, 20_000):
        with Holter(rate // 10, "100ms", main_core=0, history_core=1, shards=1) as holter:
            time.sleep(3)
            before, began = holter.schedule(), time.monotonic()
            time.sleep(seconds)
            after, took = holter.schedule(), time.monotonic() - began
            down = holter.get("/api/v1/summary")["states"]["DOWN"]
        lost = sum(q["dropped_rows"] for q in after["queues"]) + after["history"]["samples_lost"] + down + after["timeouts"]
        # A ping that was due while the last one was still in flight is skipped: one in a thousand is the start's.
        skipped = (after["skipped"] - before["skipped"]) / (after["due"] - before["due"])
        kept = (after["history"]["samples_kept"] - before["history"]["samples_kept"]) / took
        print(f"    {rate} due/s: {lost} lost or not answered, {skipped:.2%} skipped, {kept:.0f} kept/s", flush=True)
        if lost == 0 and skipped < 0.001:
            break
    measured = (after["run"] - before["run"]) / took
    report.add("sustained_pings_per_s", measured, "1/s", least=60_000, note=f"one core for the main process; {kept:.0f}/s kept")
    report.add("sustained_not_answered_or_lost", lost, "count", most=0)
    return measured


def lateness(report, rate, quick):
    """Lateness at 80 % of the sustained rate."""
    seconds = 5 if quick else 15
    count = int(rate * 0.8 / 10)
    with Holter(count, "100ms", main_core=0, history_core=1, shards=1) as holter:
        time.sleep(3)
        before = holter.schedule()
        time.sleep(seconds)
        after = holter.schedule()
    report.add("lateness_p99_at_80_percent", lateness_quantile(before, after, 0.99), "ms", most=100,
               note=f"{(after['run'] - before['run']) / seconds:.0f}/s, upper bound of the bucket")


def scaling(report, quick):
    """The same rate of pings by 1,000, 10,000 and 100,000 monitors."""
    rate, seconds = 5000, 10 if quick else 20
    figures = {}
    for count in (1000, 10_000, 100_000):
        interval = count * 1000 // rate
        with Holter(count, f"{interval}ms", budget="192MiB" if count == 100_000 else "512MiB", shards=1) as holter:
            wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == count, interval / 1000 + 30, "all pings UP")
            before, cpu = holter.schedule(), holter.cpu()
            time.sleep(seconds)
            after, cpu = holter.schedule(), holter.cpu() - cpu
            figures[count] = (cpu / (after["run"] - before["run"]) * 1e6, holter.peak_bytes(), holter.start_seconds, holter.resident_bytes())
        report.add(f"cpu_us_per_ping_{count}", figures[count][0], "us", note=f"{rate} pings/s, both processes")
    costs = [f[0] for f in figures.values()]
    report.add("cpu_per_ping_spread", max(costs) / min(costs), "ratio", most=1.2, note="1,000 to 100,000 monitors")
    report.add("main_peak_resident_100000", figures[100_000][1] / MIB, "MiB", most=192)
    report.add("bytes_per_monitor", (figures[100_000][3] - figures[1000][3]) / 99_000, "bytes", note="resident, 100,000 against 1,000 monitors; aim 512")
    report.add("start_seconds_100000", figures[100_000][2], "s", most=3.0, note="from exec to all scheduled, files read")
