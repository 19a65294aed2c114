"""Monitors from the files of other products: the output is good for `check`, and an imported monitor works."""
import http.server
import json
import pathlib
import stat
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run, wait_until  # noqa: E402

BACKUP = {
    "version": "1.23.11", "notificationList": [], "monitorList": [
        {"id": 1, "name": "site", "type": "http", "url": "http://127.0.0.1:PORT/health", "interval": 1, "accepted_statuscodes": ["200"]},
        {"id": 2, "name": "codes", "type": "http", "url": "https://192.0.2.1/", "accepted_statuscodes": ["200-299"], "headers": "{\"X-Tag\": \"a: b\"}"},
        {"id": 3, "name": "db \u00fc \U0001F600", "type": "postgres", "databaseConnectionString": "postgres://u:geheim@192.0.2.1/d"},
        {"id": 4, "name": "job", "type": "push", "pushToken": "geheim"},
        {"id": 5, "name": "bad expression", "type": "ping", "hostname": "no host"}]}

GATUS = """
endpoints:
  - name: site
    url: http://127.0.0.1:PORT/health
    interval: 1s
    conditions: ["[STATUS] == 200"]
"""

HERTZBEAT = [{"monitor": {"name": "site", "app": "website", "intervals": 1, "status": 1, "labels": {"env": "test"}},
              "params": [{"field": "host", "type": 1, "value": "127.0.0.1"}, {"field": "port", "type": 0, "value": "PORT"},
                         {"field": "uri", "type": 1, "value": "/health"}]}]

