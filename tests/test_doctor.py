"""`holter doctor`: a line for each check, advice for what is not ok, exit status 1 with errors."""
import json
import os
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run  # noqa: E402

MONITORS = "monitors:\n  - {name: here, app: ping, interval: 10s, params: {host: 127.0.0.1}}\n"
CHECKS = ["data_dir", "disk", "history", "listen", "ping", "open_files", "memory", "psi", "clock", "time_zones", "configuration"]


class Doctor(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        self.monitors = self.directory.write("monitors.yml", MONITORS)
        self.data = self.directory.path / "data"
        self.data.mkdir(mode=0o700)

    def doctor(self, *arguments, **settings):
        return run("doctor", *arguments, cwd=self.directory.path, **{"HOLTER_DATA_DIR": str(self.data), "HOLTER_MONITORS": self.monitors} | settings)

    def findings(self, **settings):
        """Exit status, and the findings by their check."""
        done = self.doctor("--json", **settings)
        answer = json.loads(done.stdout)
        levels = [finding["level"] for finding in answer["checks"]]
        self.assertEqual(answer["errors"], levels.count("error"))
        self.assertEqual(answer["warnings"], levels.count("warning"))
        for finding in answer["checks"]:
            self.assertEqual(finding["advice"] == "", finding["level"] == "ok", finding)
        return done.returncode, {finding["check"]: finding for finding in answer["checks"]}

    def test_a_machine_that_is_ready_has_a_line_for_each_check_and_no_error(self):
        done = self.doctor()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"(?m)^ok       data_dir      {self.data} \(mode 0700, owner uid {os.geteuid()}\)")
        self.assertRegex(done.stdout, r"(?m)^ok       listen        127\.0\.0\.1:0 is free$")
        self.assertRegex(done.stdout, r"(?m)^ok       configuration \d+ definitions, 1 monitors, 0 errors, 0 warnings$")
        for check in CHECKS:
            self.assertRegex(done.stdout, rf"(?m)^(ok|warning)\s+{check} ")
        self.assertRegex(done.stdout, rf"{len(CHECKS)} checks: 0 errors, \d+ warnings\n$")

    def test_json_has_all_checks(self):
        status, findings = self.findings()
        self.assertEqual(status, 0, findings)
        self.assertEqual(list(findings), CHECKS)

    def test_a_missing_data_directory_is_not_made(self):
        missing = self.directory.path / "none" / "data"
        status, findings = self.findings(HOLTER_DATA_DIR=str(missing))
        self.assertEqual(status, 0, findings)
        self.assertIn("does not exist yet", findings["data_dir"]["text"])
        self.assertFalse(missing.parent.exists())

    def test_a_data_directory_that_cannot_be_made_is_an_error(self):
        file = self.directory.write("file", "")
        status, findings = self.findings(HOLTER_DATA_DIR=f"{file}/data")
        self.assertEqual(status, 1)
        self.assertEqual(findings["data_dir"]["level"], "error")
        self.assertIn(f"{file} is not a directory", findings["data_dir"]["text"])

    def test_advice_stands_below_what_is_not_ok(self):
        self.data.chmod(0o755)
        done = self.doctor()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, rf"(?m)^warning  data_dir .*read by every user.*\n {{23}}chmod o-rwx '{self.data}'$")

    def test_a_port_that_something_else_has_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            status, findings = self.findings(HOLTER_SERVER_LISTEN=address)
        self.assertEqual(status, 1)
        self.assertEqual(findings["listen"]["level"], "error")
        self.assertIn(f"{address} is taken, not by a Holter", findings["listen"]["text"])

    def test_json_is_utf8_whatever_answers_on_the_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"

            def answer():
                peer, _ = taken.accept()
                with peer:
                    peer.recv(1024)
                    peer.sendall(b"\xff\xfe \x01\r\n")

            thread = threading.Thread(target=answer)
            thread.start()
            status, findings = self.findings(HOLTER_SERVER_LISTEN=address)
            thread.join(timeout=10)
        self.assertEqual(status, 1)
        self.assertIn("it answers \"\ufffd\ufffd \\x01\"", findings["listen"]["text"])

    def test_a_port_that_a_holter_has_is_ok(self):
        server = Server(MONITORS)
        self.addCleanup(server.close)
        server.wait_for_state("here", "UP")
        address = server.url.removeprefix("http://")
        status, findings = self.findings(HOLTER_SERVER_LISTEN=address)
        self.assertEqual(status, 0, findings)
        self.assertEqual(findings["listen"]["text"], f"a Holter runs at {address} and is ready")

    def test_a_budget_that_is_too_small_is_an_error(self):
        status, findings = self.findings(HOLTER_MEMORY_BUDGET="1MiB")
        self.assertEqual(status, 1)
        self.assertIn("at least 48.0 MiB are needed", findings["memory"]["text"])

    def test_wrong_monitors_are_told_beside_the_machine(self):
        self.directory.write("monitors.yml", MONITORS.replace("host:", "hots:"))
        status, findings = self.findings()
        self.assertEqual(status, 1)
        self.assertEqual(findings["configuration"]["level"], "error")
        self.assertIn("did you mean 'host'?", findings["configuration"]["advice"])
        self.assertEqual(list(findings), CHECKS)

    def test_a_wrong_configuration_is_all_that_is_told(self):
        config = self.directory.write("holter.yml", "server: {lisen: 127.0.0.1:0}\n")
        done = self.doctor("--json", "-c", config)
        self.assertEqual(done.returncode, 1)
        self.assertEqual([finding["check"] for finding in json.loads(done.stdout)["checks"]], ["configuration"])


if __name__ == "__main__":
    unittest.main()
