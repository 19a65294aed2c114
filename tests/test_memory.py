"""The main process stays under its budget; what it cannot hold is refused in words, not by death."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run, wait_until  # noqa: E402


def pings(count, interval):
    return "monitors:\n" + "".join(f"  - {{name: p{i}, app: ping, interval: {interval}, params: {{host: 127.1.{i >> 8 & 255}.{i & 255}}}}}\n" for i in range(count))


class Memory(unittest.TestCase):
    def test_nine_thousand_pings_fit_into_64_mib(self):
        server = Server(pings(9000, "3s"), HOLTER_MEMORY_BUDGET="64MiB")
        self.addCleanup(server.close)
        wait_until(lambda: server.get("/api/v1/summary")["states"]["UP"] == 9000, 60, "all UP")
        wait_until(lambda: server.get("/api/v1/schedule")["run"] > 30_000, 60, "some rounds of all")
        memory = server.get("/api/v1/memory")
        self.assertLess(memory["resident_peak_bytes"], 64 << 20)
        self.assertLess(memory["allocator"]["mapped_bytes"], memory["allocator"]["cap_bytes"] + 1)
        schedule = server.get("/api/v1/schedule")
        self.assertEqual(schedule["history"]["samples_lost"], 0)
        self.assertEqual([q["dropped_rows"] for q in schedule["queues"]], [0, 0])

    def test_more_monitors_than_the_budget_holds_are_refused_in_words(self):
        directory = Directory()
        self.addCleanup(directory.remove)
        file = directory.write("m.yml", pings(60_000, "60s"))
        done = run("serve", "--for", "3s", cwd=directory.path, timeout=60, HOLTER_MONITORS=file, HOLTER_MEMORY_BUDGET="48MiB",
                   HOLTER_DATA_DIR=str(directory.path / "data"))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("cannot", done.stderr)
        self.assertIn("memory", done.stderr)


if __name__ == "__main__":
    unittest.main()
