"""Linux hosts over SSH: 500 monitors of 500 servers with kept and bounded sessions, each 8 commands a minute."""
import collections
import contextlib
import pathlib
import shlex
import tempfile
import threading
import time

import yaml
from holter import ROOT, Holter, lateness_quantile
from part_pings import MIB, wait_until
from real_servers import RealServer, login_name, openssh

MONITORS, INTERVAL, BUDGET_MIB = 500, 60, 160
REAL = 50  # with the commands themselves: 8 of them cost 0.2 s of CPU, so those of 500 hosts two cores, without sshd and Holter
HOSTS = [f"127.0.0.{i}" for i in range(1, 17)]  # one sshd listens on no more
PER_HOST, IN_ALL = 4, 512  # sessions that a pool keeps: collect/ssh_sessions.h, net/session_pool.h
LINUX = ROOT / "definitions/os/linux.yml"
RECORDED = ROOT / "definitions/os/testcases/linux/whole"


def commands():
    """The command of each set."""
    sets = yaml.safe_load(LINUX.read_text(encoding="utf-8"))["metrics"]
    return {each["name"]: each["ssh"]["script"] for each in sets}


def answering_script(directory):
    """A file that prints what was recorded of a command, in place of running it."""
    cases = "".join(f"{shlex.quote(command)}) file={RECORDED}/{name}.answer ;;\n" for name, command in commands().items())
    path = pathlib.Path(directory) / "answer"
    path.write_text(f'case "$SSH_ORIGINAL_COMMAND" in\n{cases}*) echo "an unknown command" >&2; exit 1 ;;\nesac\nexec cat "$file"\n', encoding="utf-8")
    return path


def servers(stack, count, forced=None):
    """So many hosts, 16 of each sshd: host, port and key."""
    more = ["MaxStartups 1000", "MaxSessions 10"] + ([f"ForceCommand exec /bin/sh {forced}"] if forced else [])
    started = [stack.enter_context(RealServer(openssh(HOSTS, more))) for _ in range(-(-count // len(HOSTS)))]
    return started, [(host, server.port, server.directory / "key") for server in started for host in HOSTS][:count]


class Connections(threading.Thread):
    """Counts the servers' connections twice a second, as the kernel has them. Use as a context manager."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.ports, self.most, self.most_of_host, self.done = {f"{port:04X}" for port in ports}, 0, 0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()

    def run(self):
        while not self.done.wait(0.5):
            with open("/proc/net/tcp", encoding="ascii") as file:
                rows = [line.split() for line in list(file)[1:]]
            # The kernel may show one twice when others come and go meanwhile.
            pairs = {(words[1], words[2]) for words in rows if words[3] == "01" and words[1].split(":")[1] in self.ports}
            of_host = collections.Counter(server for server, _ in pairs)
            self.most, self.most_of_host = max(self.most, len(pairs)), max(self.most_of_host, *of_host.values(), 0)


def logins(started):
    return sum((server.directory / "output").read_text(errors="replace").count("Accepted publickey") for server in started)


def measure(report, prefix, count, quick, forced=None):
    with contextlib.ExitStack() as stack:
        started, hosts = servers(stack, count, forced)
        lines = (f"  - {{name: host-{i}, app: linux, interval: {INTERVAL}s, params: {{host: {host}, port: {port}, username: {login_name()}, privateKey: {key}}}}}\n"
                 for i, (host, port, key) in enumerate(hosts))
        holter = stack.enter_context(Holter(0, f"{INTERVAL}s", budget=f"{BUDGET_MIB}MiB", lines=lines))
        connections = stack.enter_context(Connections({server.port for server in started}))
        wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == count, 2 * INTERVAL, f"{count} hosts UP")
        before, cpu, entered = holter.schedule(), holter.cpu(), logins(started)
        seconds = INTERVAL / 2 if quick else 2 * INTERVAL
        time.sleep(seconds)
        after, cpu, entered = holter.schedule(), holter.cpu() - cpu, logins(started) - entered
        down = count - holter.get("/api/v1/summary")["states"]["UP"]
        main_peak, child_peak = holter.peak_bytes() / MIB, holter.peak_bytes(child=True) / MIB
    rounds = after["run"] - before["run"]
    how = "sshd prints recorded answers: the commands would need two cores" if forced else "the commands themselves"
    report.add(f"{prefix}_down", down, "count", most=0, note=f"{count} hosts, {how}")
    report.add(f"{prefix}_sessions", connections.most, "", most=IN_ALL, note=f"at most at once, {count} hosts; {entered / seconds:.1f} logins/s")
    report.add(f"{prefix}_sessions_of_host", connections.most_of_host, "", most=PER_HOST)
    report.add(f"{prefix}_skipped_or_timed_out", after["skipped"] - before["skipped"] + after["timeouts"] - before["timeouts"], "count", most=0, note=f"{rounds} rounds of 8 commands")
    report.add(f"{prefix}_lateness_p999", lateness_quantile(before, after, 0.999), "ms", most=1000)
    report.add(f"{prefix}_command_cpu_ms", cpu / rounds / 8 * 1e3, "ms", note="schedule to history, both processes, logins included")
    report.add(f"{prefix}_main_peak_resident", main_peak, "MiB", most=BUDGET_MIB, note=f"budget {BUDGET_MIB} MiB")
    report.add(f"{prefix}_history_peak_resident", child_peak, "MiB")


def all_parts(report, quick):
    with tempfile.TemporaryDirectory(prefix="holter-bench-ssh-") as directory:
        measure(report, "ssh", MONITORS, quick, answering_script(directory))
    measure(report, "ssh_real", REAL, quick)
