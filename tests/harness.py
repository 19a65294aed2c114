"""Starts the release program in a directory of its own and asks it. Every wait has an end."""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("HOLTER_BIN", str(ROOT / "build/release/holter"))
CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000


def environment(**settings):
    """The test's own settings and nobody else's HOLTER_*; None: not set."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOLTER_")}
    own = {"HOLTER_DEFINITIONS": str(ROOT / "definitions"), "HOLTER_SERVER_LISTEN": "127.0.0.1:0"} | settings
    return clean | {k: v for k, v in own.items() if v is not None}


def run(*arguments, cwd=None, timeout=30, **settings):
    """Runs a command of the program to its end."""
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, env=environment(**settings), capture_output=True, text=True, timeout=timeout, check=False)


class Probed:
    """What `holter probe` printed."""

    def __init__(self, done):
        self.status, self.text = done.returncode, done.stdout + done.stderr
        parts = re.split(r"^set (\S+) \(priority \d+, \w+\): ", done.stdout, flags=re.M)
        self.sets = dict(zip(parts[1::2], parts[2::2], strict=True))

    def code(self, name):
        return self.sets[name].split("\n", 1)[0]

    def rows(self, name):
        """Rows as maps. One alone is printed a line for each field, several as a table below the fields' names; steps follow."""
        lines = [line for line in self.sets[name].split("\n")[1:] if line.startswith("  ") and not re.match(r" +[\d.]+ ms  ", line)]
        names = re.sub(r" \([^)]*\)", "", lines[0]).split() if lines else []
        if len(names) > 3 and all(re.fullmatch(r"[a-zA-Z]\w*", each) for each in names):
            return [dict(zip(names, re.split(r"  +", line.strip()), strict=True)) for line in lines[1:]]
        return [dict(re.findall(r"^  (\w+) +(\S.*?)(?:  +\S+)?$", "\n".join(lines), re.M))] if lines else []


def own_network():
    """Puts this process (and what it starts) into a network namespace with nothing but loopback."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot make a network namespace: run as root")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Directory:
    """A temporary directory with a configuration; removed at the end."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="holter-test-"))

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return str(file)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Server:
    """A running `holter serve` on the monitors given as YAML text."""

    def __init__(self, monitors, directory=None, prefix=(), **settings):
        self.directory = directory or Directory()
        if monitors is not None:
            self.directory.write("monitors.yml", monitors)
        settings = {"HOLTER_DATA_DIR": str(self.directory.path / "data"), "HOLTER_MONITORS": str(self.directory.path / "monitors.yml"),
                    "HOLTER_COLLECT_MIN_INTERVAL": "100ms"} | settings
        self.log = open(self.directory.path / "log", "a+", encoding="utf-8")
        self.process = subprocess.Popen([*prefix, PROGRAM, "serve", "--quiet"], cwd=self.directory.path, env=environment(**settings),
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"https?://\S+", line)
        if not found:
            self.process.wait(timeout=20)
            raise AssertionError(f"did not start: {line}{self.messages()}")
        self.url = found[0].rstrip("/")

    def messages(self):
        self.log.seek(0)
        return self.log.read()

    def get(self, path, timeout=10):
        with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
            return json.load(answer)

    def monitor(self, name):
        rows = self.get(f"/api/v1/monitors?limit=1000&text={urllib.parse.quote(name)}")["monitors"]
        return next(row for row in rows if row["name"] == name)

    def wait_for_state(self, name, state, seconds=15):
        return wait_until(lambda: (row := self.monitor(name))["state"] == state and row, seconds, lambda: f"{name} {state}: {self.monitor(name)}")

    def child(self):
        """Process id of the history process; None while there is none."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            pids = file.read().split()
        return int(pids[0]) if pids else None

    def points(self, name, seconds=10):
        """All history points of the monitor's first number, in steps of a second."""
        try:
            answer = self.get(f"/api/v1/monitors/{self.monitor(name)['id']}/history?from=-1h&step=1", timeout=seconds)
        except urllib.error.HTTPError as error:
            if error.code == 503:  # the history process is not there at the moment
                return []
            raise
        return answer["series"][0]["points"] if answer["series"] else []

    def stop(self, how=signal.SIGINT):
        """Ends it and returns (seconds, standard output)."""
        before = time.monotonic()
        self.process.send_signal(how)
        out, _ = self.process.communicate(timeout=20)
        return time.monotonic() - before, out

    def close(self, keep=False):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)
        self.process.stdout.close()
        self.log.close()
        if not keep:
            self.directory.remove()


def wait_until(done, seconds, what=""):
    """Polls until `done()` is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        if value := done():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.05)