MODULES = "modules:\n  page: {prober: http, timeout: 5s, http: {valid_status_codes: [200]}}\n"
PROMETHEUS = """
scrape_configs:
  - job_name: web
    metrics_path: /probe
    scrape_interval: 1s
    params: {module: [page]}
    file_sd_configs: [{files: ["targets/*.json"]}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:9115"}
"""


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.path == "/health"
        body = b"all fine\n" if good else b"no such page\n"
        self.send_response(200 if good else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Import(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.addCleanup(self.web.server_close)
        thread = threading.Thread(target=self.web.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.web.shutdown)

    def write(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        return self.directory.write(name, text.replace("PORT", str(self.web.server_port)))

    def run_import(self, *arguments):
        return run("import", *arguments, cwd=self.directory.path)

    def check(self, file):
        return run("check", cwd=self.directory.path, HOLTER_MONITORS=str(self.directory.path / file))

    def test_output_passes_check_and_the_rest_is_reported(self):
        self.write("backup.json", BACKUP)
        for form in ("yaml", "json"):
            done = self.run_import("uptime-kuma", "backup.json", "-o", f"out.{form}", "--format", form)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("backup.json: monitorList[3] 'job': not taken: ", done.stderr)
            self.assertIn("backup.json: monitorList[4] 'bad expression': not taken: ", done.stderr)
            self.assertIn("5 items = 3 taken (3 monitors) + 2 not taken; 0 settings not taken", done.stderr)
            self.assertIn("1 secrets", done.stderr)
            self.assertNotIn("geheim", done.stderr + done.stdout)
            checked = self.check(f"out.{form}")
            self.assertEqual(checked.returncode, 0, checked.stderr)
            self.assertIn("3 monitors, 1 api_code, 1 postgresql, 1 website: 0 errors, 0 warnings", checked.stdout)

    def test_imported_websites_are_up_and_down(self):
        self.write("backup.json", {"monitorList": BACKUP["monitorList"][:1]})
        self.write("config.yaml", GATUS)
        self.write("export.json", HERTZBEAT)
        self.write("blackbox.yml", MODULES)
        self.write("prometheus.yml", PROMETHEUS)
        self.write("targets/a.json", [{"targets": ["http://127.0.0.1:PORT/health", "http://127.0.0.1:PORT/none"]}])
        sources = {"kuma": ("uptime-kuma", "backup.json"), "gatus": ("gatus", "config.yaml"), "hertzbeat": ("hertzbeat", "export.json"),
                   "blackbox": ("blackbox", "blackbox.yml", "--prometheus", "prometheus.yml")}
        url = f"http://127.0.0.1:{self.web.server_port}"
        for name, arguments in sources.items():
            with self.subTest(name):
                done = self.run_import(*arguments, "-o", f"out-{name}.yml")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.check(f"out-{name}.yml").returncode, 0)
                server = Server((self.directory.path / f"out-{name}.yml").read_text(encoding="utf-8"))
                self.addCleanup(server.close)
                def shown(server=server):
                    return {m["name"]: (m["app"], m["state"]) for m in server.get("/api/v1/monitors?limit=10")["monitors"]}
                wanted = {"site": ("website", "UP")}
                if name == "blackbox":
                    wanted = {f"web {url}/health": ("website", "UP"), f"web {url}/none": ("website", "DOWN")}
                wait_until(lambda shown=shown, wanted=wanted: shown() == wanted, 15, shown)

    def test_output_is_for_its_owner_and_is_not_replaced_without_force(self):
        self.write("config.yaml", GATUS)
        out = self.directory.path / "out.yml"
        self.assertEqual(self.run_import("gatus", "config.yaml", "-o", "out.yml").returncode, 0)
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        out.write_text("mine", encoding="utf-8")
        refused = self.run_import("gatus", "config.yaml", "-o", "out.yml")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("it is there already (--force replaces it)", refused.stderr)
        self.assertEqual(out.read_text(encoding="utf-8"), "mine")
        out.chmod(0o644)
        self.assertEqual(self.run_import("gatus", "config.yaml", "-o", "out.yml", "--force").returncode, 0)
        self.assertIn("name: site", out.read_text(encoding="utf-8"))
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        self.assertEqual([p.name for p in self.directory.path.glob("out.yml*")], ["out.yml"])

    def test_what_cannot_be_read_is_exit_code_1_and_writes_nothing(self):
        cases = {"export.xls": ("hertzbeat", "PK\x03\x04", "export the monitors as JSON or YAML"), "b.json": ("uptime-kuma", "{\n{", "b.json:2: "),
                 "c.yml": ("gatus", "a: 1", "'endpoints'"), "d.yml": ("blackbox", "- 1", "'modules' or 'scrape_configs'")}
        for name, (product, text, message) in cases.items():
            self.write(name, text)
            done = self.run_import(product, name, "-o", "out.yml")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(message, done.stderr)
            self.assertFalse((self.directory.path / "out.yml").exists())
        missing = self.run_import("gatus", "none.yml")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("none.yml", missing.stderr)

    def test_what_no_probe_can_be_made_of_is_reported(self):
        self.write("blackbox.yml", MODULES.replace("[200]", '[200], headers: {X-Tag: "a\\nb"}'))
        self.write("prometheus.yml", PROMETHEUS.replace('file_sd_configs: [{files: ["targets/*.json"]}]', "static_configs: [{targets: [192.0.2.1]}]"))
        done = self.run_import("blackbox", "prometheus.yml", "--prometheus", "blackbox.yml", "-o", "out.yml")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("prometheus.yml:7: scrape_configs[0] 'web' target '192.0.2.1': not taken: ", done.stderr)
        self.assertEqual((self.directory.path / "out.yml").read_text(encoding="utf-8"), "monitors: []\n")
        self.assertEqual(self.check("out.yml").returncode, 0)

    def test_help_has_examples_and_wrong_use_is_exit_code_2(self):
        done = self.run_import("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("holter import uptime-kuma backup.json", done.stdout)
        self.assertIn("3: written, but not all was taken", done.stdout)
        self.assertEqual(self.run_import("nagios", "x").returncode, 2)
        self.assertEqual(self.run_import("gatus").returncode, 2)
        self.assertEqual(self.run_import("gatus", "x", "--prometheus", "y").returncode, 2)


if __name__ == "__main__":
    unittest.main()
