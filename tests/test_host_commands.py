"""The commands of the Linux definitions, on this machine: by sh with GNU's programs, and by busybox alone; their figures are
those of /proc. Needs no build of Holter."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

OS = pathlib.Path(__file__).resolve().parent.parent / "definitions/os"
GNU_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def sets_of(app, protocol):
    definition = yaml.safe_load((OS / f"{app}.yml").read_text(encoding="utf-8"))
    return {each["name"]: each for each in definition["metrics"] if each["protocol"] == protocol}


LINUX = sets_of("linux", "ssh")


class Machine:
    """Runs commands with the programs that a kind of Linux has."""

    def __init__(self, shell, path):
        self.shell, self.path = shell, path

    def run(self, command):
        done = subprocess.run([*self.shell, "-c", command], env={"PATH": self.path}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout, done.stderr

    def rows(self, name):
        """What the command of a set prints, as the protocol ssh would read it: single spaces part columns."""
        out, err = self.run(LINUX[name]["ssh"]["script"])
        if LINUX[name]["ssh"]["parseType"] == "oneRow":
            aliases = [f["field"] for f in LINUX[name]["fields"] if f["field"] != "responseTime"]
            return [dict(zip(aliases, out.split("\n"), strict=False))], err
        header, *lines = out.rstrip("\n").split("\n")
        names = header.split(" ")
        for line in lines:
            assert len(line.split(" ")) == len(names), f"{name}: {line!r} has not the columns of {header!r}"
        return [dict(zip(names, line.split(" "), strict=True)) for line in lines], err


class Commands:
    """On one kind of machine; the subclasses say which."""

    machine: Machine

    def rows(self, name):
        rows, err = self.machine.rows(name)
        self.assertEqual(err, "", name)
        self.assertTrue(rows, name)
        return rows

    def test_every_column_that_is_asked_for_is_printed(self):
        self.assertEqual(len(LINUX), 8)
        for name, each in LINUX.items():
            with self.subTest(set=name):
                found, _ = self.machine.run(each["ssh"]["script"])
                self.assertTrue(found.strip())
                if each["ssh"]["parseType"] != "multiRow":
                    continue
                printed = found.split("\n", 1)[0].split(" ")
                for alias in each.get("aliasFields", [f["field"] for f in each["fields"]]):
                    self.assertIn(alias, printed)

    def test_basic(self):
        row = self.rows("basic")[0]
        self.assertEqual((row["hostname"], row["kernel"], row["machine"]), os.uname()[1:3] + os.uname()[4:])
        now = float(pathlib.Path("/proc/uptime").read_text().split()[0])
        self.assertAlmostEqual(float(row["uptime"]), now, delta=20)
        self.assertIn(f'"{row["os"]}"', pathlib.Path("/etc/os-release").read_text())
        self.assertGreaterEqual(int(row["users"]), 0)

    def test_cpu(self):
        row = self.rows("cpu")[0]
        stat = pathlib.Path("/proc/stat").read_text()
        self.assertEqual(int(row["cores"]), len(re.findall(r"^cpu\d", stat, re.M)))
        self.assertGreater(int(row["context_switch"]), 0)
        for share in ("usage", "user", "system", "iowait", "steal"):
            self.assertTrue(0 <= float(row[share]) <= 100, row)
        self.assertLessEqual(float(row["user"]) + float(row["system"]) + float(row["steal"]), float(row["usage"]) + 0.1)
        load = [float(x) for x in pathlib.Path("/proc/loadavg").read_text().split()[:3]]
        for value, field in zip(load, ("load_1m", "load_5m", "load_15m"), strict=True):
            self.assertAlmostEqual(float(row[field]), value, delta=1)
        self.assertGreater(int(row["processes"]), 1)

    def test_cpu_of_a_busy_machine_is_seen(self):
        busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count() or 1)]
        try:
            self.assertGreater(float(self.rows("cpu")[0]["usage"]), 60)
            top = self.rows("top_cpu_process")
            found = {int(row["pid"]): float(row["cpu_usage"]) for row in top}
            for each in busy:
                self.assertGreater(found.get(each.pid, 0), 15, top)
        finally:
            for each in busy:
                each.kill()
                each.wait()

    def test_memory(self):
        row = {k: int(v) for k, v in self.rows("memory")[0].items()}
        now = {k: int(v) for k, v in re.findall(r"^(\w+): +(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)}
        self.assertEqual(row["total"], now["MemTotal"])
        self.assertEqual(row["swap_total"], now["SwapTotal"])
        self.assertAlmostEqual(row["available"], now["MemAvailable"], delta=300_000)
        self.assertEqual(row["used"], row["total"] - row["available"])

    def test_disk(self):
        rows = self.machine.rows("disk")[0]
        for row in rows:
            self.assertTrue(pathlib.Path("/sys/block", row["device"]).exists())
            self.assertTrue(0 <= float(row["busy"]) <= 100, row)

    def test_interface(self):
        rows = {row["interface_name"]: row for row in self.rows("interface")}
        self.assertEqual(set(rows), {p.name for p in pathlib.Path("/sys/class/net").iterdir() if p.is_dir()})
        before = int(pathlib.Path("/sys/class/net/lo/statistics/rx_bytes").read_text())
        self.assertLessEqual(int(self.rows("interface")[0]["receive_bytes"]), int(1e18))
        self.assertGreaterEqual(int({r["interface_name"]: r for r in self.rows("interface")}["lo"]["receive_bytes"]), before)

    def test_disk_free(self):
        rows = {row["mounted"]: row for row in self.rows("disk_free")}
        root = os.statvfs("/")
        self.assertEqual(int(rows["/"]["total"]), root.f_blocks * root.f_frsize // 1024)
        self.assertRegex(rows["/"]["usage"], r"^\d+%$")

    def test_top_mem_process(self):
        rows = self.rows("top_mem_process")
        self.assertLessEqual(len(rows), 10)
        resident = [int(row["resident"]) for row in rows]
        self.assertEqual(resident, sorted(resident, reverse=True))
        page = os.sysconf("SC_PAGE_SIZE") // 1024
        for row in rows:
            try:
                now = int(pathlib.Path("/proc", row["pid"], "statm").read_text().split()[1]) * page
            except FileNotFoundError:
                continue  # it has ended meanwhile
            self.assertAlmostEqual(int(row["resident"]), now, delta=max(200_000, now))

    def test_names_of_processes_cannot_forge_columns(self):
        with tempfile.TemporaryDirectory() as directory:
            name = pathlib.Path(directory, "a) R 1 (b c")
            shutil.copy("/bin/sleep", name)
            with subprocess.Popen(["sh", "-c", f"exec '{name}' 60"]) as process:
                try:
                    script = LINUX["top_cpu_process"]["ssh"]["script"].replace("head -n 10", "cat")
                    out, _ = self.machine.run(script)
                finally:
                    process.kill()
            row = next(line.split(" ") for line in out.split("\n") if line.startswith(f"{process.pid} "))
            self.assertEqual(row[4:], ["a)_R_1_(b_c"])


class Gnu(Commands, unittest.TestCase):
    machine = Machine(["/bin/sh"], GNU_PATH)


class Mawk(Commands, unittest.TestCase):
    """Debian's awk where no other is installed."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="holter-test-")
        os.symlink("/usr/bin/mawk", f"{cls.directory}/awk")
        cls.machine = Machine(["/bin/sh"], f"{cls.directory}:{GNU_PATH}")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)


class Busybox(Commands, unittest.TestCase):
    """Nothing but busybox and its applets, as on Alpine."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="holter-test-")
        subprocess.run(["/usr/bin/busybox", "--install", "-s", cls.directory], check=True)
        cls.machine = Machine(["/usr/bin/busybox", "sh"], cls.directory)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)


class OneText(unittest.TestCase):
    def test_linux_script_runs_the_commands_of_linux(self):
        here = sets_of("linux_script", "script")
        self.assertEqual(list(here), list(LINUX))
        for name, each in LINUX.items():
            self.assertEqual(here[name]["script"]["scriptCommand"], each["ssh"]["script"], name)
            for key in ("fields", "priority", "calculates", "units", "aliasFields"):
                self.assertEqual(here[name].get(key), each.get(key), f"{name}: {key}")


if __name__ == "__main__":
    unittest.main()
