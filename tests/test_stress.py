"""`holter stress` itself: it passes what holds, says what it saw, and writes a report and pictures. The scenarios run with fewer
monitors than in `make stress`."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import PROGRAM, environment, run  # noqa: E402


def servers():
    """Ids of running `holter serve` processes that a tester has started."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            directory = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if "/holter-stress-" in directory:
            found.append(pid)
    return found


class Stress(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def stress(self, *arguments):
        done = run("stress", "--quick", "--out", str(self.place / "out"), *arguments, cwd=self.place, timeout=120)
        report = self.place / "out/stress-report.json"
        return done, json.loads(report.read_text()) if report.exists() else None

    def test_a_load_that_fits_passes_with_figures_and_a_picture(self):
        done, report = self.stress("--only", "incident", "--monitors", "1000")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("incident  PASS", done.stdout)
        scenario, = report["scenarios"]
        self.assertTrue(report["passed"])
        self.assertEqual(scenario["result"], "pass")
        self.assertLess(scenario["peak_bytes"], scenario["budget_bytes"])
        self.assertGreater(scenario["history_peak_bytes"], 0)
        self.assertGreater(scenario["critical_checks"], 50)
        counters = scenario["counters"]
        self.assertEqual(counters["due"], counters["run"] + counters["skipped"] + counters["paused"])
        self.assertGreater(counters["samples_kept"], 1000)
        self.assertIn(scenario["limit"], ("cgroup v1", "cgroup v2", "RLIMIT_DATA"))
        self.assertEqual(xml.etree.ElementTree.parse(self.place / "out/incident.svg").getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_a_history_process_that_is_stopped_and_killed_loses_nothing_without_a_count(self):
        done, report = self.stress("--only", "history", "--monitors", "500")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        counters = report["scenarios"][0]["counters"]
        self.assertGreaterEqual(counters["history_restarts"], 2)
        self.assertEqual(counters["samples_sent"], counters["samples_kept"] + counters["samples_lost"])

    def test_a_server_that_cannot_start_is_a_failure_with_its_reason(self):
        done, report = self.stress("--only", "incident", "--budget", "1MiB")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertFalse(report["passed"])
        self.assertIn("cannot run in 1.00 MiB", report["scenarios"][0]["problems"][0])

    def test_what_is_wrong_with_the_arguments_is_said(self):
        done, report = self.stress("--only", "overlod")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot run 'overlod': no such scenario (did you mean overload?)", done.stderr)
        self.assertIsNone(report)
        self.assertEqual(self.stress("--budget", "64")[0].returncode, 2)
        (self.place / "file").write_text("")
        done = run("stress", "--out", str(self.place / "file/out"), cwd=self.place)
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot make the directory", done.stderr)

    def test_list_names_every_scenario(self):
        done = run("stress", "--list", cwd=self.place)
        self.assertEqual(done.returncode, 0)
        names = [line.split()[0] for line in done.stdout.splitlines()]
        self.assertEqual(names, ["incident", "start", "overload", "silent", "bodies", "history", "disk", "api", "churn", "labels", "faults", "all"])

    def test_ctrl_c_ends_it_with_its_server_and_a_report(self):
        process = subprocess.Popen([PROGRAM, "stress", "--only", "incident", "--out", str(self.place / "out")], cwd=self.place, env=environment(),
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        end = time.monotonic() + 20
        while not servers() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertTrue(servers())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), 2)
        self.assertTrue((self.place / "out/stress-report.json").exists())
        self.assertEqual(servers(), [])


if __name__ == "__main__":
    unittest.main()
