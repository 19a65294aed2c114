"""What pages ask for: heartbeats of many monitors, rounds of one, counts, and what could be watched of a host."""
import contextlib
import socket
import time
import unittest

from harness import Server, wait_until
from test_accounts import PASSWORD, Browser, link_of
from test_monitors_api import ask

MONITORS = """\
monitors:
  - {name: here, app: ping, interval: 200ms, folder: dc1, params: {host: 127.0.0.1}}
  - {name: closed, app: port, interval: 200ms, folder: dc2/rack1, params: {host: 127.0.0.1, port: 1}}
  - {name: outside, app: ping, interval: 200ms, params: {host: 127.0.0.2}}
"""


def listener(port=0):
    """Takes connections on loopback and says nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(16)
    return sock


def default_port_listener():
    """A listener on the default port of a definition that nobody uses here, and the definition."""
    for app, port in (("redis", 6379), ("memcached", 11211), ("mongodb", 27017), ("zookeeper", 2181), ("etcd", 2379), ("consul", 8500)):
        with contextlib.suppress(OSError):
            return app, port, listener(port)
    raise AssertionError("all of these ports are in use")


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(MONITORS)
        cls.addClassCleanup(cls.server.close)
        cls.server.wait_for_state("here", "UP")
        cls.server.wait_for_state("closed", "DOWN")

    def get(self, path):
        answer = ask(self.server, "GET", path)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json


class HistoryTest(WithServer):
    def heartbeats(self, *names, query="from=-5m&buckets=30"):
        ids = ",".join(self.server.monitor(name)["id"] for name in names)
        return self.get(f"/api/v1/monitors/heartbeats?ids={ids}&{query}")

    def wait_for_history(self):
        """Until rounds of both have reached the disk."""
        wait_until(lambda: all(row["buckets"] for row in self.heartbeats("here", "closed")["monitors"]), 30, "no heartbeats")

    def test_heartbeats_tell_how_the_checks_of_several_monitors_went(self):
        self.wait_for_history()
        answer = self.heartbeats("closed", "here")
        self.assertEqual(answer["step_ms"], 10_000)
        closed, here = answer["monitors"]
        self.assertEqual([closed["id"], here["id"]], [self.server.monitor(name)["id"] for name in ("closed", "here")])
        for bucket in closed["buckets"]:
            self.assertGreater(bucket["total"], 0)
            self.assertEqual(bucket["failed"], bucket["total"])
            self.assertEqual(bucket["code"], "unconnectable")
            self.assertIn("refused", bucket["message"].lower())
        for bucket in here["buckets"]:
            self.assertEqual((bucket["failed"], bucket["code"], bucket["message"]), (0, "success", ""))
            self.assertGreaterEqual(bucket["avg_duration_ms"], 0)
        self.assertLessEqual(len(here["buckets"]), 30)
        starts = [bucket["start"] for bucket in here["buckets"]]
        self.assertEqual(starts, sorted(starts))

    def test_what_is_not_there_is_left_out_and_bad_questions_are_refused(self):
        here = self.server.monitor("here")["id"]
        answer = self.get(f"/api/v1/monitors/heartbeats?ids=00000000000000ff,{here}")
        self.assertEqual([row["id"] for row in answer["monitors"]], [here])
        for query in ("", "ids=x", f"ids={here}&buckets=121", f"ids={here}&from=-1h&to=-2h", "ids=" + ",".join(f"{i:016x}" for i in range(65))):
            self.assertEqual(ask(self.server, "GET", f"/api/v1/monitors/heartbeats?{query}").status, 400, query)

    def test_rounds_are_paged_without_gaps_or_repeats(self):
        self.wait_for_history()
        path = f"/api/v1/monitors/{self.server.monitor('closed')['id']}/rounds"
        wait_until(lambda: len(self.get(f"{path}?from=-1h&to={time.time() - 8:.3f}&limit=500")["rounds"]) > 7, 30, "too few rounds")
        end = time.time() - 8  # what is older has been stored
        whole = self.get(f"{path}?from={end - 30:.3f}&to={end:.3f}&limit=500")
        self.assertGreater(len(whole["rounds"]), 7)
        times = [row["time"] for row in whole["rounds"]]
        self.assertEqual(times, sorted(times, reverse=True))
        for row in whole["rounds"]:
            self.assertEqual((row["set"], row["code"]), ("summary", "unconnectable"))
            self.assertIn("refused", row["message"].lower())
        pages, cursor = [], ""
        while True:
            page = self.get(f"{path}?from={end - 30:.3f}&to={end:.3f}&limit=3{cursor}")
            pages += page["rounds"]
            if page["next_cursor"] is None:
                break
            self.assertEqual(len(page["rounds"]), 3)
            cursor = f"&cursor={page['next_cursor']}"
        self.assertEqual(pages, whole["rounds"])
        self.assertEqual(ask(self.server, "GET", "/api/v1/monitors/00000000000000ff/rounds").status, 404)


class OverviewTest(WithServer):
    def test_the_summary_counts_by_application_and_folder(self):
        self.server.wait_for_state("outside", "UP")
        summary = self.get("/api/v1/summary")
        self.assertEqual(summary["worst"], "DOWN")
        self.assertEqual({row["app"]: (row["monitors"], row["worst"]) for row in summary["apps"]}, {"ping": (2, "UP"), "port": (1, "DOWN")})
        self.assertEqual({row["path"]: (row["monitors"], row["worst"]) for row in summary["folders"]}, {"dc1": (1, "UP"), "dc2": (1, "DOWN")})
        self.assertFalse(summary["cut"])
        folders = {row["path"]: row["worst"] for row in self.get("/api/v1/folders")["folders"]}
        self.assertEqual(folders, {"": "DOWN", "dc1": "UP", "dc2": "DOWN", "dc2/rack1": "DOWN"})

    def test_lists_are_sorted_by_application_and_folder_over_pages(self):
        def names(query):
            found, cursor = [], ""
            while cursor is not None:
                page = self.get(f"/api/v1/monitors?limit=1&{query}{cursor}")
                found += [row["name"] for row in page["monitors"]]
                cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
            return found

        self.assertEqual(names("sort=app"), ["here", "outside", "closed"])
        self.assertEqual(names("sort=app&order=desc"), ["closed", "here", "outside"])
        self.assertEqual(names("sort=folder"), ["outside", "here", "closed"])
        self.assertEqual(names("sort=folder&order=desc"), ["closed", "here", "outside"])


class FolderViewerTest(unittest.TestCase):
    def test_who_sees_one_folder_gets_what_is_in_it(self):
        server = Server(MONITORS)
        self.addCleanup(server.close)
        root = Browser(server)
        self.assertEqual(root.send("POST", "/api/v1/setup", {"token": link_of(server), "name": "root", "password": PASSWORD})[0], 201)
        root.log_in()
        self.assertEqual(root.send("POST", "/api/v1/folders", {"path": "dc1"})[0], 201)
        self.assertEqual(root.send("POST", "/api/v1/accounts", {"name": "eve", "role": "none", "password": PASSWORD})[0], 201)
        self.assertEqual(root.send("PUT", "/api/v1/accounts/eve/grants", {"folder": "dc1", "role": "viewer"})[0], 200)
        eve = Browser(server)
        eve.log_in("eve")
        here, closed = (server.monitor(name)["id"] for name in ("here", "closed"))
        status, summary = eve.send("GET", "/api/v1/summary")
        self.assertEqual(status, 200, summary)
        self.assertEqual((summary["monitors"], [row["path"] for row in summary["folders"]]), (1, ["dc1"]))
        self.assertEqual((summary["memory"], summary["history"]), (None, None))
        status, beats = eve.send("GET", f"/api/v1/monitors/heartbeats?ids={closed},{here}")
        self.assertEqual((status, [row["id"] for row in beats["monitors"]]), (200, [here]))
        self.assertEqual(eve.send("GET", f"/api/v1/monitors/{closed}/rounds")[0], 404)
        self.assertEqual(eve.send("GET", f"/api/v1/monitors/{here}/rounds")[0], 200)
        self.assertEqual(eve.send("POST", "/api/v1/monitors/suggest", {"text": "127.0.0.1"})[0], 403)


class SuggestTest(WithServer):
    def suggest(self, text):
        """Waits for its turn: there is a second between two scans of an account."""
        answer = None

        def done():
            nonlocal answer
            answer = ask(self.server, "POST", "/api/v1/monitors/suggest", {"text": text})
            return answer.status != 429

        wait_until(done, 20, "no turn")
        return answer

    def found(self, text):
        answer = self.suggest(text)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def test_a_port_that_listens_is_offered_and_can_be_made_a_monitor_as_it_is(self):
        with listener() as sock:
            port = sock.getsockname()[1]
            report = self.found(f"127.0.0.1:{port}")
            self.assertEqual((report["kind"], report["host"], report["address"]), ("endpoint", "127.0.0.1", "127.0.0.1"))
            offered = {one["app"]: one for one in report["suggestions"]}
            self.assertEqual((offered["port"]["reachable"], offered["port"]["port"]), (True, port))
            self.assertGreater(offered["port"]["duration_ms"], 0)
            self.assertTrue(offered["ping"]["reachable"])
            fields = {name: offered["port"][name] for name in ("name", "app", "params")} | {"interval": "200ms"}
            self.assertEqual(ask(self.server, "POST", "/api/v1/monitors", fields).status, 201)
            self.server.wait_for_state(fields["name"], "UP")
        closed = self.found(f"127.0.0.1:{port}")
        self.assertFalse({one["app"]: one["reachable"] for one in closed["suggestions"]}["port"])

    def test_a_host_is_offered_what_listens_on_the_default_port_of_a_definition(self):
        app, port, sock = default_port_listener()
        with sock:
            before = time.monotonic()
            report = self.found("127.0.0.1")
            self.assertLess(time.monotonic() - before, 25)
            self.assertLess(report["duration_ms"], 10_000)
        self.assertEqual(report["suggestions"][0]["app"], "ping")
        one = next(one for one in report["suggestions"] if one["app"] == app)
        self.assertEqual((one["port"], one["reason"], one["reachable"]), (port, "default_port", True))
        self.assertEqual(one["params"], {"host": "127.0.0.1"})
        self.assertTrue(all(one["reachable"] for one in report["suggestions"]))

    def test_a_url_is_offered_as_website_with_its_path(self):
        with listener() as sock:
            port = sock.getsockname()[1]
            report = self.found(f"http://127.0.0.1:{port}/health?x=1#top")
        website = report["suggestions"][0]
        self.assertEqual((report["kind"], website["app"], website["reason"], website["reachable"]), ("url", "website", "url", True))
        self.assertEqual(website["params"], {"host": "127.0.0.1", "port": str(port), "uri": "/health?x=1"})

    def test_a_network_is_offered_a_ping_for_each_address_that_answers(self):
        report = self.found("127.0.0.0/29")
        self.assertEqual((report["kind"], report["host"]), ("network", None))
        self.assertEqual([one["params"]["host"] for one in report["suggestions"]], [f"127.0.0.{i}" for i in range(1, 7)])
        self.assertEqual({(one["app"], one["reason"]) for one in report["suggestions"]}, {("ping", "network")})
        self.assertFalse(report["truncated"])

    def test_holters_own_port_is_not_asked(self):
        port = int(self.server.url.rsplit(":", 1)[1])
        report = self.found(f"127.0.0.1:{port}")
        self.assertEqual([row["what"] for row in report["skipped"]], [f"port {port}"])
        self.assertIn("network.forbidden", report["skipped"][0]["reason"])
        self.assertFalse({one["app"]: one["reachable"] for one in report["suggestions"]}["port"])
        self.assertEqual(self.suggest("169.254.169.254").status, 422)

    def test_texts_that_are_none_are_refused_with_what_to_write(self):
        for text in ("two words", "127.0.0.0/8", "https://root:secret@127.0.0.1/", "127.0.0.1:0", "\x00", "x" * 300):
            answer = self.suggest(text)
            self.assertEqual((answer.status, answer.json["parameter"]), (400, "text"), answer.text)
            self.assertNotIn("secret", answer.text)

    def test_one_scan_follows_another_only_after_a_pause(self):
        self.found("127.0.0.1:1")
        answer = ask(self.server, "POST", "/api/v1/monitors/suggest", {"text": "127.0.0.1:1"})
        self.assertEqual(answer.status, 429, answer.text)
        self.assertEqual(answer.headers["Retry-After"], "1")


if __name__ == "__main__":
    unittest.main()
