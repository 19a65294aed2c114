"""Under a service manager: what `holter serve` tells it by the protocol of sd_notify(3), and the log in forms that machines read."""
import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, ROOT, Server, wait_until  # noqa: E402

MONITORS = "monitors:\n  - {name: here, app: ping, interval: 1s, params: {host: 127.0.0.1}}\n"


class Manager:
    """Listens as systemd does."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def hear(self, seconds=20):
        self.socket.settimeout(seconds)
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))

    def close(self):
        self.socket.close()
        self.directory.cleanup()


class UnderAServiceManager(unittest.TestCase):
    def setUp(self):
        self.manager = Manager()
        self.addCleanup(self.manager.close)

    def test_ready_alive_reloaded_and_stopping_are_told(self):
        server = Server(MONITORS, NOTIFY_SOCKET=self.manager.path, WATCHDOG_USEC="6000000")
        self.addCleanup(server.close)
        ready = self.manager.hear()
        self.assertEqual(ready["READY"], "1")
        self.assertRegex(ready["STATUS"], r"^up \d+  down \d+")
        alive = self.manager.hear()
        self.assertEqual(alive["WATCHDOG"], "1")
        self.assertNotIn("READY", alive)
        server.process.send_signal(signal.SIGHUP)  # perhaps before Holter waits for it: it is not lost
        told = [self.manager.hear()]
        while "READY" not in told[-1]:
            told.append(self.manager.hear())
        self.assertIn("RELOADING", [key for each in told for key in each])
        # The history process must not speak in the name of its parent.
        with open(f"/proc/{server.child()}/environ", "rb") as file:
            self.assertNotIn(b"NOTIFY_SOCKET", file.read())
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "STOPPING" in self.manager.hear(), 20, "the end is told")
        server.process.wait(timeout=20)

    def test_a_process_that_stands_still_says_nothing(self):
        server = Server(MONITORS, NOTIFY_SOCKET=self.manager.path, WATCHDOG_USEC="6000000")
        self.addCleanup(server.close)
        while "WATCHDOG" not in self.manager.hear():
            pass
        server.process.send_signal(signal.SIGSTOP)
        try:
            self.assertRaises(TimeoutError, self.manager.hear, 5)
        finally:
            server.process.send_signal(signal.SIGCONT)
        while "WATCHDOG" not in self.manager.hear():
            pass

    def test_an_address_that_is_none_is_told_and_holter_runs(self):
        server = Server(MONITORS, NOTIFY_SOCKET="nowhere")
        self.addCleanup(server.close)
        self.assertIn("cannot use NOTIFY_SOCKET='nowhere'", server.messages())

    def test_the_unit_waits_to_be_told_and_has_a_watchdog(self):
        text = (ROOT / "packaging/holter.service").read_text(encoding="utf-8")
        self.assertIn("\nType=notify\n", text)
        self.assertRegex(text, r"\nWatchdogSec=\d+s\n")


class Log(unittest.TestCase):
    def lines(self, **settings):
        # Reloading a changed file is logged, at level info.
        server = Server(MONITORS, HOLTER_LOG_LEVEL="info", **settings)
        self.addCleanup(server.close)
        server.directory.write("monitors.yml", MONITORS.replace("here", "there"))
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reloaded" in server.messages(), 20, server.messages)
        return server.messages().splitlines()

    def test_json(self):
        for line in self.lines(HOLTER_LOG_FORMAT="json"):
            found = json.loads(line)
            self.assertEqual(list(found), ["time", "level", "where", "msg"])
        self.assertEqual(found["msg"], "reloaded: monitors: 1 added, 0 changed, 1 removed, 0 unchanged")

    def test_logfmt(self):
        for line in self.lines(HOLTER_LOG_FORMAT="logfmt"):
            self.assertRegex(line, r'^time=\S+Z level=\w+ where=\w+ msg="([^"\\]|\\.)*"$')

    def test_level_and_form_change_while_holter_runs(self):
        directory = Directory()
        directory.write("holter.yml", "log_format: json\nlog_level: error\n")
        server = Server(MONITORS, directory)
        self.addCleanup(server.close)
        directory.write("holter.yml", "log_format: logfmt\nlog_level: info\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reloaded" in server.messages(), 20, server.messages)
        last = server.messages().splitlines()[-1]
        self.assertTrue(last.startswith("time="), last)
        for key in ("log_level", "log_format"):
            self.assertIn(key, last)


if __name__ == "__main__":
    unittest.main()
