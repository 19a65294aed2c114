"""Periodic rules: SQL over history and PromQL of a real Prometheus, from the rule to the incident."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run, wait_until  # noqa: E402
from test_alerts import free_port  # noqa: E402

CANARY = "canary-of-the-promql-server"
FALSE_SQL = "SELECT monitor, count(*) AS value FROM samples('10m') GROUP BY monitor HAVING count(*) < 0"


class Rules(unittest.TestCase):
    """A server with a monitor that is up, and the calls that the tests share."""

    def start(self, directory=None, **settings):
        monitors = None if directory else "monitors:\n  - {name: self, app: ping, interval: 1s, params: {host: 127.0.0.1}, labels: {site: lab}}\n"
        self.server = Server(monitors, directory=directory, **settings)

    def setUp(self):
        self.start()
        self.addCleanup(lambda: self.server.close())

    def ask(self, method, path, content=None, **headers):
        data = None if content is None else json.dumps(content).encode()
        request = self.server.request(path, data=data, method=method, Content_Type="application/json", **headers)
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    @staticmethod
    def rule(query, name="Query", **spec):
        return {"name": name, "spec": {"kind": "periodic", "interval": "10s", "query": query} | spec}

    def store(self, rule, expected=201):
        status, made = self.ask("POST", "/api/v1/alerts/rules", rule)
        self.assertEqual(status, expected, made)
        return made

    def change(self, made, rule):
        status, stored = self.ask("PUT", f"/api/v1/alerts/rules/{made['id']}", rule, If_Match="*")
        self.assertEqual(status, 200, stored)

    def status_of(self, made):
        return self.server.get(f"/api/v1/alerts/rules/{made['id']}")["status"]

    def incidents(self, rule="Query"):
        return [row for row in self.server.get("/api/v1/incidents")["incidents"] if row["rule"] == rule]

    def wait_for_open(self, rule="Query", seconds=40):
        return wait_until(lambda: next((row for row in self.incidents(rule) if row["open"]), None), seconds, lambda: self.incidents(rule))


class Sql(Rules):
    def wait_for_samples(self):
        wait_until(lambda: self.server.points("self"), 30, "no history")

    def test_a_row_about_a_monitor_fires_as_an_alert_of_it(self):
        self.wait_for_samples()
        made = self.store(self.rule("SELECT monitor, count(*) AS value FROM samples('15s') GROUP BY monitor HAVING count(*) > 0", message="{{labels.monitor}} has {{values.value}} samples"))
        incident = self.wait_for_open()
        self.assertEqual(incident["labels"]["monitor"], "self")
        self.assertEqual(incident["labels"]["app"], "ping")
        self.assertEqual(incident["labels"]["site"], "lab", "a row about a monitor has its labels")
        self.assertRegex(incident["annotations"]["summary"], r"^self has \d+ samples$")
        self.assertRegex(incident["evidence"], r"^value=\d+$")
        status = self.status_of(made)
        self.assertEqual((status["firing"], status["rows"], status["failures"]), (1, 1, 0), status)
        self.assertGreater(status["evaluations"], 0)
        self.change(made, self.rule(FALSE_SQL))
        ended = wait_until(lambda: next((row for row in self.incidents() if not row["open"]), None), 30, self.incidents)
        self.assertEqual(ended["resolution"], "rule gone", "another question is another rule")

    def test_an_alert_ends_when_its_row_is_gone_from_the_answer(self):
        self.wait_for_samples()
        # The row is there while there are young samples, and is about no monitor: nothing but its absence ends the alert.
        self.store(self.rule("SELECT 'probe' AS what, count(*) AS value FROM samples('15s') HAVING count(*) > 0"))
        incident = self.wait_for_open()
        self.assertEqual(incident["labels"]["what"], "probe")
        (self.server.directory.path / "monitors.yml").write_text("monitors: []\n", encoding="utf-8")
        self.server.process.send_signal(signal.SIGHUP)
        ended = wait_until(lambda: next((row for row in self.incidents() if not row["open"]), None), 60, self.incidents)
        self.assertEqual((ended["id"], ended["resolution"]), (incident["id"], "recovered"))

    def test_what_is_wrong_with_a_query_is_refused_with_its_place(self):
        for query, part in (("SELECT monitor, valu FROM samples('10m')", "valu"), ("SELECT * FROM nowhere", "nowhere"), ("SELEC 1", "SELEC"), ("DELETE FROM samples", "")):
            problem = self.store(self.rule(query), 422)
            self.assertEqual(problem["parameter"], "spec.query", problem)
            self.assertIn(part, problem["detail"])
        problem = self.store(self.rule("SELECT monitor, valu FROM samples('10m')"), 422)
        self.assertRegex(problem["detail"], r"\d", "a place")
        problem = self.store(self.rule("SELECT 1 AS value", interval="5s"), 422)
        self.assertIn("10 s", problem["detail"])
        problem = self.store(self.rule("SELECT 1 AS value", expression="rtt > 1"), 422)
        self.assertIn("condition in the query", problem["detail"])
        self.assertEqual([row for row in self.server.get("/api/v1/alerts/rules")["documents"] if not row["built_in"]], [])

    def test_while_history_is_away_what_fires_stays_and_the_rule_says_why(self):
        self.wait_for_samples()
        made = self.store(self.rule("SELECT 'x' AS what, 1 AS value"))
        incident = self.wait_for_open()
        child = self.server.child()
        os.kill(child, signal.SIGSTOP)  # it owes its answers, and none comes in time
        self.addCleanup(self.awake, child)
        status = wait_until(lambda: (found := self.status_of(made)).get("error") and found, 60, lambda: self.status_of(made))
        self.assertIn("error_since", status)
        self.assertGreater(status["failures"], 0)
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: self.server.child() not in (None, child), 30, "no new child")
        wait_until(lambda: "error" not in self.status_of(made), 60, lambda: self.status_of(made))
        self.assertEqual([(row["id"], row["open"]) for row in self.incidents()], [(incident["id"], True)], "nothing was resolved, and nothing fired anew")

    @staticmethod
    def awake(pid):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def test_what_fires_goes_on_over_a_kill(self):
        self.store(self.rule("SELECT 'x' AS what, 1 AS value"))
        incident = self.wait_for_open()
        self.server.stop(signal.SIGKILL)
        self.server.close(keep=True)
        self.start(self.server.directory)
        made = next(row for row in self.server.get("/api/v1/alerts/rules")["documents"] if row["name"] == "Query")
        wait_until(lambda: self.status_of(made).get("evaluations", 0) > 0, 40, lambda: self.status_of(made))
        self.assertEqual([(row["id"], row["open"]) for row in self.incidents()], [(incident["id"], True)])

    def test_a_preview_asks_as_of_each_step_of_the_past(self):
        self.wait_for_samples()
        time.sleep(12)
        order = {"rule": self.rule("SELECT monitor, count(*) AS value FROM samples('5s') GROUP BY monitor HAVING count(*) > 0"), "from": "-40s", "to": "now"}
        status, found = self.ask("POST", "/api/v1/alerts/rules/preview", order)
        self.assertEqual(status, 200, found)
        self.assertEqual((found["step_ms"], found["results"], found["monitors"], found["cut"]), (10_000, 5, 1, False), found)
        self.assertEqual(len(found["incidents"]), 1, found)
        self.assertIn('monitor="self"', found["incidents"][0]["labels"])
        status, found = self.ask("POST", "/api/v1/alerts/rules/preview", order | {"from": "-7d"})
        self.assertEqual(status, 200, found)
        self.assertLessEqual(found["results"], 200)
        self.assertGreater(found["step_ms"], 3_000_000)
        order["rule"] = self.rule("SELECT nothing FROM samples('5s')")
        status, problem = self.ask("POST", "/api/v1/alerts/rules/preview", order)
        self.assertEqual((status, problem["parameter"]), (422, "spec.query"), problem)

    def test_promql_needs_a_server(self):
        problem = self.store(self.rule("up == 0", source="promql"), 422)
        self.assertIn("alerts.prometheus_url", problem["detail"])


class Promql(Rules):
    """A real Prometheus, from Debian's package."""

    def setUp(self):
        self.assertIsNotNone(shutil.which("prometheus"), "prometheus is not there: install the test packages of tools/deps.tsv")
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="holter-promql-"))
        self.addCleanup(shutil.rmtree, self.scratch, True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (self.scratch / "prometheus.yml").write_text(f"global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: own\n  static_configs: [{{targets: ['127.0.0.1:{self.port}']}}]\n", encoding="ascii")
        self.start_prometheus()
        token = self.scratch / "token"
        token.write_text(CANARY + "\n", encoding="ascii")
        token.chmod(0o600)
        self.start(HOLTER_ALERTS_PROMETHEUS_URL=self.url, HOLTER_ALERTS_PROMETHEUS_TOKEN_FILE=str(token))
        self.addCleanup(lambda: self.server.close())

    def start_prometheus(self):
        log = open(self.scratch / "prometheus.log", "a", encoding="utf-8")
        self.addCleanup(log.close)
        self.prometheus = subprocess.Popen(["prometheus", f"--config.file={self.scratch}/prometheus.yml", f"--storage.tsdb.path={self.scratch}/tsdb", f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=subprocess.STDOUT, cwd=self.scratch)
        self.addCleanup(self.stop_prometheus, self.prometheus)

        def scraped():
            try:
                query = urllib.parse.urlencode({"query": "up"})
                with urllib.request.urlopen(f"{self.url}/api/v1/query?{query}", timeout=5) as answer:
                    return json.load(answer)["data"]["result"]
            except OSError:
                return None

        wait_until(scraped, 40, lambda: (self.scratch / "prometheus.log").read_text(encoding="utf-8"))

    @staticmethod
    def stop_prometheus(process):
        process.terminate()
        process.wait(20)

    def test_a_series_fires_with_its_labels_and_stays_while_the_server_is_away(self):
        made = self.store(self.rule("up == 1", source="promql", message="{{labels.job}} is {{values.value}}"))
        incident = self.wait_for_open()
        self.assertEqual((incident["labels"]["job"], incident["labels"]["instance"]), ("own", f"127.0.0.1:{self.port}"))
        self.assertNotIn("__name__", incident["labels"])
        self.assertEqual(incident["annotations"]["summary"], "own is 1")
        self.stop_prometheus(self.prometheus)
        status = wait_until(lambda: (found := self.status_of(made)).get("error") and found, 40, lambda: self.status_of(made))
        self.assertIn("error_since", status)
        unchecked = self.store(self.rule("vector(1)", name="Later", source="promql"))
        self.assertIn("not checked", unchecked["status"]["finding"])
        self.start_prometheus()
        wait_until(lambda: "error" not in self.status_of(made), 40, lambda: self.status_of(made))
        self.assertEqual([(row["id"], row["open"]) for row in self.incidents()], [(incident["id"], True)])
        self.wait_for_open("Later")
        status, stored = self.ask("PUT", f"/api/v1/alerts/rules/{made['id']}", self.rule("up == 1", source="promql", severity="critical", message="{{labels.job}} is {{values.value}}"), If_Match="*")
        self.assertEqual(status, 200, stored)

    def test_a_query_that_the_server_refuses_is_refused_with_its_words(self):
        problem = self.store(self.rule("up ==", source="promql"), 422)
        self.assertEqual(problem["parameter"], "spec.query", problem)
        self.assertIn("parse error", problem["detail"])
        problem = self.store(self.rule("up[5m]", source="promql"), 422)
        self.assertIn("range vector", problem["detail"])

    def test_a_preview_asks_over_a_range(self):
        time.sleep(12)
        order = {"rule": self.rule("up == 1", source="promql"), "from": "-30s", "to": "now"}
        status, found = self.ask("POST", "/api/v1/alerts/rules/preview", order)
        self.assertEqual(status, 200, found)
        self.assertEqual((found["step_ms"], found["results"]), (10_000, 4), found)
        self.assertEqual(len(found["incidents"]), 1, found)
        self.assertIn('job="own"', found["incidents"][0]["labels"])

    def test_secrets_are_shown_nowhere(self):
        made = self.store(self.rule("vector(1)", source="promql"))
        self.wait_for_open()
        texts = [self.server.messages(), json.dumps(self.server.get("/api/v1/alerts/rules")), json.dumps(self.status_of(made)), json.dumps(self.server.get("/api/v1/incidents"))]
        directory = Directory()
        self.addCleanup(directory.remove)
        directory.write("monitors.yml", "monitors: []\n")
        secret = directory.write("token", CANARY)
        os.chmod(secret, 0o600)
        done = run("config", "show", cwd=directory.path, HOLTER_DATA_DIR=str(directory.path / "data"), HOLTER_MONITORS=str(directory.path / "monitors.yml"), HOLTER_ALERTS_PROMETHEUS_URL=self.url, HOLTER_ALERTS_PROMETHEUS_TOKEN_FILE=secret)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("#prometheus_token: ***", done.stdout)
        for text in [*texts, done.stdout, done.stderr]:
            self.assertNotIn(CANARY, text)


if __name__ == "__main__":
    unittest.main()
