"""What happens to alerts when something breaks on their way: receivers and mail servers that fail in every way, kills, a storm, a full disk."""
import os
import pathlib
import signal
import time
import unittest

from alert_peers import AlertCase, Answer, MailServer, Recorder, Target
from harness import wait_until
from moved_clock import MovedClock
from real_servers import free_port


QUEUES = """\
category: custom
app: queues
name: {en-US: Queues, zh-CN: 队列}
params:
  - {field: host, name: {en-US: Host, zh-CN: 主机}, type: host, required: true}
  - {field: port, name: {en-US: Port, zh-CN: 端口}, type: number, range: '[1,65535]', required: true}
metrics:
  - name: queues
    priority: 0
    protocol: http
    http: {host: ^_^host^_^, port: ^_^port^_^, url: /queues, parseType: jsonPath, parseScript: '$[*]'}
    fields:
      - {field: name, type: 1, label: true}
      - {field: waiting, type: 0}
"""


class Receivers(AlertCase):
    """Two receivers of the same alerts: "ops", which fails, and "desk", which is well. Each monitor is a group."""

    MONITORS = AlertCase.MONITORS + "  - {{name: shop, app: port, interval: 1s, params: {{host: 127.0.0.2, port: {port}}}}}\n"

    def setUp(self):
        self.clock = self.peer(MovedClock())
        super().setUp()
        self.desk = self.peer(Recorder())

    def start(self, directory=None, **settings):
        super().start(directory, **self.clock.settings, **settings)

    def tell_both(self, url=None):
        """Of web, which goes down now, and of shop, which does when its target is closed."""
        web, self.shop = self.peer(Target(self.port)), self.peer(Target(self.port, ["127.0.0.2"]))
        self.server.wait_for_state("web", "UP")
        self.server.wait_for_state("shop", "UP")
        self.receiver(url=url or self.recorder.url + "/hook")
        self.receiver(name="desk", url=self.desk.url)
        self.route(receivers=["ops", "desk"], group_by=["monitor"], group_wait="0s", group_interval="1s")
        web.close()

    def test_away_for_an_hour_it_is_told_once_when_it_is_back_and_nobody_else_waits(self):
        port = free_port()
        self.tell_both(f"http://127.0.0.1:{port}/hook")
        wait_until(lambda: self.desk.told("firing"), 20)
        row = self.wait_for_notification("queued", attempts=3)
        self.assertRegex(row["answer"], "(?i)refused")
        self.assertEqual([line["outcome"] for line in row["log"]], ["retry"] * len(row["log"]))
        self.assertGreaterEqual(len(row["log"]), 2)
        self.assertIsNotNone(row["next"])
        self.clock.move(3600)
        self.shop.close()
        before = time.monotonic()
        wait_until(lambda: len(self.desk.told("firing")) == 2, 10, self.desk.bodies)
        self.assertLess(time.monotonic() - before, 8)
        later = self.wait_for_notification("queued", attempts=row["attempts"] + 1)
        self.assertEqual(later["id"], row["id"], "it waits as it did")
        self.clock.move(3600 + 601)  # the longest time between two attempts
        back = self.peer(Recorder(port))
        self.listen()  # news of web wake the receiver up
        wait_until(lambda: back.told("firing") and back.told("resolved"), 40, back.bodies)
        self.assertEqual((back.needless(), self.desk.needless()), ([], []))
        row = self.server.get(f"/api/v1/notifications/{row['id']}")
        self.assertEqual((row["state"], row["log"][-1]["outcome"]), ("delivered", "delivered"))
        self.assertEqual(len([body for body in back.bodies() if body["key"] == back.bodies()[0]["key"]]), 1, "once")
        self.assertEqual(self.server.get("/api/v1/notifications?state=dead")["notifications"], [])

    def test_an_error_is_tried_again_and_retry_after_is_waited_for(self):
        self.recorder.script.extend([500, Answer(429, {"Retry-After": "4"}, "too many")])
        self.tell_both()
        wait_until(lambda: len(self.recorder.requests) >= 3, 20, self.recorder.bodies)
        first, second, third = self.recorder.requests[:3]
        self.assertEqual({request.body["key"] for request in (first, second, third)}, {first.body["key"]})
        self.assertLess(second.at - first.at, 3, "the first pause is at most a second")
        self.assertGreaterEqual(third.at - second.at, 4)
        self.assertLess(third.at - second.at, 6)
        row = self.wait_for_notification("delivered")
        self.assertEqual([line["answer"] for line in row["log"]], ["HTTP 500", "HTTP 429: too many", "HTTP 200"])
        self.assertEqual(len(self.desk.requests), 1, "the other one was told at once, and once")
        self.assertLess(self.desk.requests[0].at - first.at, 1)

    def test_a_refusal_ends_it_at_once_and_it_can_be_sent_again(self):
        self.recorder.answer = Answer(400, text="no such channel")
        self.tell_both()
        row = self.wait_for_notification("dead")
        self.assertEqual((row["attempts"], row["next"], row["answer"]), (1, None, "HTTP 400: no such channel"))
        self.assertEqual([line["outcome"] for line in row["log"]], ["gave up"])
        self.assertIn(row["id"], [each["id"] for each in self.server.get("/api/v1/notifications?state=dead")["notifications"]])
        self.assertEqual(len(self.recorder.requests), 1)
        self.recorder.answer = 200
        status, told = self.ask("POST", f"/api/v1/notifications/{row['id']}/resend")
        self.assertEqual(status, 200, told)
        self.wait_for_notification("delivered")
        self.assertEqual([body["key"] for body in self.recorder.bodies()], [self.recorder.bodies()[0]["key"]] * 2)
        self.assertEqual(self.ask("POST", f"/api/v1/notifications/{row['id']}/resend")[0], 409, "it has arrived")

    def test_one_that_hangs_has_its_time_limit_and_nobody_else_waits(self):
        self.recorder.script.append(Answer(hold=True))
        self.tell_both()
        began = wait_until(lambda: self.recorder.requests, 20)[0].at
        wait_until(lambda: self.desk.requests, 5)
        self.assertLess(abs(self.desk.requests[0].at - began), 1)
        self.shop.close()
        row = wait_until(lambda: next((row for row in self.notifications("&receiver=desk") if "shop" in row["title"]), None), 10)
        wait_until(lambda: len(self.desk.told("firing")) == 2, 1.5, self.desk.bodies)
        self.assertEqual(len(self.recorder.requests), 1, "the first one hangs still")
        self.assertTrue(row["created"])
        row = self.wait_for_notification("queued", attempts=1, seconds=5)
        self.assertEqual(row["log"], [], "no end yet")
        row = wait_until(lambda: next((row for row in self.notifications("&receiver=ops") if row["log"]), None), 40)
        self.assertRegex(row["log"][0]["answer"], "(?i)tim|in time")
        self.assertLess(row["log"][0]["duration_ms"], 33_000)
        again = self.recorder.requests[0].body["key"]
        wait_until(lambda: [body["key"] for body in self.recorder.bodies()].count(again) == 2, 20, self.recorder.bodies)
        self.wait_for_notification("delivered", attempts=2)

    def test_one_that_resets_the_connection_with_the_body_read_gets_the_same_key_again(self):
        self.recorder.script.append(Answer(reset=True))
        self.tell_both()
        row = self.wait_for_notification("delivered")
        first, second = self.recorder.requests
        self.assertEqual(first.headers["Idempotency-Key"], second.headers["Idempotency-Key"])
        self.assertEqual(first.headers["Idempotency-Key"], first.body["key"])
        self.assertEqual(first.body, second.body)
        self.assertEqual([line["outcome"] for line in row["log"]], ["retry", "delivered"])
        self.assertTrue(row["log"][0]["answer"])


