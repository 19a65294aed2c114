"""Alert rules before they run: unit tests of them by `test rules`, and rules of Prometheus as rules here by `import prometheus-rules`."""
import http.server
import json
import re
import threading
import unittest
import urllib.parse
import urllib.request

import yaml

from harness import Directory, ROOT, Server, run, wait_until

RULES = """
- name: Slow
  spec:
    selector: {app: website, set: summary}
    expression: responseTime > 500
    severity: critical
    message: "{{monitor.name}} takes {{values.responseTime}} ms"
"""

GROUPS = """
groups:
  - name: hosts
    interval: 10s
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: HostDown
        expr: up{job="node"} == 0
        labels: {severity: critical, team: ops}
        annotations:
          summary: "{{ $labels.instance }} is down"
          description: "{{ $value | humanize }} of {{ $labels.job }}"
  - name: disks
    rules:
      - alert: DiskFull
        expr: |
          node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"}
            / node_filesystem_size_bytes < 0.1
        for: 1h30m
        keep_firing_for: 10m
        labels: {severity: page, app: storage}
"""


class Store(http.server.BaseHTTPRequestHandler):
    """What a PromQL store says: a host is down, and expressions may be broken."""

    def do_POST(self):  # pylint: disable=invalid-name
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.answer(form.get("query", [""])[0])

    def do_GET(self):  # pylint: disable=invalid-name
        self.answer(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("query", [""])[0])

    def answer(self, query):
        series = [{"metric": {"__name__": "up", "job": "node", "instance": "db:9100"}, "value": [1700000000, "0"]}] if query.startswith("up{") else []
        status, body = 200, {"status": "success", "data": {"resultType": "vector", "result": series}}
        if "broken" in query:
            status, body = 400, {"status": "error", "errorType": "bad_data", "error": "parse error: unexpected broken"}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Base(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)

    def write(self, name, text):
        return self.directory.write(name, text)

    def command(self, *arguments, **settings):
        return run(*arguments, cwd=self.directory.path, **settings)

    def listen(self, handler):
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(web.server_close)
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(web.shutdown)
        return web.server_port


