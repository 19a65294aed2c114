"""What is wrong with files, port or directories is said clearly, and nothing starts half-configured."""
import socket
import sys
import pathlib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run  # noqa: E402

GOOD = """
    monitors:
      - {name: a, app: ping, params: {host: 127.0.0.1}}
"""


class Start(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)

    def serve(self, monitors, **settings):
        file = self.directory.write("monitors.yml", monitors)
        settings = {"HOLTER_MONITORS": file, "HOLTER_DATA_DIR": str(self.directory.path / "data")} | settings
        done = run("serve", "--for", "5s", cwd=self.directory.path, **settings)
        return done.returncode, done.stderr

    def refused(self, monitors, *texts, **settings):
        code, errors = self.serve(monitors, **settings)
        self.assertEqual(code, 1, errors)
        for text in texts:
            self.assertIn(text, errors)
        # Nothing was left behind by a start that did not happen.
        self.assertFalse((self.directory.path / "data" / "history").exists())

    def test_wrong_yaml_names_file_line_and_column(self):
        self.refused("monitors:\n  - {name: a, app: ping\n", "monitors.yml:3:")

    def test_unknown_app_suggests_the_nearest(self):
        self.refused("monitors:\n  - {name: a, app: pign, params: {host: 127.0.0.1}}\n", "monitors.yml:2:20", "pign", "did you mean 'ping'?")

    def test_unknown_key_suggests_the_nearest(self):
        self.refused("monitors:\n  - {name: a, app: ping, intervall: 60s, params: {host: 127.0.0.1}}\n", "intervall", "did you mean 'interval'?")

    def test_missing_parameter_is_named(self):
        self.refused("monitors:\n  - {name: a, app: port, params: {host: 127.0.0.1}}\n", "monitors[0].params.port", "missing")

    def test_duplicate_name_names_both_places(self):
        self.refused("monitors:\n  - {name: a, app: ping, params: {host: 127.0.0.1}}\n  - {name: a, app: ping, params: {host: 127.0.0.1}}\n",
                     "monitors.yml:3:", "monitors.yml:2")

    def test_wrong_configuration_names_the_key(self):
        config = self.directory.write("holter.yml", "memory: {budget: 64}\nserver: {lissten: 127.0.0.1:1}\n")
        done = run("serve", "--config", config, "--for", "1s", cwd=self.directory.path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("holter.yml:1:", done.stderr)
        self.assertIn("unit is missing", done.stderr)
        self.assertIn("did you mean 'listen'?", done.stderr)

    def test_too_small_a_budget_names_the_least_that_works(self):
        self.refused(GOOD, "memory.budget", "at least 48", HOLTER_MEMORY_BUDGET="1MiB")

    def test_port_in_use_says_which_and_what_to_do(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            code, errors = self.serve(GOOD, HOLTER_SERVER_LISTEN=address)
        self.assertEqual(code, 1)
        self.assertIn(f"cannot listen on {address}", errors)
        self.assertIn("HOLTER_SERVER_LISTEN", errors)

    def test_an_address_that_the_machine_lacks_says_so(self):
        code, errors = self.serve(GOOD, HOLTER_SERVER_LISTEN="192.0.2.1:0")
        self.assertEqual(code, 1)
        self.assertIn("cannot listen on 192.0.2.1:0", errors)

    def test_unwritable_data_directory_says_so(self):
        self.refused(GOOD, "cannot write to the data directory", "HOLTER_DATA_DIR", HOLTER_DATA_DIR="/proc/holter-data")

    def test_a_second_server_on_the_same_data_is_refused(self):
        first = Server(GOOD)
        self.addCleanup(first.close)
        code, errors = self.serve(GOOD, HOLTER_DATA_DIR=str(first.directory.path / "data"))
        self.assertEqual(code, 1)
        self.assertIn("another", errors)

    def test_a_missing_file_is_named(self):
        done = run("serve", "--for", "1s", cwd=self.directory.path, HOLTER_MONITORS="/nowhere/monitors.yml")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/monitors.yml", done.stderr)


if __name__ == "__main__":
    unittest.main()