class Mail(AlertCase):
    def tell(self, mail, to="ann@example.org", security="none"):
        self.receiver("email", host="127.0.0.1", port=str(mail.port), security=security, **{"from": "holter@example.org"}, to=to)
        self.route()

    def test_greylisted_mail_is_sent_again_and_arrives_once(self):
        asked = []

        def greylist(line):
            if line.startswith("RCPT") and not asked:
                return asked.append(line) or "451 4.7.1 greylisted, come back later"
            return None

        mail = self.peer(MailServer(greylist))
        self.tell(mail)
        row = self.wait_for_notification("delivered")
        self.assertEqual(len(mail.mails), 1)
        sender, recipients, text = mail.mails[0]
        self.assertEqual((sender, recipients), ("holter@example.org", ["ann@example.org"]))
        self.assertIn("Message-ID:", text)
        self.assertEqual([line["outcome"] for line in row["log"]], ["retry", "delivered"])
        self.assertIn("451: 4.7.1 greylisted", row["log"][0]["answer"])

    def test_a_refused_recipient_is_named_and_the_other_gets_the_mail(self):
        mail = self.peer(MailServer(lambda line: "550 5.1.1 no such user" if line.startswith("RCPT TO:<bob@") else None))
        self.tell(mail, "bob@example.org, ann@example.org")
        row = self.wait_for_notification("delivered")
        self.assertEqual([recipients for _, recipients, _ in mail.mails], [["ann@example.org"]])
        self.assertEqual(row["attempts"], 1)
        self.assertIn("bob@example.org: SMTP 550: 5.1.1 no such user", row["answer"])
        self.assertIn("SMTP 250: taken", row["answer"])

    def test_mail_that_nobody_may_read_on_its_way_does_not_go_where_starttls_is_not_offered(self):
        mail = self.peer(MailServer())
        self.tell(mail, security="starttls")
        row = self.wait_for_notification("queued", attempts=2)
        self.assertIn("the server offers no STARTTLS", row["answer"])
        self.assertEqual({command.split()[0] for command in mail.commands} - {"EHLO", "QUIT"}, set(), "nothing was said in clear")
        self.assertEqual(mail.mails, [])


