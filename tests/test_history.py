"""History survives what happens to its process, its disk and the clock; the main process does not notice."""
import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Server, wait_until  # noqa: E402
from moved_clock import MovedClock  # noqa: E402

MONITORS = """
    monitors:
      - {name: fast, app: ping, interval: 100ms, params: {host: 127.0.0.1}}
      - {name: slow, app: ping, interval: 1s, params: {host: 127.0.0.2}}
"""


def samples(points):
    return sum(point["count"] for point in points)


class History(unittest.TestCase):
    def start(self, **settings):
        server = Server(MONITORS, **settings)
        self.addCleanup(server.close)
        return server

    def test_child_killed_is_restarted_and_the_main_process_goes_on(self):
        server = self.start()
        wait_until(lambda: samples(server.points("fast")) > 5, 15, "first samples")
        victim = server.child()
        os.kill(victim, signal.SIGKILL)
        runs = server.get("/api/v1/schedule")["run"]
        wait_until(lambda: (child := server.child()) and child != victim, 10, "a new child")
        wait_until(lambda: server.get("/api/v1/schedule")["history"]["restarts"] == 1 and samples(server.points("fast")) > 40, 20, "samples of before and after")
        history = server.get("/api/v1/schedule")["history"]
        self.assertGreater(server.get("/api/v1/schedule")["run"], runs + 10)
        self.assertEqual(server.monitor("fast")["state"], "UP")
        self.assertGreaterEqual(history["samples_sent"], history["samples_kept"] + history["samples_lost"])
        self.assertIn("history", server.messages())

    def test_ctrl_c_ends_within_two_seconds_with_everything_flushed(self):
        server = self.start()
        wait_until(lambda: server.get("/api/v1/schedule")["run"] > 15, 15, "some rounds")
        seconds, out = server.stop(signal.SIGINT)
        self.assertEqual(server.process.returncode, 0)
        self.assertLess(seconds, 2.0)
        self.assertIn("0 lost", out)
        run = int(out.split(" due = ")[1].split(" run")[0])
        kept = int(out.split(" sent, ")[1].split(" kept")[0])
        self.assertGreaterEqual(kept, run - 2)  # rounds in flight at the end have no result
        again = Server(None, directory=server.directory)
        self.addCleanup(again.close)
        wait_until(lambda: again.get("/api/v1/schedule")["run"] > 3 and again.points("fast"), 15, "history after the restart")
        self.assertGreater(samples(again.points("fast")) + samples(again.points("slow")), kept)

    def test_sigkill_loses_at_most_the_last_five_seconds(self):
        server = self.start()
        wait_until(lambda: server.get("/api/v1/schedule")["run"] > 80, 20, "eight seconds of rounds")
        server.stop(signal.SIGKILL)
        run_at_least = 80
        again = Server(None, directory=server.directory)
        self.addCleanup(again.close)
        wait_until(lambda: again.points("fast"), 15, "history after the restart")
        before = [p for p in again.points("fast")]
        self.assertGreater(samples(before), run_at_least - 11 * 5)

    def test_disk_full_is_told_and_ends_when_there_is_room_again(self):
        # A file system of 24 MiB of its own, seen by this server only.
        mount = 'mkdir -p data && mount -t tmpfs -o size=24m tmpfs data && exec "$@"'
        server = self.start(prefix=("unshare", "-m", "sh", "-c", mount, "sh"))
        wait_until(lambda: samples(server.points("fast")) > 5, 15, "first samples")
        root = pathlib.Path(f"/proc/{server.process.pid}/root{server.directory.path}/data")
        with open(root / "ballast", "wb") as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 65536)
                    ballast.flush()
            except OSError:
                pass
        wait_until(lambda: server.get("/api/v1/schedule")["history"]["error"], 30, "an error that names the disk")
        self.assertEqual(server.monitor("fast")["state"], "UP")
        before = server.monitor("fast")["last_check"]
        wait_until(lambda: server.monitor("fast")["last_check"] > before, 5, "checks go on")
        os.unlink(root / "ballast")
        kept = server.get("/api/v1/schedule")["history"]["samples_kept"]
        wait_until(lambda: server.get("/api/v1/schedule")["history"]["samples_kept"] > kept + 20, 40, "samples are kept again")

    def test_clock_set_back_an_hour_stops_nothing(self):
        clock = MovedClock()
        self.addCleanup(clock.close)
        server = self.start(**clock.settings)
        server.wait_for_state("fast", "UP")
        clock.move(-3600)
        half_an_hour_ago = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 1800))
        wait_until(lambda: server.get("/api/v1/summary")["now"] < half_an_hour_ago, 10, "the clock has moved")
        before = server.get("/api/v1/schedule")
        time.sleep(3)
        after = server.get("/api/v1/schedule")
        self.assertGreaterEqual(after["run"] - before["run"], 25)  # 33 are due in three seconds
        self.assertLessEqual(after["run"] - before["run"], 45)
        self.assertEqual(after["skipped"], before["skipped"])
        states = server.get("/api/v1/summary")["states"]
        self.assertEqual((states["UP"], states["STALE"]), (2, 0))


if __name__ == "__main__":
    unittest.main()