class TestRules(Base):
    def run_tests(self, body, rules=RULES):
        self.write("rules.yml", rules)
        self.write("tests.yml", "rule_files: [rules.yml]\ntests:\n" + body)
        return self.command("test", "rules", "tests.yml")

    def one(self, series, values, expected, alertname="Slow"):
        return self.run_tests(f"  - name: one\n    input_series: [{{series: '{series}', values: '{values}'}}]\n"
                          f"    alert_rule_test: [{{eval_time: 1m, alertname: {alertname}, exp_alerts: {expected}}}]\n")

    def test_the_examples_of_the_document_pass_without_server_or_data(self):
        text = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
        quoted = re.findall(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```\n", text, re.S)
        self.assertEqual([name for name, _ in quoted], ["examples/rules/rules.yml", "examples/rules/tests.yml"])
        for name, part in quoted:
            self.assertEqual(part, (ROOT / name).read_text(encoding="utf-8"), name)
        done = self.command("test", "rules", str(ROOT / "examples/rules/tests.yml"))
        self.assertEqual((done.returncode, done.stdout), (0, "8 passed, 0 failed\n"), done.stderr)
        self.assertEqual(list(self.directory.path.iterdir()), [], "nothing is written")

    def test_a_failure_shows_what_was_expected_and_what_came(self):
        done = self.one('responseTime{monitor="web",app="website"}', "100 600",
                        "[{exp_labels: {severity: warning, monitor: web, app: website, set: summary}, exp_annotations: {summary: web takes 600 ms}}]")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stdout, """\
FAILED tests.yml:5: one: Slow at 1m
  expected:
    labels {alertname="Slow",app="website",monitor="web",set="summary",severity="warning"}
    annotations {summary="web takes 600 ms"}
  got:
    labels {alertname="Slow",app="website",monitor="web",set="summary",severity="critical"}
    annotations {summary="web takes 600 ms"}
  differs: label severity
0 passed, 1 failed
""")

    def test_what_is_wrong_is_said_with_its_line(self):
        done = self.one('responsetime{monitor="web",app="website"}', "1", "[]")
        self.assertEqual(done.returncode, 1)
        self.assertIn("tests.yml:4:", done.stderr)
        self.assertIn("did you mean 'responseTime'?", done.stderr)
        self.assertIn("0 passed, 0 failed, 1 of 1 files cannot be used", done.stdout)
        done = self.one('responseTime{monitor="web",app="website"}', "1+x", "[]")
        self.assertIn("cannot read the values '1+x'", done.stderr)
        done = self.one('responseTime{monitor="web",app="website"}', "1", "[]", "Slov")
        self.assertIn("no rule has this name (did you mean 'Slow'?)", done.stderr)
        done = self.run_tests("  - {alert_rule_test: [{eval_time: 1m, alertname: Slow}]}\n", RULES.replace("responseTime > 500", "responsTime > 500"))
        self.assertIn("rules.yml:5:", done.stderr)
        self.assertIn("responsTime", done.stderr)
        self.write("other.yml", "rule_files: []\ntests: [{alert_rule_test: [{eval_time: 0, alertname: MonitorDown}]}]\n")
        done = self.command("test", "rules", "none.yml", "other.yml")
        self.assertEqual((done.returncode, done.stdout), (1, "1 passed, 0 failed, 1 of 2 files cannot be used\n"))
        self.assertIn("none.yml", done.stderr)

    def test_promql_is_refused_with_who_tests_it(self):
        body = "  - {alert_rule_test: [{eval_time: 1m, alertname: HostDown}]}\n"
        for rules in (GROUPS, "- {name: HostDown, spec: {kind: periodic, source: promql, query: up == 0, interval: 1m}}\n"):
            done = self.run_tests(body, rules)
            self.assertEqual(done.returncode, 1)
            self.assertIn("rules.yml:", done.stderr)
            self.assertIn("it is PromQL, which is not evaluated here: test it by `promtool test rules`", done.stderr)
        done = self.run_tests("  - {promql_expr_test: [{expr: up, eval_time: 1m}], alert_rule_test: [{eval_time: 1m, alertname: Slow}]}\n")
        self.assertIn("`promtool test rules`", done.stderr)

    def test_help_has_an_example_that_passes(self):
        done = self.command("test", "rules", "--help")
        self.assertEqual(done.returncode, 0)
        example = re.search(r"^  rule_files:.*?(?=^Rules of PromQL)", done.stdout, re.S | re.M)[0]
        self.write("rules.yml", RULES)
        self.write("tests.yml", example)
        done = self.command("test", "rules", "tests.yml")
        self.assertEqual((done.returncode, done.stdout), (0, "1 passed, 0 failed\n"), done.stderr)
        self.assertEqual(self.command("test", "rules").returncode, 2)
        self.assertEqual(self.command("test").returncode, 2)

    def test_a_server_says_what_the_test_says(self):
        class Disks(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                body = json.dumps([{"mount": "/data", "used": 95.5}, {"mount": "/tmp", "used": 99}, {"mount": "/", "used": 10}]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.write("own/disks.yml", """\
            category: custom
            app: disks
            name: {en-US: Disks}
            params:
              - {field: host, name: {en-US: Host}, type: host, required: true}
              - {field: port, name: {en-US: Port}, type: number, required: true}
            metrics:
              - name: disk
                priority: 0
                protocol: http
                aliasFields: [mount, used]
                fields:
                  - {field: mount, type: 1, label: true}
                  - {field: used, type: 0, unit: '%'}
                http: {host: ^_^host^_^, port: ^_^port^_^, method: GET, url: /disks, parseType: jsonPath, parseScript: '$[*]'}
            """)
        definitions = {"HOLTER_DEFINITIONS": str(self.directory.path / "own")}
        rule = {"name": "Full", "spec": {"selector": {"app": "disks", "set": "disk"}, "expression": "used > 90 and mount != '/tmp'",
                                         "message": "{{labels.mount}} of {{monitor.name}} at {{monitor.host}}: {{values.used}}"}}
        expected = {"exp_labels": {"severity": "warning", "monitor": "box", "app": "disks", "set": "disk", "mount": "/data", "site": "lab"},
                    "exp_annotations": {"summary": "/data of box at 127.0.0.1: 95.5"}}
        labels = 'monitor="box",app="disks",set="disk",label_site="lab",host="127.0.0.1"'
        self.write("rules.json", json.dumps([rule]))
        self.write("tests.json", json.dumps({"rule_files": ["rules.json"], "tests": [{
            "input_series": [{"series": f'used{{{labels},mount="{mount}"}}', "values": value} for mount, value in (("/data", "95.5"), ("/tmp", "99"), ("/", "10"))],
            "alert_rule_test": [{"eval_time": "0s", "alertname": "Full", "exp_alerts": [expected]}]}]}))
        done = self.command("test", "rules", "tests.json", **definitions)
        self.assertEqual((done.returncode, done.stdout), (0, "1 passed, 0 failed\n"), done.stderr)

        monitors = f"""\
            monitors:
              - {{name: box, app: disks, interval: 1s, params: {{host: 127.0.0.1, port: {self.listen(Disks)}}}, labels: {{site: lab}}}}
            """
        server = Server(monitors, **definitions)
        self.addCleanup(server.close)
        request = server.request("/api/v1/alerts/rules", data=json.dumps(rule).encode(), method="POST", Content_Type="application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.assertEqual(answer.status, 201)

        def incidents():
            return [row for row in server.get("/api/v1/incidents")["incidents"] if row["rule"] == "Full"]

        found = wait_until(incidents, 20, server.messages)
        self.assertEqual(len(found), 1, found)
        self.assertEqual(found[0]["labels"], expected["exp_labels"] | {"alertname": "Full"})
        self.assertEqual(found[0]["annotations"]["summary"], expected["exp_annotations"]["summary"])


class ImportRules(Base):
    def setUp(self):
        super().setUp()
        self.write("rules.yml", GROUPS)

    def serve(self, **settings):
        server = Server("monitors: []\n", **settings)
        self.addCleanup(server.close)
        return server

    def send(self, server, *arguments, file="rules.yml"):
        return self.command("import", "prometheus-rules", file, "--server", server.url, *arguments, HOLTER_TOKEN=server.token)

    @staticmethod
    def rules(server):
        return {row["name"]: row for row in server.get("/api/v1/alerts/rules?limit=1000")["documents"] if not row["built_in"]}

    def test_documents_and_a_report_of_what_was_not_taken(self):
        done = self.command("import", "prometheus-rules", "rules.yml")
        self.assertEqual(done.returncode, 3, done.stderr)
        for line in ("rules.yml:6: groups[0].rules[0] 'job:up:sum': not taken: it is a recording rule; use its expression where its series is used",
                     "'{{ $value | humanize }}' is kept as text",
                     "rules.yml:16: rule 'DiskFull': labels.severity not taken: 'page' is none of info, warning, critical, emergency; it is warning",
                     "rule 'DiskFull': labels.app not taken: ",
                     "3 items = 2 taken + 1 not taken; 3 settings not taken"):
            self.assertIn(line, done.stderr)
        down, full = yaml.safe_load(done.stdout)
        self.assertEqual(down, {"name": "HostDown", "spec": {
            "kind": "periodic", "source": "promql", "query": 'up{job="node"} == 0', "interval": "10s", "severity": "critical",
            "labels": {"team": "ops"}, "annotations": {"summary": "{{labels.instance}} is down", "description": "{ $value | humanize } of {{labels.job}}"}}})
        self.assertEqual(full["spec"], {
            "kind": "periodic", "source": "promql", "interval": "1m", "for": "1h30m", "keep_firing_for": "10m", "severity": "warning", "labels": {"exported_app": "storage"},
            "query": 'node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"}\n  / node_filesystem_size_bytes < 0.1'})
        done = self.command("import", "prometheus-rules", "rules.yml", "--format", "json", "-o", "out.json", "--interval", "5m")
        self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
        first, second = json.loads((self.directory.path / "out.json").read_text(encoding="utf-8"))
        self.assertEqual(first["spec"], down["spec"])
        self.assertEqual(second["spec"]["interval"], "5m")
        self.assertEqual(self.command("import", "prometheus-rules", "rules.yml", "-o", "out.json").returncode, 1)

    def test_wrong_files_and_wrong_use(self):
        self.write("bad.yml", "groups: [\n")
        done = self.command("import", "prometheus-rules", "rules.yml", "bad.yml")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("bad.yml:", done.stderr)
        for wrong in ((), ("rules.yml", "--apply", "--dry-run"), ("rules.yml", "--apply", "-o", "x"), ("rules.yml", "--interval", "1s")):
            self.assertEqual(self.command("import", "prometheus-rules", *wrong).returncode, 2, wrong)
        done = self.command("import", "prometheus-rules", "--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("alerts.prometheus_url", done.stdout)
        done = self.command("import", "prometheus-rules", "rules.yml", "--apply", "--server", "127.0.0.1:1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is `holter serve` running there?", done.stderr)

    def test_a_server_without_a_store_refuses_and_its_message_is_shown(self):
        server = self.serve()
        for how in ("--dry-run", "--apply"):
            done = self.send(server, how)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("rule 'HostDown':", done.stderr)
            self.assertIn("alerts.prometheus_url", done.stderr)
            self.assertIn("nothing was stored", done.stderr)
        self.assertEqual(self.rules(server), {})

    def test_apply_stores_them_changes_what_differs_and_they_fire(self):
        server = self.serve(HOLTER_ALERTS_PROMETHEUS_URL=f"http://127.0.0.1:{self.listen(Store)}")
        done = self.send(server, "--dry-run")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(done.stdout, "  + HostDown\n  + DiskFull\nDry run: 2 to add, 0 to change, 0 as they are\n")
        self.assertEqual(self.rules(server), {})
        done = self.send(server, "--apply")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("Applied: 2 to add, 0 to change, 0 as they are", done.stdout)
        stored = self.rules(server)
        self.assertEqual(stored.keys(), {"HostDown", "DiskFull"})
        self.assertEqual(stored["HostDown"]["spec"]["query"], 'up{job="node"} == 0')
        self.assertIn("0 to add, 0 to change, 2 as they are", self.send(server, "--apply").stdout)

        self.write("changed.yml", GROUPS.replace("< 0.1", "< 0.2"))
        done = self.send(server, "--apply", file="changed.yml")
        self.assertIn("  ~ DiskFull\nApplied: 0 to add, 1 to change, 1 as they are", done.stdout, done.stderr)
        changed = self.rules(server)
        self.assertIn("< 0.2", changed["DiskFull"]["spec"]["query"])
        self.assertEqual(changed["HostDown"]["version"], stored["HostDown"]["version"])

        def incident():
            return next((row for row in server.get("/api/v1/incidents")["incidents"] if row["rule"] == "HostDown"), None)

        found = wait_until(incident, 40, server.messages)
        self.assertEqual((found["labels"]["instance"], found["labels"]["team"], found["annotations"]["summary"]), ("db:9100", "ops", "db:9100 is down"))

    def test_all_or_nothing(self):
        server = self.serve(HOLTER_ALERTS_PROMETHEUS_URL=f"http://127.0.0.1:{self.listen(Store)}")
        self.write("broken.yml", GROUPS + "      - {alert: Broken, expr: broken ==}\n")
        done = self.send(server, "--apply", file="broken.yml")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("rule 'Broken':", done.stderr)
        self.assertIn("parse error", done.stderr)
        self.assertEqual(self.rules(server), {})
        rule = {"name": "DiskFull", "spec": {"expression": "state == 'DOWN'"}}
        request = server.request("/api/v1/alerts/rules", data=json.dumps(rule).encode(), method="POST", Content_Type="application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            self.assertEqual(answer.status, 201)
        done = self.send(server, "--apply")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("cannot store the rule 'DiskFull': the server has a rule of this name that is not asked of a PromQL store", done.stderr)
        self.assertEqual(self.rules(server).keys(), {"DiskFull"})


if __name__ == "__main__":
    unittest.main()
