"""Hosts as users watch them: the program logs in to a real OpenSSH on loopback, and runs commands on its own machine."""
import getpass
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Probed, ROOT, run  # noqa: E402
from real_servers import RealServer, free_port, openssh, program  # noqa: E402

LINUX = ["basic", "cpu", "memory", "disk", "interface", "disk_free", "top_cpu_process", "top_mem_process"]
PATIENCE = "60000"  # ms for each command: tests run on busy machines, too


class Hosts(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        (self.directory.path / "data").mkdir()
        self.known_hosts = self.directory.path / "data/known_hosts"

    def check_linux(self, found):
        """The figures are those of this machine."""
        self.assertEqual((found.status, list(found.sets)), (0, LINUX), found.text)
        for name in LINUX:
            self.assertEqual(found.code(name), "success", found.text)
        basic = found.rows("basic")[0]
        self.assertEqual((basic["hostname"], basic["kernel"], basic["machine"]), os.uname()[1:3] + os.uname()[4:])
        self.assertAlmostEqual(float(basic["uptime"]), float(pathlib.Path("/proc/uptime").read_text().split()[0]), delta=60)
        self.assertGreater(float(basic["responseTime"]), 0)
        cpu = {k: float(v) for k, v in found.rows("cpu")[0].items() if k != "info"}
        self.assertEqual(cpu["cores"], len(re.findall(r"^cpu\d", pathlib.Path("/proc/stat").read_text(), re.M)))
        self.assertTrue(0 <= cpu["user"] + cpu["system"] <= cpu["usage"] + 0.1 <= 100.1, cpu)
        memory = {k: float(v) for k, v in found.rows("memory")[0].items()}
        total = int(re.search(r"MemTotal: +(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / 1024
        self.assertAlmostEqual(memory["total"], total, delta=1)
        self.assertTrue(0 < memory["usage"] < 100, memory)
        self.assertIn("lo", [row["interface_name"] for row in found.rows("interface")])
        self.assertIn("/", [row["mounted"] for row in found.rows("disk_free")])
        for name in ("top_cpu_process", "top_mem_process"):
            rows = found.rows(name)
            self.assertTrue(0 < len(rows) <= 10, found.text)
            self.assertTrue(all(float(row["resident"]) >= 0 for row in rows), rows)
        self.assertIn("UP", found.text.split("\n"))


class OverSsh(Hosts):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RealServer(openssh()))

    def probe(self, app, *more, key=None, server=None, **settings):
        server = server or self.server
        key = key or server.directory / "key"
        done = run("probe", app, "--host", "127.0.0.1", "--port", str(server.port), "--username", getpass.getuser(), "--privateKey", str(key),
                   "--timeout", PATIENCE, *more, timeout=300, HOLTER_DATA_DIR=str(self.directory.path / "data"), **settings)
        return Probed(done)

    def host_key(self):
        kind, key = (self.server.directory / "host_key.pub").read_text().split()[:2]
        return f"[127.0.0.1]:{self.server.port} {kind} {key}\n"

    def test_linux_is_up_and_tells_the_figures_of_the_machine(self):
        self.check_linux(self.probe("linux"))

    def test_debian_has_what_linux_has(self):
        self.check_linux(self.probe("debian"))

    def test_the_processes_of_a_program(self):
        with tempfile.TemporaryDirectory() as directory:
            file = shutil.copy("/bin/sleep", pathlib.Path(directory, "holter-dummy"))
            running = [subprocess.Popen([file, "60"], stdin=subprocess.DEVNULL) for _ in range(2)]
            try:
                found = self.probe("process", "--process_name", "holter-dummy")
            finally:
                for each in running:
                    each.kill()
                    each.wait()
        self.assertEqual((found.status, list(found.sets)), (0, ["basic", "total", "memory", "activity"]), found.text)
        for name in ("basic", "memory", "activity"):
            self.assertEqual(found.code(name), "success", found.text)
            self.assertEqual({row["pid"] for row in found.rows(name)}, {str(each.pid) for each in running}, found.text)
        self.assertEqual([(row["user"], row["state"]) for row in found.rows("basic")], [(getpass.getuser(), "sleeping")] * 2)
        self.assertEqual(found.rows("total")[0]["count"], "2")
        none = self.probe("process", "--process_name", "holter-no-such")
        self.assertEqual(none.status, 1)
        self.assertEqual(none.code("basic"), "fail: cannot read the output: the command printed nothing and exited with status 1: no process is named 'holter-no-such'")
        self.assertIn("DOWN", none.text)

    def test_systems_that_are_not_here_by_programs_that_print_what_theirs_do(self):
        for app, category in (("freebsd", "os"), ("macos", "os"), ("nvidia", "llm")):
            with self.subTest(app=app), RealServer(openssh(more=(f"SetEnv PATH={ROOT}/tests/programs/{app}:/usr/bin:/bin",))) as server:
                found = self.probe(app, server=server)
                expected = (ROOT / "definitions" / category / "testcases" / app / "documentation/expected.txt").read_text(encoding="utf-8")
                lines = [[line.split() for line in text.splitlines() if not re.match(r" +([\d.]+ ms  |responseTime )", line)] for text in (found.text, expected)]
                self.assertEqual(lines[0], lines[1], found.text)

    def test_another_key_is_refused_and_the_step_is_named(self):
        other = self.directory.path / "other"
        subprocess.run([program("usr/bin/ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", other], check=True, stdin=subprocess.DEVNULL)
        found = self.probe("linux", key=other)
        self.assertEqual((found.status, found.code("basic")),
                         (1, f"unconnectable: cannot log in to 127.0.0.1:{self.server.port} as '{getpass.getuser()}': the server refused public key; it takes: publickey"),
                         found.text)
        self.assertIn("DOWN", found.text)
        self.assertNotIn(other.read_text().split("\n")[1], found.text, "the key is not shown")

    def test_a_key_that_is_none_is_said_to_be_none(self):
        found = self.probe("linux", "--set", "basic", key=self.directory.write("none", "no key"))
        self.assertEqual(found.status, 1)
        self.assertIn("cannot use the private key", found.text)

    def test_nobody_there_is_unconnectable(self):
        port = str(free_port())
        found = Probed(run("probe", "linux", "--host", "127.0.0.1", "--port", port, "--username", "nobody", "--password", "hunter2"))
        self.assertEqual(found.status, 1)
        self.assertRegex(found.code("basic"), rf"^unconnectable: cannot connect to 127.0.0.1:{port}: Connection refused")
        self.assertNotIn("hunter2", found.text)

    def test_strict_wants_a_host_key_that_is_known(self):
        refused = self.probe("linux", "--set", "basic", HOLTER_SSH_HOST_KEYS="strict")
        self.assertEqual(refused.status, 1)
        self.assertRegex(refused.code("basic"), rf"^unconnectable: cannot trust \[127.0.0.1\]:{self.server.port}: its key ssh-ed25519 SHA256:\S+ is not known in ")
        self.assertFalse(self.known_hosts.exists())
        self.known_hosts.write_text(self.host_key(), encoding="ascii")
        self.assertEqual(self.probe("linux", "--set", "basic", HOLTER_SSH_HOST_KEYS="strict").code("basic"), "success")

    def test_a_key_is_remembered_and_another_one_refused(self):
        self.assertEqual(self.probe("linux", "--set", "basic").code("basic"), "success")
        self.assertEqual(self.known_hosts.read_text(), self.host_key())
        with RealServer(openssh()) as other:
            kind, key = (other.directory / "host_key.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[127.0.0.1]:{self.server.port} {kind} {key}\n", encoding="ascii")
        refused = self.probe("linux", "--set", "basic")
        self.assertEqual(refused.status, 1)
        self.assertIn("somebody may be in between", refused.code("basic"))


class OnThisMachine(Hosts):
    def probe(self, app, **settings):
        return Probed(run("probe", app, "--timeout", PATIENCE, timeout=300, HOLTER_DATA_DIR=str(self.directory.path / "data"), **settings))

    def test_commands_are_refused_unless_allowed(self):
        found = self.probe("linux_script")
        self.assertEqual(found.status, 1, found.text)
        self.assertRegex(found.code("basic"), r"^fail: cannot run the command: Holter may not run commands on its own machine; .*HOLTER_SCRIPT_ALLOW=on")
        self.assertIn("DOWN", found.text)

    def test_linux_script_tells_the_figures_of_the_machine(self):
        self.check_linux(self.probe("linux_script", HOLTER_SCRIPT_ALLOW="on"))

    def test_windows_script_says_what_is_missing_here(self):
        found = self.probe("windows_script", HOLTER_SCRIPT_ALLOW="on")
        self.assertEqual(found.status, 1, found.text)
        self.assertRegex(found.code("basic"), r"^fail: cannot run the command: powershell is not on this machine \(no powershell.exe")


if __name__ == "__main__":
    unittest.main()
