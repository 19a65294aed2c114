"""The commands of the definitions for Linux, on this machine: by sh with GNU's programs, and by busybox alone; their figures are
those of /proc. Needs no build of Holter."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import yaml

DEFINITIONS = pathlib.Path(__file__).resolve().parent.parent / "definitions"
GNU_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def sets_of(path, protocol):
    definition = yaml.safe_load((DEFINITIONS / path).read_text(encoding="utf-8"))
    return {each["name"]: each for each in definition["metrics"] if each["protocol"] == protocol}


LINUX = sets_of("os/linux.yml", "ssh")
PROCESS = sets_of("program/process.yml", "ssh")


class Machine:
    """Runs commands with the programs that a kind of Linux has."""

    def __init__(self, shell, path):
        self.shell, self.path = shell, path

    def run(self, command):
        done = subprocess.run([*self.shell, "-c", command], env={"PATH": self.path}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout, done.stderr

    def rows(self, name, sets=None, **parameters):
        """What the command of a set prints, as the protocol ssh would read it: single spaces part columns."""
        one = (sets or LINUX)[name]
        script = one["ssh"]["script"]
        for parameter, value in parameters.items():
            script = script.replace(f"^_^{parameter}^_^", value)
        out, err = self.run(script)
        if one["ssh"]["parseType"] == "oneRow":
            aliases = [f["field"] for f in one["fields"] if f["field"] != "responseTime"]
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


class Processes:
    """The definition process, on one kind of machine."""

    machine: Machine

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="holter-test-"))
        self.running = []

    def tearDown(self):
        for each in self.running:
            each.kill()
            each.wait()
        shutil.rmtree(self.directory)

    def start(self, name, *arguments, copy_of="/bin/sleep"):
        file = self.directory / name
        if not file.exists():
            shutil.copy(copy_of, file)
        self.running.append(subprocess.Popen([str(file), *arguments], stdin=subprocess.DEVNULL))
        pid = self.running[-1].pid
        while pathlib.Path(f"/proc/{pid}/comm").read_bytes().rstrip(b"\n") != name.encode()[:15]:
            time.sleep(0.01)  # the kernel lets Popen go on a moment before it renames the process
        return pid

    def found(self, name, program, part=""):
        rows, err = self.machine.rows(name, PROCESS, process_name=program, command_line=part)
        self.assertEqual(err, "", name)
        return rows[0] if name == "total" else {int(row["pid"]): row for row in rows}

    def nobody(self, program, part=""):
        """What is said where there is no such process."""
        script = PROCESS["basic"]["ssh"]["script"].replace("^_^process_name^_^", program).replace("^_^command_line^_^", part)
        out, err = self.machine.run(script)
        self.assertEqual(out, "")
        return err

    def test_each_process_of_the_name_is_a_row(self):
        pids = {self.start("holter-dummy", "60"), self.start("holter-dummy", "61")}
        self.start("holter-dummy2", "60")
        rows = self.found("basic", "holter-dummy")
        self.assertEqual(set(rows), pids)
        for pid, row in rows.items():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            self.assertEqual((row["user"], row["state"], int(row["threads"])), (pathlib.Path(f"/proc/{pid}").owner(), "S", 1))
            self.assertEqual(int(row["parent"]), os.getpid())
            # The kernel counts pages by processor, and adds up only for some files.
            self.assertAlmostEqual(int(row["resident"]), int(re.search(r"VmRSS:\s+(\d+)", status)[1]), delta=1000)
            self.assertTrue(0 <= float(row["uptime"]) <= 20, row)
            self.assertLess(float(row["cpu_usage"]), 10)
        together = self.found("total", "holter-dummy")
        self.assertEqual((together["count"], together["threads"]), ("2", "2"))
        self.assertAlmostEqual(int(together["resident"]), sum(int(row["resident"]) for row in rows.values()), delta=1000)
        self.assertLessEqual(int(together["newest"]), int(together["oldest"]))

    def test_none_of_the_name_is_said_and_counts_as_zero(self):
        for name in ("memory", "activity"):
            self.assertEqual(self.found(name, "holter-no-such"), {}, name)
        self.assertEqual(set(self.found("total", "holter-no-such").values()), {"0", "0.0"})
        self.assertEqual(self.nobody("holter-no-such"), "no process is named 'holter-no-such'\n")
        self.assertEqual(self.nobody("sleep", "it's"), "no process is named 'sleep' and has 'it's' in its command line\n")

    def test_part_of_the_command_line_chooses(self):
        self.start("holter-dummy", "60")
        wanted = self.start("holter-dummy", "61.5")
        for name in ("basic", "memory", "activity"):
            self.assertEqual(set(self.found(name, "holter-dummy", "61.5")), {wanted}, name)
        self.assertEqual(self.found("total", "holter-dummy", "61?5")["count"], "0", "the part is no pattern")

    def test_a_long_name_counts_by_what_the_kernel_keeps_of_it(self):
        pid = self.start("holter-long-dummy-name", "60")
        self.assertEqual(set(self.found("basic", "holter-long-dummy-name")), {pid})
        self.assertEqual(set(self.found("basic", "holter-long-dum")), {pid})
        self.assertEqual(self.nobody("holter-long"), "no process is named 'holter-long'\n")

    def test_no_character_of_a_name_means_anything_to_the_shell(self):
        mark = self.directory / "mark"
        name = "a'b\"`:$0"
        pid = self.start(name, "60")
        self.assertEqual(set(self.found("basic", name)), {pid})
        for text in (f"$(touch {mark})", f"`touch {mark}`", f"'; touch {mark}; '", f'"; touch {mark}; "', "*", "%d", "\\"):
            self.assertEqual(self.nobody(text), f"no process is named '{text[:15]}'\n")
            self.assertEqual(self.nobody(name, text), f"no process is named '{name}' and has '{text}' in its command line\n")
        self.assertFalse(mark.exists())

    def test_the_shell_that_asks_is_not_counted(self):
        name = "busybox-holter"  # busybox takes any other name for that of an applet
        shell = self.directory / name
        shutil.copy(self.machine.shell[0], shell)
        asking = Machine([str(shell), *self.machine.shell[1:]], self.machine.path)
        rows, err = asking.rows("total", PROCESS, process_name=name, command_line="")
        self.assertEqual((rows[0]["count"], err), ("0", ""))
        other = self.start(name, *self.machine.shell[1:], "-c", "sleep 60; :", copy_of=self.machine.shell[0])
        rows, _ = asking.rows("basic", PROCESS, process_name=name, command_line="")
        self.assertEqual([row["pid"] for row in rows], [str(other)])

    def test_cpu_of_a_busy_process_is_seen(self):
        pid = self.start("holter-busy", "-c", "while :; do :; done", copy_of="/bin/dash")
        self.assertGreater(float(self.found("basic", "holter-busy")[pid]["cpu_usage"]), 15)
        self.assertGreater(float(self.found("total", "holter-busy")["cpu_usage"]), 15)

    def test_memory_is_that_of_the_kernel(self):
        pid = self.start("holter-dummy", "60")
        row = self.found("memory", "holter-dummy")[pid]
        kb = {k: int(v) for k, v in re.findall(r"^(\w+):\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)}
        found = [int(row[key]) for key in ("virtual", "resident", "peak", "data", "shared", "swap")]
        self.assertEqual(found, [kb["VmSize"], kb["VmRSS"], kb["VmHWM"], kb["VmData"], kb["RssFile"] + kb["RssShmem"], kb["VmSwap"]])

    def test_activity(self):
        loop = f"exec 7</dev/null; while :; do echo x > {self.directory}/file; done"
        pid = self.start("holter-busy", "-c", loop, copy_of="/bin/dash")
        row = self.found("activity", "holter-busy")[pid]
        for key in ("read_rate", "write_rate", "minor_faults", "major_faults", "voluntary_switches", "involuntary_switches"):
            self.assertGreaterEqual(float(row[key]), 0, key)
        self.assertGreater(float(row["voluntary_switches"]) + float(row["involuntary_switches"]), 0)
        self.assertIn(int(row["open_files"]), (4, 5), "0, 1, 2, 7, and perhaps the file")
        self.assertIn(f" {row['open_files_limit']} ", re.search("Max open files.*", pathlib.Path(f"/proc/{pid}/limits").read_text())[0])


class Gnu(Commands, Processes, unittest.TestCase):
    machine = Machine(["/bin/sh"], GNU_PATH)


class Mawk(Commands, Processes, unittest.TestCase):
    """Debian's awk where no other is installed."""

    @classmethod
    def setUpClass(cls):
        cls.programs = tempfile.mkdtemp(prefix="holter-test-")
        os.symlink("/usr/bin/mawk", f"{cls.programs}/awk")
        cls.machine = Machine(["/bin/sh"], f"{cls.programs}:{GNU_PATH}")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.programs)


class Busybox(Commands, Processes, unittest.TestCase):
    """Nothing but busybox and its applets, as on Alpine."""

    @classmethod
    def setUpClass(cls):
        cls.programs = tempfile.mkdtemp(prefix="holter-test-")
        subprocess.run(["/usr/bin/busybox", "--install", "-s", cls.programs], check=True)
        cls.machine = Machine(["/usr/bin/busybox", "sh"], cls.programs)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.programs)


class OneText(unittest.TestCase):
    def test_linux_script_runs_the_commands_of_linux(self):
        here = sets_of("os/linux_script.yml", "script")
        self.assertEqual(list(here), list(LINUX))
        for name, each in LINUX.items():
            self.assertEqual(here[name]["script"]["scriptCommand"], each["ssh"]["script"], name)
            for key in ("fields", "priority", "calculates", "units", "aliasFields"):
                self.assertEqual(here[name].get(key), each.get(key), f"{name}: {key}")


if __name__ == "__main__":
    unittest.main()
