"""The unit for systemd: systemd reads it without a word, finds it hardened, and Holter runs within what it forbids."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, PROGRAM, ROOT, Server, wait_until  # noqa: E402

UNIT = ROOT / "packaging/holter.service"
# What MemoryDenyWriteExecute= forbids (systemd.exec(5)): memory that is both written and run, and making memory
# executable afterwards. A filter of system calls for x86-64 in front of the program (seccomp(2)).
DENY_WRITE_EXECUTE = """
import ctypes, os, struct, sys
LOAD, AND, EQUAL, RETURN = 0x20, 0x54, 0x15, 0x06
NUMBER, PROTECTION = 0, 32
MMAP, MPROTECT, PKEY_MPROTECT = 9, 10, 329
def step(code, value, yes=0, no=0):
    return struct.pack("HBBI", code, yes, no, value)
program = b"".join([
    step(LOAD, NUMBER), step(EQUAL, MMAP, 0, 3),
    step(LOAD, PROTECTION), step(AND, 6), step(EQUAL, 6, 6, 5),
    step(EQUAL, MPROTECT, 1, 0), step(EQUAL, PKEY_MPROTECT, 0, 3),
    step(LOAD, PROTECTION), step(AND, 4), step(EQUAL, 4, 1, 0),
    step(RETURN, 0x7fff0000), step(RETURN, 0x00050001)])
filter = ctypes.create_string_buffer(program)
header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(filter)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0          # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, header, 0, 0) == 0     # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
os.execv(sys.argv[1], sys.argv[1:])
"""


class Unit(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)

    def unit(self, **changes):
        """The unit with this build's program in the place of the installed one."""
        text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/holter ", PROGRAM + " ")
        for old, new in changes.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.directory.write("holter.service", text)

    @staticmethod
    def analyze(*arguments):
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)

    def test_systemd_has_nothing_to_say_of_it(self):
        done = self.analyze("verify", self.unit())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        wrong = self.analyze("verify", self.unit(PrivateMounts="PrivateMonts"))
        self.assertIn("PrivateMonts", wrong.stderr, "else a key that is misspelt would not be seen above")

    def test_it_is_as_hardened_as_documented(self):
        done = self.analyze("security", "--offline=true", "--threshold=16", self.unit())
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("Overall exposure level for holter.service: 1.5", done.stdout)
        self.assertIn("overall exposure level of 1.5", (ROOT / "docs/operations/systemd.md").read_text(encoding="utf-8"))

    def test_it_has_what_a_service_of_ours_needs(self):
        lines = UNIT.read_text(encoding="utf-8").splitlines()
        for line in ("Type=notify", "Restart=on-failure", "WatchdogSec=60s", "StateDirectory=holter", "LimitNOFILE=8192", "ProtectSystem=strict", "NoNewPrivileges=yes",
                     "AmbientCapabilities=CAP_NET_RAW", "CapabilityBoundingSet=CAP_NET_RAW", "MemoryDenyWriteExecute=yes", "LimitCORE=0", "UMask=0077"):
            self.assertIn(line, lines)

    def test_holter_and_its_history_run_without_memory_that_is_written_and_run(self):
        refused = subprocess.run([sys.executable, "-c", DENY_WRITE_EXECUTE, sys.executable, "-c", "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)"],
                                 capture_output=True, text=True, timeout=20, check=False)
        self.assertIn("PermissionError", refused.stderr, "the filter is in force")
        server = Server("monitors:\n  - {name: here, app: ping, interval: 500ms, params: {host: 127.0.0.1}}\n", self.directory,
                        prefix=(sys.executable, "-c", DENY_WRITE_EXECUTE))
        self.addCleanup(lambda: server.close(keep=True))
        server.wait_for_state("here", "UP")
        wait_until(lambda: server.points("here"), 20, "points of history")


if __name__ == "__main__":
    unittest.main()