class Kills(AlertCase):
    def test_killed_between_sending_and_acknowledgement_it_is_sent_twice_at_most_with_one_key(self):
        self.recorder.script.append(Answer(hold=True))
        self.receiver()
        self.route()
        wait_until(lambda: self.recorder.requests, 20)
        self.restart(signal.SIGKILL)
        self.recorder.release()
        row = self.wait_for_notification("delivered")
        self.server.wait_for_state("web", "DOWN")
        self.assertEqual(row["attempts"], 2)
        time.sleep(3)  # a look at the group
        self.assertEqual([body["key"] for body in self.recorder.bodies()], [self.recorder.bodies()[0]["key"]] * 2)
        self.assertEqual(len(self.notifications()), 1)

    def test_a_rule_of_ones_own_fires_on_after_a_restart_that_took_longer_than_its_data_last(self):
        self.receiver()
        self.route()
        definition = self.server.get("/api/v1/definitions/ping")["results"][0]
        expression = f"{definition['fields'][0]['field']} >= 0"
        for choice in ("ok", "alert"):
            self.make("/api/v1/alerts/rules", {"name": f"Rule-{choice}", "spec": {"selector": {"app": "ping", "set": definition["name"]}, "expression": expression,
                                                                                  "no_data": choice, "no_data_after": "2s"}})
        before = {row["id"] for row in (self.wait_for_open("Rule-ok"), self.wait_for_open("Rule-alert"), self.wait_for_open())}
        wait_until(lambda: len(self.recorder.told("firing")) == 3, 20, self.recorder.bodies)
        wait_until(lambda: not self.notifications("&state=queued"), 10)
        self.server.stop(signal.SIGKILL)
        self.server.close(keep=True)
        time.sleep(3)
        self.start(self.server.directory)
        self.server.wait_for_state("self", "UP")
        time.sleep(3)
        self.assertEqual({row["id"] for row in self.incidents()}, before, self.incidents())
        self.assertEqual({row["open"] for row in self.incidents()}, {True})
        self.assertEqual((len(self.recorder.requests), self.recorder.needless(), self.recorder.told("resolved")), (3, [], set()))


