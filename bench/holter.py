"""Starts a Holter on generated monitors, and reads what it and the kernel say about it."""
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/holter"
TICKS = os.sysconf("SC_CLK_TCK")


def addresses(count):
    """`count` loopback addresses, 127.1.0.0 and on."""
    first = int(ipaddress.ip_address("127.1.0.0"))
    return [str(ipaddress.ip_address(first + i)) for i in range(count)]


class Holter:
    """A running server with `count` ping monitors, or with those of `lines`. Use as a context manager; stop() waits for the end."""

    def __init__(self, count, interval, budget="512MiB", main_core=None, history_core=None, shards=None, min_interval="10ms", lines=(), definitions=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="holter-bench-"))
        with open(self.directory / "monitors.yml", "w", encoding="utf-8") as file:
            file.write("monitors:\n")
            for i, address in enumerate(addresses(count)):
                file.write(f"  - {{name: ping-{i}, app: ping, interval: {interval}, params: {{host: {address}}}, labels: {{site: lab}}}}\n")
            file.writelines(lines)
        environment = dict(os.environ, HOLTER_MEMORY_BUDGET=budget, HOLTER_SERVER_LISTEN="127.0.0.1:0",
                           HOLTER_DATA_DIR=str(self.directory / "data"), HOLTER_MONITORS=str(self.directory / "monitors.yml"),
                           HOLTER_DEFINITIONS=",".join([str(ROOT / "definitions")] + ([str(definitions)] if definitions else [])), HOLTER_COLLECT_MIN_INTERVAL=min_interval,
                           HOLTER_LOG_LEVEL="warning")
        if shards:
            environment["HOLTER_COLLECT_SHARDS"] = str(shards)
        command = [str(PROGRAM), "serve", "--quiet"]
        if main_core is not None:
            command = ["taskset", "-c", str(main_core)] + command
        self.command, self.environment = command, environment
        self._start()
        if history_core is not None:
            for task in os.listdir(f"/proc/{self.child()}/task"):
                subprocess.run(["taskset", "-p", "-c", str(history_core), task], check=True, stdout=subprocess.DEVNULL)

    def _start(self):
        self.started = time.monotonic()
        # A directory without holter.yml: only the environment counts.
        self.process = subprocess.Popen(self.command, cwd=self.directory, env=self.environment, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.start_seconds = time.monotonic() - self.started
        if "http://" not in line:
            raise RuntimeError(f"holter did not start: {line}{self.process.stdout.read()}")
        self.url = line[line.index("http://"):].strip().rstrip("/")

    def restart(self):
        """Ends it and starts it again on the same data; returns seconds until it was ready."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        self._start()
        return self.start_seconds

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it as Ctrl-C does; returns seconds until it was gone."""
        if self.process.poll() is None:
            before = time.monotonic()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)
            self.stop_seconds = time.monotonic() - before
        shutil.rmtree(self.directory, ignore_errors=True)

    def child(self):
        """Process id of the history process."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def headers(self):
        """What lets a request in: the token of programs which may read the data directory."""
        token = (pathlib.Path(self.directory) / "data" / "local.token").read_text(encoding="ascii")
        return {"Authorization": f"Bearer {token}"}

    def open(self, path, timeout=20):
        return urllib.request.urlopen(urllib.request.Request(self.url + path, headers=self.headers()), timeout=timeout)

    def get(self, path):
        with self.open(path) as answer:
            return json.load(answer)

    def schedule(self):
        return self.get("/api/v1/schedule")

    def cpu(self, child=True):
        """CPU seconds used so far, of both processes or of the main one."""
        pids = [self.process.pid] + ([self.child()] if child else [])
        return sum(cpu_seconds(pid) for pid in pids)

    def peak_bytes(self, child=False):
        return status_kib(self.child() if child else self.process.pid, "VmHWM") * 1024

    def resident_bytes(self):
        return status_kib(self.process.pid, "VmRSS") * 1024


def cpu_seconds(pid):
    """User and system time of a process in seconds, from the scheduler's own count of nanoseconds."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def status_kib(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    raise KeyError(key)


def lateness_quantile(before, after, quantile):
    """Upper bound in ms of the bucket in which the quantile of lateness lies, between two schedule reports."""
    counts = [(b["up_to_ms"], b["count"] - a["count"]) for a, b in zip(before["lateness"]["buckets"], after["lateness"]["buckets"])]
    total = counts[-1][1]
    for bound, count in counts:
        if count >= quantile * total:
            return float("inf") if bound is None else bound
    return float("inf")
