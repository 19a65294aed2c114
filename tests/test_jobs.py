"""Work on many monitors, told to event streams while it goes on: what comes when, to whom, and where a stream goes on."""
import http.client
import json
import threading
import unittest

from harness import ROOT, Server, wait_until
from test_accounts import Browser, link_of

MANY = 1_000
PING = (ROOT / "definitions/service/ping.yml").read_text(encoding="utf-8")
PASSWORD = "correct horse battery"


class Stream(threading.Thread):
    """Reads /api/v1/events/stream until it is closed."""

    def __init__(self, server, token, last_event_id=None):
        super().__init__(daemon=True)
        host, port = server.url.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=60)
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": str(last_event_id)} if last_event_id else {})
        self.connection.request("GET", "/api/v1/events/stream", headers=headers)
        self.answer = self.connection.getresponse()
        self.events, self.gaps = [], 0
        self.start()

    def run(self):
        try:
            for line in self.answer:
                self.gaps += line.startswith(b"event: gap")
                if line.startswith(b"data: ") and b'"missed"' not in line:
                    self.events.append(json.loads(line[6:]))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # it was closed

    def jobs(self, kind=None):
        return [event["job"] for event in list(self.events) if event["kind"] == "job" and kind in (None, event["job"]["kind"])]

    def wait_for_end(self, kind):
        return wait_until(lambda: (jobs := self.jobs(kind)) and jobs[-1]["state"] != "running" and jobs, 40, lambda: f"the end of {kind}: {self.jobs(kind)}")

    def close(self):
        if self.connection.sock:
            self.connection.sock.close()


def monitors(prefix):
    return [{"name": f"{prefix}{i:04}", "app": "ping", "interval": "1h", "params": {"host": "127.0.0.1"}} for i in range(MANY)]


class JobsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server("monitors: []\n")
        self.addCleanup(self.server.close)
        self.root = Browser(self.server)
        self.assertEqual(self.root.send("POST", "/api/v1/setup", {"token": link_of(self.server), "name": "root", "password": PASSWORD})[0], 201)
        self.root.log_in()

    def token(self, name, role):
        """Of an account of that role; scopes are as wide as roles go."""
        self.assertEqual(self.root.send("POST", "/api/v1/accounts", {"name": name, "role": role, "password": PASSWORD})[0], 201)
        person = Browser(self.server)
        person.log_in(name)
        status, made = person.send("POST", "/api/v1/tokens", {"name": "t", "scopes": "read operate edit"})
        self.assertEqual(status, 201, made)
        return made["token"]

    def stream(self, token, last_event_id=None):
        stream = Stream(self.server, token, last_event_id)
        self.addCleanup(stream.close)
        return stream

    def post(self, path, content, token=None):
        headers = {"Authorization": f"Bearer {token}", "Cookie": ""} if token else {}
        return self.root.send("POST", path, content, **headers)

    def test_are_told_from_begin_to_end_to_editors_and_to_who_began_them(self):
        editor, viewer, operator = self.token("eva", "editor"), self.token("vic", "viewer"), self.token("olga", "operator")
        seen, unseen, own = self.stream(editor), self.stream(viewer), self.stream(operator)
        status, report = self.post("/api/v1/monitors/import", monitors("m"))
        self.assertEqual((status, report["created"]), (200, MANY), report)
        told = seen.wait_for_end("monitors.import")
        self.assertEqual({(job["id"], job["started_by"]) for job in told}, {(told[0]["id"], "root")})
        self.assertEqual([job["state"] for job in told], ["running"] * (len(told) - 1) + ["done"])
        self.assertIn(("store", MANY), [(job["phase"], job["total"]) for job in told])
        self.assertEqual((told[-1]["done"], told[-1]["total"]), (MANY, MANY))

        # An operator sees what he began himself, and nothing of others.
        status, report = self.post("/api/v1/monitors/bulk", {"action": "pause", "filter": {"app": "ping"}}, operator)
        self.assertEqual((status, report["changed"]), (200, MANY), report)
        paused = own.wait_for_end("monitors.pause")
        self.assertEqual({job["started_by"] for job in paused}, {"olga"})
        self.assertEqual(own.jobs("monitors.import"), [])
        self.assertEqual(len(seen.wait_for_end("monitors.pause")), len(paused))
        self.assertNotEqual(paused[0]["id"], told[0]["id"])

        # A dry run and a change of few say nothing.
        before = len(seen.jobs())
        self.assertEqual(self.post("/api/v1/monitors/bulk", {"action": "delete", "filter": {"app": "ping"}, "dry_run": True})[0], 200)
        self.assertEqual(self.post("/api/v1/monitors/bulk", {"action": "resume", "filter": {"text": "m00"}})[0], 200)
        self.assertEqual(self.post("/api/v1/monitors/bulk", {"action": "delete", "filter": {"app": "ping"}})[0], 200)
        seen.wait_for_end("monitors.delete")
        self.assertEqual({job["kind"] for job in seen.jobs()[before:]}, {"monitors.delete"})

        # Who takes a stream up again has what came behind the last event that he saw.
        first = next(event for event in seen.events if event["kind"] == "job")
        again = self.stream(editor, first["id"])
        wait_until(lambda: len(again.jobs()) == len(seen.jobs()) - 1, 10, lambda: f"{again.jobs()}")
        self.assertEqual((unseen.jobs(), unseen.gaps), ([], 0))

    def test_of_a_reload_say_how_many_monitors_it_touches(self):
        stream = self.stream(self.token("eva", "editor"))
        text = "monitors:\n" + "".join(f"  - {{name: f{i}, app: ping, interval: 1h, params: {{host: 127.0.0.1}}}}\n" for i in range(MANY))
        self.server.directory.write("monitors.yml", text)
        status, report = self.post("/api/v1/reload", {})
        self.assertEqual((status, report["added"]), (200, MANY), report)
        told = stream.wait_for_end("reload")
        self.assertEqual((told[-1]["state"], told[-1]["done"], told[-1]["started_by"], told[-1]["phase"]), ("done", MANY, "root", "apply"))

    def test_of_a_changed_definition_say_who_changed_it(self):
        stream = self.stream(self.token("eva", "editor"))
        self.assertEqual(self.post("/api/v1/monitors/import", monitors("m"))[0], 200)
        text = PING.replace("unit: ms", "unit: msec")
        self.assertNotEqual(text, PING)
        status, report = self.root.send("PUT", "/api/v1/definitions/ping", {"text": text}, **{"If-Match": "*"})
        self.assertEqual((status in (200, 201), report["in_force"]), (True, True), report)
        told = stream.wait_for_end("definition")
        self.assertEqual((told[-1]["state"], told[-1]["done"], told[-1]["started_by"]), ("done", MANY, "root"))
        self.assertEqual(stream.jobs("reload"), [])

    def test_of_an_import_with_a_fault_say_that_it_failed(self):
        stream = self.stream(self.token("eva", "editor"))
        status, _ = self.post("/api/v1/monitors/import", monitors("m") + [{"name": "odd", "app": "no such"}])
        self.assertEqual(status, 422)
        self.assertEqual(stream.wait_for_end("monitors.import")[-1]["state"], "failed")
        failed = [event for event in stream.events if event["kind"] == "job"][-1]
        self.assertEqual(failed["severity"], "warning")
        self.assertIn(f"cannot import: 1 of {MANY + 1} monitors have faults", failed["text"])


if __name__ == "__main__":
    unittest.main()
