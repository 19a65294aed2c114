"""The commands besides serve, as a person would type them."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, ROOT, Server, run  # noqa: E402


class Commands(unittest.TestCase):
    def test_help_has_examples(self):
        for arguments in (["--help"], ["serve", "--help"], ["probe", "--help"], ["status", "--help"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("holter", done.stdout)
        self.assertIn("holter probe ping --host 127.0.0.1", run("--help").stdout)

    def test_wrong_use_is_exit_code_2(self):
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("sevre").returncode, 2)
        self.assertEqual(run("serve", "--for", "soon").returncode, 2)

    def test_version_names_libraries(self):
        done = run("version")
        self.assertEqual(done.returncode, 0)
        self.assertIn("Arrow", done.stdout)

    def test_check_accepts_the_examples(self):
        done = run("check", "--config", str(ROOT / "examples/holter.yml"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("6 monitors", done.stdout)
        self.assertIn("0 errors", done.stdout)

    def test_probe_shows_steps_with_times(self):
        done = run("probe", "ping", "--host", "127.0.0.1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("echo reply after", done.stdout)
        self.assertIn("responseTime", done.stdout)
        self.assertTrue(done.stdout.rstrip().endswith("UP"))

    def test_probe_of_a_closed_port_is_down_with_exit_code_1(self):
        done = run("probe", "port", "--host", "127.0.0.1", "--port", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Connection refused", done.stdout)
        self.assertTrue(done.stdout.rstrip().endswith("DOWN"))

    def test_probe_names_what_is_missing_or_misspelt(self):
        self.assertIn("'host'", run("probe", "ping").stderr)
        done = run("probe", "ping", "--hots", "127.0.0.1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'host'?", done.stderr)
        self.assertIn("did you mean 'ping'?", run("probe", "pimg", "--host", "127.0.0.1").stderr)

    def test_status_prints_a_table(self):
        server = Server("monitors:\n  - {name: here, app: ping, interval: 1s, params: {host: 127.0.0.1}}\n")
        self.addCleanup(server.close)
        server.wait_for_state("here", "UP")
        done = run("status", "--server", server.url.removeprefix("http://"), HOLTER_TOKEN=server.token)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 monitors: 1 up", done.stdout)
        self.assertRegex(done.stdout, r"UP\s+here\s+ping")
        none = run("status", "--server", server.url.removeprefix("http://"), "--state", "DOWN", HOLTER_TOKEN=server.token)
        self.assertNotIn("here", none.stdout)

    def test_status_without_a_server_says_what_to_do(self):
        done = run("status", "--server", "127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is `holter serve` running there?", done.stderr)

    def test_serve_for_a_while_ends_by_itself_with_a_summary(self):
        directory = Directory()
        self.addCleanup(directory.remove)
        file = directory.write("m.yml", "monitors:\n  - {name: a, app: ping, interval: 1s, params: {host: 127.0.0.1}}\n")
        done = run("serve", "--for", "4s", cwd=directory.path, HOLTER_MONITORS=file, HOLTER_DATA_DIR=str(directory.path / "data"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 up, 0 down", done.stdout)
        self.assertRegex(done.stdout, r"(\d+) due = (\d+) run")


    def test_serve_ends_well_at_the_moment_when_its_status_line_is_due(self):
        directory = Directory()
        self.addCleanup(directory.remove)
        file = directory.write("m.yml", "monitors:\n  - {name: a, app: ping, interval: 1s, params: {host: 127.0.0.1}}\n")
        done = run("serve", "--for", "10s", cwd=directory.path, HOLTER_MONITORS=file, HOLTER_DATA_DIR=str(directory.path / "data"))
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