class Storm(AlertCase):
    HOSTS = [f"127.0.{i // 200}.{2 + i % 200}" for i in range(320)]
    MONITORS = "monitors:\n" + "".join(f"  - {{{{name: m{i}, app: port, interval: 2s, params: {{{{host: {host}, port: {{port}}}}}}, labels: {{{{rack: r{i % 8}}}}}}}}}\n"
                                       for i, host in enumerate(HOSTS))

    def start(self, directory=None, **settings):
        if directory is None:
            self.targets = self.peer(Target(self.port, self.HOSTS))
        super().start(directory, **settings)

    def test_killed_in_the_middle_of_it_each_incident_is_told_and_ends_once(self):
        everybody = {f"m{i}" for i in range(len(self.HOSTS))}
        wait_until(lambda: self.server.get("/api/v1/summary")["states"]["UP"] == len(everybody), 30)
        self.receiver(rate=600)
        self.route(group_by=["rack"], group_wait="0s", group_interval="1s")
        self.recorder.answer = Answer(pause=0.2)
        self.targets.close()
        wait_until(lambda: len(self.recorder.requests) >= 4, 20)
        self.restart(signal.SIGKILL)
        before = len(self.recorder.requests)
        self.recorder.answer = 200
        wait_until(lambda: {monitor for monitor, *_ in self.recorder.told("firing")} == everybody, 40, lambda: f"{len(self.recorder.told('firing'))} told, {before} before the kill")
        rows = self.incidents("?open=true&limit=1000")
        self.assertEqual(sorted(row["labels"]["monitor"] for row in rows), sorted(everybody), "each is open, and none twice")
        self.assertLess(len(self.recorder.requests), 100, "they are told in groups")
        wait_until(lambda: not self.notifications("&state=queued"), 20)
        self.assertEqual(sorted(monitor for monitor, *_ in self.recorder.told("firing")), sorted(everybody), "and has one begin")
        self.peer(Target(self.port, self.HOSTS))
        wait_until(lambda: {monitor for monitor, *_ in self.recorder.told("resolved")} == everybody, 40, lambda: len(self.recorder.told("resolved")))
        rows = self.incidents()
        self.assertEqual(sorted(row["labels"]["monitor"] for row in rows), sorted(everybody))
        self.assertEqual({(row["open"], row["resolution"]) for row in rows}, {(False, "recovered")})
        self.assertEqual(self.recorder.told("resolved"), self.recorder.told("firing"))
        self.assertEqual(self.recorder.needless(), [], "each message has something new")


