"""MongoDB's protocol against a server of it, which is not MongoDB's own: it has no accounts and knows some of the commands."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Probed, Server, run  # noqa: E402
from real_servers import RealServer, free_port, mongodb  # noqa: E402

PATIENCE = "20000"  # ms: a Java program that has just started


class Mongodb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RealServer(mongodb, seconds=60))

    def probe(self, *more, port=None):
        return Probed(run("probe", "mongodb", "--host", "127.0.0.1", "--port", str(port or self.server.port), "--timeout", PATIENCE, *more, timeout=120))

    def test_what_the_server_knows_is_told_and_what_it_does_not_know_is_named(self):
        found = self.probe()
        self.assertEqual((found.status, found.code("status")), (0, "success"), found.text)
        status = found.rows("status")[0]
        self.assertEqual((status["version"], status["process"], status["pid"]), ("5.0.0", "java", str(self.server.process.pid)), found.text)
        self.assertGreaterEqual(float(status["uptime"]), 0)
        self.assertEqual(found.rows("build")[0]["maxBsonObjectSize"], "16", found.text)
        self.assertEqual(found.rows("connections")[0]["current"], "1", found.text)
        self.assertEqual(found.rows("os")[0]["type"], "Linux", found.text)
        # Its serverStatus has no such part: said so, and no figure is made up.
        self.assertRegex(found.code("opcounters"), "^fail: .*opcounters", found.text)
        self.assertRegex(found.code("database"), r"^fail: .*no such command: 'dbStats' \(code 59\)", found.text)
        self.assertTrue(found.text.rstrip().endswith("UP"), found.text)

    def test_the_steps_are_shown(self):
        found = self.probe("--explain", "--set", "status")
        self.assertEqual(found.status, 0, found.text)
        for step in ("connected to 127.0.0.1", "serverStatus"):
            self.assertIn(step, found.text)

    def test_a_login_that_the_server_does_not_know_is_down_without_the_password(self):
        found = self.probe("--set", "status", "--username", "monitor", "--password", "hunter2")
        self.assertEqual(found.status, 1, found.text)
        self.assertRegex(found.code("status"), r"^fail: cannot log in to 127\.0\.0\.1:\d+: .*saslStart", found.text)
        self.assertNotIn("hunter2", found.text)

    def test_another_protocol_on_the_port_is_unconnectable(self):
        found = self.probe("--set", "status", port=free_port())
        self.assertEqual(found.status, 1)
        self.assertRegex(found.code("status"), "^unconnectable: .*Connection refused", found.text)

    def test_a_server_that_ends_is_down_and_one_that_comes_back_is_up(self):
        with RealServer(mongodb, seconds=60) as own:
            server = Server(f"monitors:\n  - {{name: shop, app: mongodb, interval: 1s, params: {{host: 127.0.0.1, port: {own.port}, timeout: 3000}}}}\n")
            self.addCleanup(server.close)
            server.wait_for_state("shop", "UP", seconds=30)
            own.process.terminate()
            own.process.wait(timeout=20)
            server.wait_for_state("shop", "DOWN", seconds=30)
        with RealServer(mongodb, seconds=60, port=own.port):
            server.wait_for_state("shop", "UP", seconds=60)


if __name__ == "__main__":
    unittest.main()
