"""`holter support-bundle`: what a helper needs to know, and no secret."""
import gzip
import io
import json
import pathlib
import sys
import tarfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run  # noqa: E402
from test_monitors_api import ask  # noqa: E402

CANARIES = ("canary-password", "canary-url", "canary-header", "canary-of-api", "canary-setting", "canary-environment", "canary-log", "canary-query", "canary-broken")
MONITORS = """\
    monitors:
      - name: website
        app: website
        interval: 1s
        params: {host: 127.0.0.1, port: 1, authType: Basic Auth, username: u, password: canary-password, uri: "/?token=canary-query"}
      - name: by url
        app: prometheus
        interval: 1s
        labels: {seen_at: "https://eva:canary-url@wiki.example/", note: "canary-password"}
        params: {host: 127.0.0.1, port: 1, headers: {Authorization: Bearer canary-header}}
    """


class SupportBundle(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        self.data = self.directory.path / "data"
        self.file = self.directory.path / "bundle.tar.gz"
        self.settings = {"HOLTER_DATA_DIR": str(self.data), "HOLTER_MONITORS": str(self.directory.path / "monitors.yml")}

    def bundle(self, *arguments, **settings):
        """The parts by their names; no canary is in any of them."""
        done = run("support-bundle", *arguments, str(self.file), cwd=self.directory.path, timeout=60, **self.settings | settings)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.file.stat().st_mode & 0o7777, 0o600)
        self.assertLess(self.file.stat().st_size, 8 << 20)
        whole = gzip.decompress(self.file.read_bytes())
        for canary in CANARIES:
            self.assertNotIn(canary.encode(), whole + done.stdout.encode() + done.stderr.encode(), canary)
        with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
            self.assertTrue(all(member.isfile() and member.mode == 0o600 and member.name.startswith("holter-support-") for member in tar))
            return {member.name.split("/", 1)[1]: tar.extractfile(member).read().decode() for member in tar}

    def test_of_a_running_server_it_has_all_and_no_secret(self):
        server = Server(MONITORS, self.directory)
        self.addCleanup(lambda: server.close(keep=True))
        made = ask(server, "POST", "/api/v1/monitors", {"name": "of the api", "app": "website", "params": {
            "host": "127.0.0.1", "port": 1, "authType": "Basic Auth", "username": "u", "password": "canary-of-api"}})
        self.assertEqual(made.status, 201, made.text)
        server.wait_for_state("website", "DOWN")
        log = self.directory.write("holter.log", "login with password=canary-log failed\nsent Authorization: Basic canary-log\nGET https://u:canary-log@h/\n"
                                                 "the value canary-password was used, canary-environment too\nlast line\n")
        parts = self.bundle("--log", log, MY_SERVICE_TOKEN="canary-environment")
        self.assertIn(f"data_dir: {self.data}  # HOLTER_DATA_DIR", parts["config.yml"])
        self.assertEqual(json.loads(parts["server/summary.json"])["monitors"], 3)
        self.assertIn("budget_bytes", parts["server/memory.json"])
        for name in ("server/schedule.json", "server/memory.json", "server/events.json", "doctor.json"):
            self.assertTrue(json.loads(parts[name]), name)
        self.assertIn("# TYPE", parts["server/metrics.txt"])
        self.assertIn(f"Max open files", parts["machine.txt"])
        self.assertIn(f"== /proc/{server.process.pid}/status", parts["machine.txt"])
        self.assertIn("catalog.db", parts["data-dir.txt"])
        self.assertIn("holter", parts["version.txt"])
        self.assertEqual(json.loads(parts["last-run.json"])["state"], "running")
        self.assertTrue(parts["log.txt"].endswith("\nlast line\n"), parts["log.txt"])
        self.assertNotIn("server.error", parts)

    def test_without_a_server_it_says_so_and_secrets_of_settings_stay_out(self):
        self.directory.write("monitors.yml", MONITORS)
        secret = self.directory.write("secret", "postgresql://eva:canary-setting@db.example/holter\n")
        pathlib.Path(secret).chmod(0o600)
        log = self.directory.write("holter.log", "cannot connect: canary-setting is refused\n")
        for settings in ({"HOLTER_CATALOG_POSTGRESQL_FILE": secret}, {"HOLTER_CATALOG_POSTGRESQL": "host=h password='canary-setting'"}):
            parts = self.bundle("--log", log, HOLTER_SECRET_KEY="canary-environment,b", **settings)
            self.assertIn("#postgresql: ***", parts["config.yml"])
            self.assertEqual(parts["server.error"], "no server runs on this data directory\n")
            self.assertEqual(parts["log.txt"], "cannot connect: *** is refused\n")
            self.file.unlink()

    def test_a_configuration_that_is_wrong_is_no_hindrance(self):
        self.directory.write("monitors.yml", "monitors:\n  - {name: canary-broken, app: website, params: {host: h, port: x, password: canary-broken}}\n")
        config = self.directory.write("holter.yml", "memory: {bugdet: 1GiB}\n")
        parts = self.bundle("-c", config)
        self.assertIn("did you mean 'budget'?", parts["config-problems.txt"])
        self.file.unlink()
        parts = self.bundle()
        self.assertEqual(json.loads(parts["doctor.json"])["errors"], 1, parts["doctor.json"])

    def test_long_files_are_cut_at_a_line(self):
        self.directory.write("monitors.yml", "monitors: []\n")
        log = self.directory.write("holter.log", "".join(f"line {i}\n" for i in range(300_000)))
        self.assertGreater(pathlib.Path(log).stat().st_size, 2 << 20)
        parts = self.bundle("--log", log)
        self.assertLessEqual(len(parts["log.txt"]), 1 << 20)
        self.assertTrue(parts["log.txt"].startswith("line "))
        self.assertTrue(parts["log.txt"].endswith("line 299999\n"))

    def test_a_file_that_is_there_is_not_replaced(self):
        self.file.write_text("mine", encoding="ascii")
        done = run("support-bundle", str(self.file), cwd=self.directory.path, timeout=60, **self.settings | {"HOLTER_MONITORS": None})
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is such a file", done.stderr)
        self.assertEqual(self.file.read_text(encoding="ascii"), "mine")
        self.assertEqual([file.name for file in self.directory.path.glob("bundle*")], ["bundle.tar.gz"])
        self.assertIn("holter support-bundle", run("support-bundle", "--help").stdout)


if __name__ == "__main__":
    unittest.main()