class FullDisk(AlertCase):
    """The catalog, and all else that Holter keeps, is on a disk of its own, seen by it alone."""

    def start(self, directory=None, **settings):
        mount = 'mkdir -p data && mount -t tmpfs -o size=24m tmpfs data && exec "$@"'
        super().start(directory, prefix=("unshare", "-m", "sh", "-c", mount, "sh"), **settings)

    def fill(self):
        with open(self.ballast, "wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(4096)):
                    pass
            except OSError:
                pass
        # A log of the database that has room takes what is small: until that is full, too.
        wait_until(lambda: self.ask("POST", "/api/v1/monitors", {"name": f"m{time.monotonic_ns()}", "app": "ping", "paused": True, "params": {"host": "127.0.0.1"},
                                                                 "description": "x" * 1000})[0] in (500, 503), 60, "the disk is full")

    def test_what_could_not_be_written_is_made_up_for_and_nothing_is_told_twice(self):
        self.ballast = pathlib.Path(f"/proc/{self.server.process.pid}/root{self.server.data}/ballast")
        target = self.listen()
        self.server.wait_for_state("web", "UP")
        self.receiver()
        self.route()
        self.fill()
        target.close()
        down = self.server.wait_for_state("web", "DOWN")
        wait_until(lambda: "cannot write down what fires" in self.server.messages(), 20, self.server.messages)
        self.assertRegex(self.server.messages(), "cannot write down what fires: cannot .*(full|space|disk)")
        events = [(event["kind"], event["text"]) for event in self.server.get("/api/v1/events?limit=1000")["events"]]
        self.assertIn(("alert", "MonitorDown fires: web"), events)
        self.assertRegex(dict(events).get("alert.store", f"no such event: {events}"), "are not written: cannot .*(full|space|disk)")
        self.assertEqual(self.recorder.requests, [], "nothing is told whose incident is not written")
        os.remove(self.ballast)
        incident = self.wait_for_open()
        self.assertEqual(incident["labels"]["monitor"], "web")
        self.assertEqual(incident["started"][:18], down["since"][:18], "it began when it did")
        wait_until(lambda: self.recorder.told("firing"), 20)
        self.assertIn("incidents and notifications are written again", [event["text"] for event in self.server.get("/api/v1/events?limit=1000")["events"]])
        self.listen()
        wait_until(lambda: self.recorder.told("resolved"), 20)
        self.assertEqual((len(self.recorder.requests), len(self.incidents())), (2, 1))
        self.assertEqual(self.recorder.told("resolved"), self.recorder.told("firing"))


class Ends(AlertCase):
    """Whatever ends an incident is its reason, and is told."""

    MONITORS = "monitors: []\n"

    def fired(self, rule="MonitorDown", **monitor):
        """An incident of a monitor of the API, and the monitor; it was told."""
        self.receiver()
        self.route(group_wait="0s", group_interval="1s")
        made = self.make("/api/v1/monitors", {"name": "web", "app": "port", "interval": "1s", "params": {"host": "127.0.0.1", "port": str(self.port)}} | monitor)
        incident = self.wait_for_open(rule)
        wait_until(lambda: any(alert["labels"]["alertname"] == rule for body in self.recorder.bodies() for alert in body["alerts"]), 20)
        return incident, made

    def ended(self, incident, why):
        self.assertEqual(self.wait_for_end(incident), why)
        wait_until(lambda: self.recorder.told("resolved"), 20, self.recorder.bodies)
        (alert,) = self.recorder.bodies()[-1]["alerts"]
        self.assertEqual((alert["status"], alert["resolution"]), ("resolved", why))
        self.assertIn("closed", [note["kind"] for note in self.server.get(f"/api/v1/incidents/{incident['id']}")["notes"]])

    def test_a_monitor_that_is_paused(self):
        incident, made = self.fired()
        self.assertEqual(self.ask("POST", f"/api/v1/monitors/{made['id']}/pause")[0], 200)
        self.ended(incident, "paused")

    def test_a_monitor_that_is_deleted(self):
        incident, made = self.fired()
        self.assertEqual(self.ask("DELETE", f"/api/v1/monitors/{made['id']}", If_Match="*")[0], 200)
        self.ended(incident, "deleted")

    def test_a_rule_that_is_deleted(self):
        rule = self.make("/api/v1/alerts/rules", {"name": "Mine", "spec": {"expression": "state == 'DOWN'"}})
        incident, _ = self.fired("Mine")
        self.assertEqual(self.ask("DELETE", f"/api/v1/alerts/rules/{rule['id']}", If_Match="*")[0], 200)
        self.ended(incident, "rule gone")

    def test_a_row_that_has_vanished(self):
        status, stored = self.ask("PUT", "/api/v1/definitions/queues", {"text": QUEUES}, If_Match="*")
        self.assertIn(status, (200, 201), stored)
        self.make("/api/v1/alerts/rules", {"name": "Full", "spec": {"selector": {"app": "queues", "set": "queues"}, "expression": "waiting > 10"}})
        self.recorder.page = '[{"name": "mail", "waiting": 40}, {"name": "orders", "waiting": 0}]'
        port = self.recorder.url.rsplit(":", 1)[1]
        incident, _ = self.fired("Full", app="queues", params={"host": "127.0.0.1", "port": port})
        self.assertEqual(incident["labels"]["name"], "mail")
        self.recorder.page = '[{"name": "orders", "waiting": 0}]'
        self.ended(incident, "vanished")


if __name__ == "__main__":
    unittest.main()
