"""Monitors that users make through the API: kept in the catalog, run beside those of files, there again after a restart."""
import http.server
import json
import pathlib
import random
import signal
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request

from harness import Directory, Server, run, wait_until


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text
        self.json = json.loads(text) if text else None

    @property
    def etag(self):
        return self.headers.get("ETag")


def ask(server, method, path, content=None, **headers):
    """One request; problems are answers, too. `If_Match` stands for the header If-Match."""
    fields = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if content is None else json.dumps(content).encode()
    if method in ("POST", "PUT", "PATCH") and data is None:
        data = b""
    request = urllib.request.Request(server.url + path, data=data, headers=fields, method=method)
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


def ping(name, **more):
    return {"name": name, "app": "ping", "interval": "200ms", "params": {"host": "127.0.0.1"}} | more


class WebServer:
    """Answers 200 to whoever has the right password, on a port of its own."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                outer.seen.append(self.headers.get("Authorization"))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *args):  # pylint: disable=arguments-differ
                pass

        self.seen = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class WithServer(unittest.TestCase):
    MONITORS = None

    def setUp(self):
        self.directory = Directory()
        self.settings = {}
        self.server = None
        self.start()

    def start(self):
        files = {} if self.MONITORS else {"HOLTER_MONITORS": None}  # the catalog alone
        self.server = Server(self.MONITORS, self.directory, **files | self.settings)

    def restart(self, how=signal.SIGINT):
        self.server.stop(how)
        self.server.close(keep=True)
        self.start()

    def tearDown(self):
        if self.server:
            self.server.close()
        self.directory.remove()

    def ask(self, method, path, content=None, **headers):
        return ask(self.server, method, path, content, **headers)

    def create(self, content, **headers):
        answer = self.ask("POST", "/api/v1/monitors", content, **headers)
        self.assertEqual(answer.status, 201, answer.text)
        return answer


class Lifecycle(WithServer):
    MONITORS = """\
        monitors:
          - {name: of a file, app: ping, interval: 200ms, params: {host: 127.0.0.1}}
        """

    def test_a_new_monitor_runs_at_once_and_is_there_after_a_restart(self):
        answer = self.create(ping("new", description="first\nsecond", labels={"site": "lab"}, annotations={"runbook": "https://wiki.example"}))
        place = answer.headers["Location"]
        self.assertEqual(place, "/api/v1/monitors/" + answer.json["id"])
        self.assertEqual(answer.etag, '"1"')
        self.server.wait_for_state("new", "UP")
        self.server.wait_for_state("of a file", "UP")
        for how in (signal.SIGINT, signal.SIGKILL):
            self.restart(how)
            self.server.wait_for_state("new", "UP")
            again = self.ask("GET", place)
            self.assertEqual(again.etag, '"1"')
            self.assertEqual(again.json["owner"], "api")
            self.assertEqual(again.json["description"], "first\nsecond")
            self.assertEqual(again.json["annotations"], {"runbook": "https://wiki.example"})
            self.assertEqual(again.json["labels"], {"site": "lab"})

    def test_changes_are_of_a_version_and_in_force_at_once(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            closed = free.getsockname()[1]
        web = WebServer()
        self.addCleanup(web.close)
        made = self.create({"name": "port", "app": "port", "interval": "200ms", "params": {"host": "127.0.0.1", "port": closed}})
        place = made.headers["Location"]
        self.server.wait_for_state("port", "DOWN")
        self.assertEqual(self.ask("PATCH", place, {"params": {"port": web.port}}).status, 428)
        changed = self.ask("PATCH", place, {"params": {"port": web.port}}, If_Match=made.etag)
        self.assertEqual(changed.status, 200, changed.text)
        self.assertEqual(changed.etag, '"2"')
        self.server.wait_for_state("port", "UP")
        stale = self.ask("PATCH", place, {"interval": "5s"}, If_Match=made.etag)
        self.assertEqual(stale.status, 412)
        self.assertEqual(stale.json["parameter"], "If-Match")
        replaced = self.ask("PUT", place, {"name": "port", "app": "port", "params": {"host": "127.0.0.1", "port": closed}}, If_Match=changed.etag)
        self.assertEqual(replaced.status, 200, replaced.text)
        self.assertEqual(replaced.json["interval_ms"], 60000)
        self.restart()
        self.assertEqual(self.ask("GET", place).json["params"]["port"], str(closed))

    def test_pausing_resuming_cloning_and_deleting(self):
        place = self.create(ping("a")).headers["Location"]
        self.server.wait_for_state("a", "UP")
        paused = self.ask("POST", place + "/pause")
        self.assertEqual((paused.json["state"], paused.json["paused_by"]), ("PAUSED", "user"))
        self.restart()
        self.assertEqual(self.server.monitor("a")["state"], "PAUSED")
        self.assertEqual(self.ask("POST", place + "/resume").status, 200)
        self.server.wait_for_state("a", "UP")
        clone = self.ask("POST", place + "/clone", {"name": "b"})
        self.assertEqual(clone.status, 201, clone.text)
        self.server.wait_for_state("b", "UP")
        self.assertEqual(self.ask("DELETE", place).json, {"deleted": place.rsplit("/", 1)[1]})
        self.assertEqual(self.ask("GET", place).status, 404)
        self.restart()
        names = {row["name"] for row in self.server.get("/api/v1/monitors")["monitors"]}
        self.assertEqual(names, {"of a file", "b"})

    def test_monitors_of_files_are_changed_in_their_files_only(self):
        row = self.server.monitor("of a file")
        self.assertEqual(row["owner"], "file")
        place = "/api/v1/monitors/" + row["id"]
        detail = self.ask("GET", place)
        self.assertEqual(detail.json["file"], str(self.directory.path / "monitors.yml"))
        self.assertIsNone(detail.etag)
        for method, path, content in (("PATCH", place, {}), ("PUT", place, ping("x")), ("DELETE", place, None), ("POST", place + "/pause", None),
                                      ("POST", place + "/clone", None)):
            refused = self.ask(method, path, content, If_Match="*")
            self.assertEqual(refused.status, 409, refused.text)
            self.assertIn("monitors.yml", refused.json["detail"])
        taken = self.ask("POST", "/api/v1/monitors", ping("of a file"))
        self.assertEqual((taken.status, taken.json["parameter"]), (409, "name"))

    def test_what_is_wrong_is_said_by_parameter_and_not_kept(self):
        for content, parameter in (({}, "name"), (ping("x", app="pin"), "app"), (ping("x", params={}), "params.host"), (ping("x", interval="10ms"), "interval"),
                                   (ping("x", interval=60), "interval"), (ping("x", labels={"": "x"}), "labels"), (ping("x", cron="* * *"), "cron"),
                                   (ping("x", params={"host": "127.0.0.1", "hots": "x"}), "params.hots"), (ping("x", intervall="60s"), "intervall"),
                                   (ping("x", description=[]), "description"), (ping("x", params={"host": ["a"]}), "params.host"), (ping("x" * 300), "name")):
            for path in ("/api/v1/monitors", "/api/v1/monitors/check", "/api/v1/monitors/test"):
                answer = self.ask("POST", path, content)
                self.assertEqual(answer.status, 400, f"{path} {content}: {answer.text}")
                self.assertEqual(answer.json.get("parameter"), parameter, answer.text)
        self.assertEqual(self.server.get("/api/v1/monitors")["total"], 1)

    def test_a_request_sent_twice_under_one_key_makes_one_monitor(self):
        first = self.create(ping("once"), Idempotency_Key="abc")
        again = self.create(ping("once"), Idempotency_Key="abc")
        self.assertEqual(again.text, first.text)
        self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.assertEqual(self.ask("POST", "/api/v1/monitors", ping("other"), Idempotency_Key="abc").status, 422)
        self.assertEqual(self.server.get("/api/v1/monitors")["total"], 2)

    def test_a_check_answers_what_would_come_of_it(self):
        answer = self.ask("POST", "/api/v1/monitors/check", ping("x"))
        self.assertEqual((answer.status, answer.json["verdict"]), (200, "fits"), answer.text)
        self.create(ping("x"))
        self.assertEqual(self.ask("POST", "/api/v1/monitors/check", ping("x")).status, 409)

    def test_one_round_can_be_tried_before_it_is_kept(self):
        web = WebServer()
        self.addCleanup(web.close)
        good = {"name": "w", "app": "website", "params": {"host": "127.0.0.1", "port": web.port}}
        up = self.ask("POST", "/api/v1/monitors/test", good)
        self.assertEqual((up.status, up.json["state"]), (200, "UP"), up.text)
        self.assertTrue(up.json["results"][0]["rows"], up.text)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            closed = free.getsockname()[1]
        down = self.ask("POST", "/api/v1/monitors/test", good | {"params": {"host": "127.0.0.1", "port": closed}})
        self.assertEqual((down.status, down.json["state"]), (200, "DOWN"), down.text)
        self.assertTrue(down.json["results"][0]["message"], down.text)
        self.assertEqual(self.server.get("/api/v1/monitors")["total"], 1)

    def test_trials_are_bounded_in_number_and_end_with_the_server(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(16)
            slow = {"name": "w", "app": "website", "params": {"host": "127.0.0.1", "port": silent.getsockname()[1], "timeout": 20000}}
            answers = []
            threads = [threading.Thread(target=lambda: answers.append(self.try_it(slow))) for _ in range(5)]
            for thread in threads:
                thread.start()
            wait_until(lambda: 503 in answers, 10, lambda: f"{answers}")
            seconds, _ = self.server.stop()
            self.assertLess(seconds, 6)
            for thread in threads:
                thread.join(timeout=20)
            self.assertEqual(answers.count(503) + answers.count(None), 5, answers)

    def try_it(self, content):
        """The status; None where the server ended first."""
        try:
            return self.ask("POST", "/api/v1/monitors/test", content).status
        except (urllib.error.URLError, ConnectionError, OSError):
            return None

    def test_a_name_in_a_file_that_the_catalog_has_is_a_problem(self):
        self.create(ping("mine"))
        self.directory.write("monitors.yml", """\
            monitors:
              - {name: mine, app: ping, params: {host: 127.0.0.1}}
            """)
        reload = self.ask("POST", "/api/v1/reload")
        self.assertEqual(reload.status, 400, reload.text)
        self.assertIn("mine", reload.json["detail"])
        self.server.stop()
        self.server.close(keep=True)
        done = run("serve", "--quiet", HOLTER_DATA_DIR=str(self.directory.path / "data"), HOLTER_MONITORS=str(self.directory.path / "monitors.yml"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("monitor 'mine': cannot use this name", done.stderr)

    def test_a_reload_leaves_those_of_the_api_alone(self):
        place = self.create(ping("mine")).headers["Location"]
        self.server.wait_for_state("mine", "UP")
        self.directory.write("monitors.yml", "monitors: []\n")
        reload = self.ask("POST", "/api/v1/reload")
        self.assertEqual((reload.status, reload.json["removed"]), (200, 1), reload.text)
        self.assertEqual(self.ask("GET", place).json["state"], "UP")
        self.assertEqual(self.server.get("/api/v1/monitors")["total"], 1)

    def test_status_shows_who_owns_what(self):
        self.create(ping("mine"))
        done = run("status", "--server", self.server.url.removeprefix("http://"))
        self.assertRegex(done.stdout, r"mine +ping +api ")
        self.assertRegex(done.stdout, r"of a file +ping +file ")


class Bulk(WithServer):
    MONITORS = Lifecycle.MONITORS

    def names(self):
        return {row["name"] for row in self.server.get("/api/v1/monitors?limit=1000")["monitors"]}

    def test_what_is_exported_and_imported_elsewhere_is_the_same_but_for_secrets(self):
        chance = random.Random(20261130)
        for i in range(60):
            content = {"name": f"m{i} " + chance.choice(["plain", "\"quoted\"", "back\\slash", "名前", "<b>&amp;"]), "app": chance.choice(["ping", "port", "website"]),
                       "criticality": chance.choice(["critical", "normal", "low"]), "paused": chance.random() < 0.5, "description": chance.choice(["", "a\nb\t", "说明"]),
                       "labels": {f"l{n}": chance.choice(["", "x", "y z"]) for n in range(chance.randrange(4))}, "annotations": {f"a{n}": "https://wiki.example/?q=1&r=2" for n in range(chance.randrange(3))},
                       "params": {"host": chance.choice(["127.0.0.1", "localhost", "::1"])}}
            content |= chance.choice([{"interval": chance.choice(["1s", "1m30s", "2h", "1500ms"])}, {"cron": "0 0 8 * * *", "timezone": "Europe/Berlin"}, {}])
            if content["app"] != "ping":
                content["params"]["port"] = chance.randrange(1, 65536)
            if content["app"] == "website" and chance.random() < 0.5:
                content["params"] |= {"authType": "Basic Auth", "username": "u", "password": "hunter2-secret"}
            self.create(content)
        export = self.ask("GET", "/api/v1/monitors/export")
        self.assertEqual((export.status, len(export.json)), (200, 60))
        self.assertNotIn("hunter2", export.text)
        with_secrets = [m for m in export.json if m["params"].get("password") == {"set": True}]
        self.assertTrue(with_secrets)
        other = Server(None, HOLTER_MONITORS=None)
        self.addCleanup(other.close)
        report = ask(other, "POST", "/api/v1/monitors/import", export.json)
        self.assertEqual((report.status, report.json["created"], report.json["without_secrets"]), (200, 60, len(with_secrets)), report.text)

        def but_secrets(monitors):
            return [m | {"params": {k: v for k, v in m["params"].items() if k != "password"}} for m in monitors]

        self.assertEqual(but_secrets(ask(other, "GET", "/api/v1/monitors/export").json), but_secrets(export.json))

    def test_an_import_makes_all_or_none(self):
        faulty = self.ask("POST", "/api/v1/monitors/import", [ping("a"), ping("b", app="pign"), ping("a"), ping("of a file")])
        self.assertEqual((faulty.status, faulty.json["created"], faulty.json["faulty"]), (422, 0, 3), faulty.text)
        self.assertEqual([fault["index"] for fault in faulty.json["faults"]], [1, 2, 3])
        self.assertEqual(self.names(), {"of a file"})
        good = self.ask("POST", "/api/v1/monitors/import", [ping(f"m{i}") for i in range(2000)])
        self.assertEqual((good.status, good.json["created"]), (200, 2000), good.text)
        self.server.wait_for_state("m7", "UP")
        self.restart()
        self.assertEqual(self.server.get("/api/v1/monitors")["total"], 2001)

    def test_many_are_changed_at_once(self):
        self.ask("POST", "/api/v1/monitors/import", [ping(f"m{i}", labels={"site": "lab" if i % 2 else "dc"}) for i in range(50)])
        order = {"filter": {"labels": {"site": "lab"}}, "action": "edit", "edit": {"interval": "5m", "criticality": "low", "labels": {"team": "net", "site": None}}}
        dry = self.ask("POST", "/api/v1/monitors/bulk", order | {"dry_run": True})
        self.assertEqual((dry.json["matched"], dry.json["changed"]), (25, 25), dry.text)
        self.assertEqual(self.server.monitor("m1")["labels"], {"site": "lab"})
        done = self.ask("POST", "/api/v1/monitors/bulk", order)
        self.assertEqual((done.json["matched"], done.json["changed"], done.json["in_files"]), (25, 25, 0), done.text)
        paused = self.ask("POST", "/api/v1/monitors/bulk", {"filter": {"app": "ping"}, "action": "pause"})
        self.assertEqual((paused.json["changed"], paused.json["in_files"]), (50, 1), paused.text)
        self.restart()
        row = self.server.monitor("m1")
        self.assertEqual((row["labels"], row["interval_ms"], row["criticality"], row["state"]), ({"team": "net"}, 300000, "low", "PAUSED"))
        gone = self.ask("POST", "/api/v1/monitors/bulk", {"filter": {"state": "PAUSED"}, "action": "delete"})
        self.assertEqual(gone.json["changed"], 50, gone.text)
        self.assertEqual(self.names(), {"of a file"})


class Secrets(WithServer):
    def setUp(self):
        self.web = WebServer()
        super().setUp()

    def tearDown(self):
        super().tearDown()
        self.web.close()

    def website(self, **params):
        return {"name": "w", "app": "website", "interval": "200ms",
                "params": {"host": "127.0.0.1", "port": self.web.port, "authType": "Basic Auth", "username": "watch", "password": "hunter2-secret"} | params}

    def test_passwords_are_used_and_never_told(self):
        made = self.create(self.website())
        self.server.wait_for_state("w", "UP")
        wait_until(lambda: any(self.web.seen), 10, lambda: f"{self.web.seen}")
        place = made.headers["Location"]
        self.assertEqual(self.ask("GET", place).json["params"]["password"], {"set": True})
        self.restart()
        self.web.seen.clear()
        wait_until(lambda: any(self.web.seen), 10, lambda: f"{self.web.seen}")
        kept = self.ask("PATCH", place, {"interval": "300ms"}, If_Match="*")
        self.assertEqual(kept.status, 200, kept.text)
        moved = self.ask("PATCH", place, {"params": {"host": "localhost"}}, If_Match="*")
        self.assertEqual((moved.status, moved.json["parameter"]), (422, "params.password"), moved.text)
        clone = self.ask("POST", place + "/clone", {"name": "w2"})
        self.assertEqual(clone.status, 201, clone.text)
        self.server.wait_for_state("w2", "UP")
        self.server.stop()
        for file in pathlib.Path(self.directory.path).rglob("*"):
            if file.is_file():
                self.assertNotIn(b"hunter2-secret", file.read_bytes(), file)

    def test_a_lost_key_ends_the_start_with_the_reason(self):
        self.create(self.website())
        self.server.stop()
        self.server.close(keep=True)
        key = self.directory.path / "data" / "secret.key"
        kept = key.read_bytes()
        key.unlink()
        done = run("serve", "--quiet", cwd=self.directory.path, HOLTER_DATA_DIR=str(self.directory.path / "data"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("secret.key", done.stderr)
        self.assertFalse(key.exists())
        key.write_bytes(kept)
        key.chmod(0o600)
        self.start()
        self.server.wait_for_state("w", "UP")


class Catalog(WithServer):
    def test_without_any_file_the_catalog_alone_is_used(self):
        self.assertEqual(self.server.get("/api/v1/monitors")["total"], 0)
        self.create(ping("a"))
        self.restart()
        self.server.wait_for_state("a", "UP")
        self.assertNotRegex(self.server.messages(), " (warning|error) ")

    def test_a_torn_catalog_ends_the_start_and_is_left_as_it_is(self):
        self.create(ping("a"))
        self.server.stop()
        self.server.close(keep=True)
        file = self.directory.path / "data" / "catalog.db"
        torn = file.read_bytes()[:3000]
        file.write_bytes(torn)
        for log in ("catalog.db-wal", "catalog.db-shm"):
            (self.directory.path / "data" / log).unlink(missing_ok=True)
        done = run("serve", "--quiet", cwd=self.directory.path, HOLTER_DATA_DIR=str(self.directory.path / "data"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("catalog.db", done.stderr)
        self.assertEqual(file.read_bytes(), torn)

    def test_a_definition_that_is_gone_is_told_and_its_monitor_kept(self):
        definitions = self.directory.path / "definitions"
        (definitions / "service").mkdir(parents=True)
        text = (pathlib.Path(__file__).resolve().parent.parent / "definitions/service/ping.yml").read_text(encoding="utf-8")
        mine = definitions / "service" / "myping.yml"
        mine.write_text(text.replace("app: ping", "app: myping", 1), encoding="utf-8")
        self.settings = {"HOLTER_DEFINITIONS": str(definitions)}
        self.restart()
        place = self.create(ping("m", app="myping")).headers["Location"]
        self.server.wait_for_state("m", "UP")
        mine.unlink()
        other = definitions / "service" / "ping.yml"
        other.write_text(text, encoding="utf-8")
        self.restart()
        gone = self.ask("GET", place).json
        self.assertEqual((gone["state"], gone["paused_by"], gone["app"]), ("PAUSED", "fault", "myping"))
        self.assertIn("myping", gone["message"])
        self.assertEqual(gone["params"]["host"], "127.0.0.1")
        mine.write_text(text.replace("app: ping", "app: myping", 1), encoding="utf-8")
        self.assertEqual(self.ask("POST", "/api/v1/reload").status, 200)
        self.server.wait_for_state("m", "UP")

    def test_what_was_acknowledged_is_there_after_a_kill(self):
        made = {}
        stop = threading.Event()

        def make(worker):
            for i in range(10000):
                try:
                    answer = self.ask("POST", "/api/v1/monitors", ping(f"{worker}-{i}", interval="1h"))
                except (urllib.error.URLError, ConnectionError, OSError):
                    return
                if answer.status == 201:
                    made[answer.json["id"]] = answer.json["name"]
                if stop.is_set():
                    return

        threads = [threading.Thread(target=make, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        self.server.process.kill()
        stop.set()
        for thread in threads:
            thread.join(timeout=50)
        self.server.process.wait(timeout=10)
        self.server.close(keep=True)
        self.assertGreater(len(made), 20)
        self.start()
        there = {}
        while True:
            page = self.server.get(f"/api/v1/monitors?limit=1000&offset={len(there)}")
            there |= {row["id"]: row["name"] for row in page["monitors"]}
            if len(there) >= page["total"]:
                break
        self.assertEqual({i: n for i, n in there.items() if i in made}, made)

    def test_a_thousand_changes_do_not_grow_memory(self):
        place = self.create(ping("a", interval="1h")).headers["Location"]
        for i in range(200):
            self.ask("PATCH", place, {"interval": f"{i + 1}m"}, If_Match="*")
        before = self.resident()
        for i in range(1000):
            self.assertEqual(self.ask("PATCH", place, {"interval": f"{i + 1}m"}, If_Match="*").status, 200)
        self.assertLess(self.resident() - before, 4 << 20)

    def resident(self):
        return self.server.get("/api/v1/memory")["resident_bytes"]


if __name__ == "__main__":
    unittest.main()
