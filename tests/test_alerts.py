"""Alerts from the check to the receiver: incidents, notifications, silences, and the Prometheus family as peers."""
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

from alert_peers import AlertCase
from harness import PROGRAM, wait_until
from real_servers import free_port
from test_jobs import Stream


class Alerts(AlertCase):
    def test_down_is_told_once_and_so_is_its_end_also_over_a_kill(self):
        self.receiver()
        self.route()
        incident = self.wait_for_open()
        self.assertEqual(incident["labels"]["monitor"], "web")
        told = wait_until(lambda: self.recorder.bodies(), 20)
        self.assertEqual(told[0]["status"], "firing")
        self.assertIn("web", told[0]["text"])
        self.assertEqual(self.recorder.requests[0][1].get("Authorization"), "Bearer s3cret-token")
        wait_until(lambda: self.server.get("/api/v1/notifications?state=delivered")["notifications"], 20)
        self.restart(signal.SIGKILL)
        self.server.wait_for_state("web", "DOWN")
        time.sleep(4)  # two looks at the group
        self.assertEqual([row["id"] for row in self.incidents()], [incident["id"]], "still the same incident")
        self.assertEqual(len(self.recorder.bodies()), 1, "nobody is told twice")
        self.listen()
        wait_until(lambda: len(self.recorder.bodies()) == 2, 20, self.recorder.bodies)
        self.assertEqual(self.recorder.bodies()[1]["status"], "resolved")
        ended = self.incidents()[0]
        self.assertEqual((ended["open"], ended["resolution"]), (False, "recovered"))

    def test_what_fires_before_there_is_a_route_is_told_when_there_is_one(self):
        self.wait_for_open()
        self.receiver()
        self.route()
        wait_until(lambda: self.recorder.told("firing"), 20, self.incidents)

    def test_a_receiver_that_fails_is_tried_again_with_the_same_key(self):
        self.recorder.answer = 503
        self.receiver()
        self.route()
        wait_until(lambda: len(self.recorder.requests) >= 2, 30)
        self.recorder.answer = 200
        row = wait_until(lambda: next(iter(self.server.get("/api/v1/notifications?state=delivered")["notifications"]), None), 60)
        keys = {body["key"] for body in self.recorder.bodies()}
        self.assertEqual(len(keys), 1, keys)
        detail = self.server.get(f"/api/v1/notifications/{row['id']}")
        self.assertEqual([attempt["outcome"] for attempt in detail["log"]][-1], "delivered")
        self.assertIn("HTTP 503", detail["log"][0]["answer"])

    def test_a_silence_of_the_command_hides_the_notification_and_not_the_incident(self):
        self.receiver()
        command = [PROGRAM, "silence", "add", "monitor=web", "--for", "1h", "--comment", "new kernel", "-s", self.server.url, "--token-file", str(self.server.data / "local.token")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.route()
        incident = self.wait_for_open()
        time.sleep(4)
        self.assertEqual(self.recorder.requests, [])
        detail = self.server.get(f"/api/v1/incidents/{incident['id']}")
        self.assertIn("silenced", [decision["verdict"] for decision in detail["decisions"]])
        listed = subprocess.run([PROGRAM, "alerts", "-s", self.server.url, "--token-file", str(self.server.data / "local.token")], capture_output=True, text=True, timeout=20, check=True)
        self.assertRegex(listed.stdout, r"critical +MonitorDown +web .*silenced")
        listed = subprocess.run([PROGRAM, "silence", "list", "-s", self.server.url, "--token-file", str(self.server.data / "local.token")], capture_output=True, text=True, timeout=20, check=True)
        self.assertIn("catches 1", listed.stdout)

    def test_secrets_do_not_come_back_and_stay_with_their_peer(self):
        made = self.receiver()
        self.assertEqual(made["spec"]["settings"]["token"], {"set": True})
        self.assertNotIn("s3cret", json.dumps(self.server.get("/api/v1/alerts/receivers")) + json.dumps(self.ask("GET", "/api/v1/audit")[1]))
        path = f"/api/v1/alerts/receivers/{made['id']}"
        kept = {"name": "ops", "spec": {"channel": "webhook", "settings": {"url": self.recorder.url + "/hook", "token": {"set": True}}}}
        self.assertEqual(self.ask("PUT", path, kept, If_Match="*")[0], 200)
        self.assertTrue(self.ask("POST", path + "/test")[1]["delivered"])
        self.assertEqual(self.recorder.requests[-1][1].get("Authorization"), "Bearer s3cret-token")
        kept["spec"]["settings"]["url"] = self.recorder.url + "/elsewhere"
        status, problem = self.ask("PUT", path, kept, If_Match="*")
        self.assertEqual(status, 422, problem)
        self.assertIn("give the secret again", problem["detail"])

    def metrics(self):
        """Values by name and labels, as they stand in /metrics."""
        with urllib.request.urlopen(self.server.request("/metrics"), timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def test_metrics_say_what_fires_and_what_became_of_notifications(self):
        self.recorder.answer = 404  # given up at once
        self.receiver()
        self.route()
        self.wait_for_open()
        firing = 'ALERTS{alertname="MonitorDown",alertstate="firing",monitor="web",severity="critical"}'
        dead = 'holter_notifications_total{channel="webhook",outcome="dead"}'
        found = wait_until(lambda: (all_of := self.metrics()).get(dead) == 1 and all_of, 30, dead)
        self.assertEqual(found[firing], 1)
        self.assertEqual(found['holter_alerts_firing{severity="critical"}'], 1)
        self.assertEqual(found["holter_alerts_left_out"], 0)
        self.assertEqual(found["holter_incidents_open"], 1)
        self.assertEqual(found["holter_alert_lateness_seconds_count"], found['holter_alert_lateness_seconds_bucket{le="+Inf"}'])
        self.assertGreater(found["holter_alert_rule_evaluations_total"], 0)
        self.assertGreater(found["holter_alert_evaluation_seconds_count"], 0)
        stats = self.server.get("/api/v1/alerts/stats")
        self.assertEqual((stats["firing"]["critical"], stats["incidents_open"]), (1, 1))
        self.assertEqual([(channel["channel"], channel["dead"]) for channel in stats["channels"]], [("webhook", 1)])
        status, report = self.ask("POST", "/api/alerts/report/generic", {"name": "Foreign", "severity": "info", "status": "firing"})
        self.assertEqual(status, 200, report)
        taken = [source["taken"] for source in self.server.get("/api/v1/alerts/stats")["sources"]]
        self.assertEqual(taken, [1])
        self.listen()
        wait_until(lambda: firing not in self.metrics(), 20, firing)

    def test_streams_tell_of_incidents_and_dead_notifications(self):
        stream = Stream(self.server, self.server.token)
        self.addCleanup(stream.close)
        self.recorder.answer = 404
        self.receiver()
        self.route()
        incident = self.wait_for_open()

        def changes(kind="incident"):
            return [event[kind] for event in list(stream.events) if event["kind"] == kind]

        opened = wait_until(lambda: next(iter(changes()), None), 20, lambda: stream.events)
        self.assertEqual((opened["action"], opened["id"], opened["severity"]), ("opened", incident["id"], "critical"))
        self.assertEqual(opened["monitor"], self.server.monitor("web")["id"])
        self.assertEqual(opened["title"], "web is down")
        dead = wait_until(lambda: next(iter(changes("notification")), None), 30, lambda: stream.events)
        self.assertEqual((dead["receiver"], dead["channel"]), ("ops", "webhook"))
        self.assertIn("404", dead["answer"])
        self.assertEqual(self.server.get(f"/api/v1/notifications/{dead['id']}")["state"], "dead")
        path = f"/api/v1/incidents/{incident['id']}"
        for action, content in (("acknowledge", {}), ("comment", {"text": "cable pulled"}), ("resolve", {})):
            self.assertEqual(self.ask("POST", f"{path}/{action}", content)[0], 200)
        wait_until(lambda: len(changes()) >= 5, 20, lambda: stream.events)
        self.assertEqual([change["action"] for change in changes()], ["opened", "acknowledged", "commented", "resolved", "closed"])
        self.assertEqual({change["id"] for change in changes()}, {incident["id"]})
        self.assertEqual([(change["who"], change["text"]) for change in changes()[2:]], [("local", "cable pulled"), ("local", ""), (None, "by hand")])

    def test_a_rule_selects_by_matchers(self):
        definition = self.server.get("/api/v1/definitions/ping")["results"][0]
        selector = {"app": "ping", "set": definition["name"], "matchers": 'monitor=~"se.*", site'}
        rule = {"name": "Matched", "spec": {"selector": selector, "expression": f"{definition['fields'][0]['field']} >= 0"}}
        status, problem = self.ask("POST", "/api/v1/alerts/rules", rule)
        self.assertEqual((status, problem["parameter"]), (422, "spec.selector.matchers"), problem)
        self.assertIn("at byte 21", problem["detail"])
        others = {"name": "Others", "spec": rule["spec"] | {"selector": selector | {"matchers": 'monitor!~"se.*"'}}}
        self.assertEqual(self.ask("POST", "/api/v1/alerts/rules", others)[0], 201)
        selector["matchers"] = 'monitor=~"se.*",site=""'
        status, made = self.ask("POST", "/api/v1/alerts/rules", rule)
        self.assertEqual(status, 201, made)
        self.assertEqual(self.wait_for_open("Matched")["labels"]["monitor"], "self")
        time.sleep(2)  # two more results
        self.assertEqual([row for row in self.incidents() if row["rule"] == "Others"], [])

    def test_a_rule_is_checked_asked_and_previewed(self):
        rule = {"name": "Slow", "spec": {"selector": {"app": "ping", "set": "ping"}, "expression": "rtt_ms_ >= 0", "severity": "warning"}}
        status, problem = self.ask("POST", "/api/v1/alerts/rules", rule)
        self.assertEqual(status, 422, problem)
        definition = self.server.get("/api/v1/definitions/ping")
        set_name, field = definition["results"][0]["name"], definition["results"][0]["fields"][0]["field"]
        rule["spec"] |= {"selector": {"app": "ping", "set": set_name}, "expression": f"{field} >= 0", "message": "{{monitor.name}} answers"}
        status, made = self.ask("POST", "/api/v1/alerts/rules", rule)
        self.assertEqual(status, 201, made)
        row = self.wait_for_open("Slow")
        self.assertEqual(row["annotations"]["summary"], "self answers")
        status, stored = self.ask("DELETE", f"/api/v1/alerts/rules/{made['id']}", If_Match="*")
        self.assertIn(status, (200, 204), stored)
        ended = wait_until(lambda: next((row for row in self.incidents() if row["rule"] == "Slow" and not row["open"]), None), 20)
        self.assertEqual(ended["resolution"], "rule gone")

    def test_a_preview_reads_history(self):
        definition = self.server.get("/api/v1/definitions/ping")["results"][0]
        set_name, field = definition["name"], definition["fields"][0]["field"]
        rule = {"name": "Slow", "spec": {"selector": {"app": "ping", "set": set_name}, "expression": f"{field} >= 0"}}
        order = {"rule": rule, "from": "-5m", "to": "now"}

        def preview():
            status, found = self.ask("POST", "/api/v1/alerts/rules/preview", order)
            self.assertEqual(status, 200, found)
            return found["incidents"] and found

        found = wait_until(preview, 30)
        self.assertEqual(found["monitors"], 1)
        self.assertGreater(found["results"], 0)
        self.assertEqual(len(found["incidents"]), 1, found)
        self.assertIn('monitor="self"', found["incidents"][0]["labels"])
        rule["spec"]["expression"] = f"{field} < 0"
        self.assertEqual(self.ask("POST", "/api/v1/alerts/rules/preview", order)[1]["incidents"], [])

    def test_texts_of_a_template_are_shown_with_an_example(self):
        status, shown = self.ask("POST", "/api/v1/alerts/templates/preview", {"name": "t", "spec": {"title": "{{status}}", "text": "{{#alerts}}{{alertname}} {{/alerts}}"}})
        self.assertEqual(status, 200, shown)
        self.assertEqual(shown["title"], "firing")
        self.assertIn("HostDown", shown["text"])

    def test_people_acknowledge_comment_and_resolve(self):
        incident = self.wait_for_open()
        path = f"/api/v1/incidents/{incident['id']}"
        status, row = self.ask("POST", path + "/acknowledge", {})
        self.assertEqual((status, row["acknowledged_by"]), (200, "local"), row)
        self.assertEqual(self.ask("POST", path + "/comment", {"text": "cable <b>pulled</b>"})[0], 200)
        self.assertEqual(self.ask("POST", path + "/resolve", {})[0], 200)
        ended = wait_until(lambda: next((row for row in self.incidents() if not row["open"]), None), 20)
        self.assertEqual(ended["resolution"], "by hand")
        kinds = [note["kind"] for note in self.server.get(path)["notes"]]
        for kind in ("opened", "acknowledged", "comment", "closed"):
            self.assertIn(kind, kinds)
        time.sleep(3)
        self.assertEqual(len(self.incidents()), 1, "it stays resolved while the state is the same")


class PrometheusFamily(AlertCase):
    """The real ones, from Debian's packages."""

    def run_peer(self, *command):
        self.assertIsNotNone(shutil.which(command[0]), f"{command[0]} is not there: install the test packages of tools/deps.tsv")
        log = open(self.scratch / (pathlib.Path(command[0]).name + ".log"), "w", encoding="utf-8")
        self.addCleanup(log.close)
        peer = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=self.scratch)
        self.addCleanup(peer.wait, 20)
        self.addCleanup(peer.terminate)

    def setUp(self):
        super().setUp()
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="holter-prom-"))
        self.addCleanup(shutil.rmtree, self.scratch, True)

    def test_prometheus_pushes_its_alerts_in(self):
        (self.scratch / "token").write_text(self.server.token, encoding="ascii")
        (self.scratch / "rules.yml").write_text('groups:\n- name: g\n  rules:\n  - alert: AlwaysOn\n    expr: vector(1)\n    labels: {severity: critical}\n    annotations: {summary: it is on}\n', encoding="ascii")
        (self.scratch / "prometheus.yml").write_text(
            "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\nalerting:\n  alertmanagers:\n  - api_version: v2\n"
            f"    authorization: {{credentials_file: {self.scratch}/token}}\n"
            f"    static_configs: [{{targets: ['{self.server.url.removeprefix('http://')}']}}]\n", encoding="ascii")
        self.run_peer("prometheus", "--rules.alert.resend-delay=1s", f"--config.file={self.scratch}/prometheus.yml", f"--storage.tsdb.path={self.scratch}/tsdb", f"--web.listen-address=127.0.0.1:{free_port()}")
        row = wait_until(lambda: next((row for row in self.incidents() if row["rule"] == "AlwaysOn"), None), 40, self.incidents)
        self.assertEqual((row["severity"], row["open"]), ("critical", True))
        self.assertEqual(row["annotations"]["summary"], "it is on")

    def test_alertmanager_receives_what_fires(self):
        port = free_port()
        (self.scratch / "am.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n", encoding="ascii")
        self.run_peer("prometheus-alertmanager", f"--config.file={self.scratch}/am.yml", f"--storage.path={self.scratch}/am", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=")
        url = f"http://127.0.0.1:{port}"

        def alerts():
            try:
                with urllib.request.urlopen(url + "/api/v2/alerts", timeout=5) as answer:
                    return json.load(answer)
            except OSError:
                return None

        wait_until(lambda: alerts() is not None, 20)
        self.receiver("alertmanager", urls=url)
        self.route()
        self.wait_for_open()
        found = wait_until(alerts, 30)
        self.assertEqual(found[0]["labels"]["alertname"], "MonitorDown")
        self.assertEqual(found[0]["labels"]["monitor"], "web")


if __name__ == "__main__":
    unittest.main()
