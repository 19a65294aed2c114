"""Folders and dependencies while running: listeners on loopback are opened and closed, and monitors become UNREACHABLE and DOWN by that."""
import pathlib
import socket
import unittest
import urllib.request

from harness import Directory, Server, run, wait_until
from test_monitors_api import ask


class Listener:
    """A port of loopback that is listened on, or not."""

    def __init__(self):
        self.socket = None
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]

    def open(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", self.port))
        self.socket.listen(64)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


def monitor(name, listener, more="", interval="300ms"):
    return f"  - {{name: {name}, app: port, interval: {interval}, params: {{host: 127.0.0.1, port: {listener.port}}}{more}}}\n"


def text_of(server, path):
    with urllib.request.urlopen(server.request(path), timeout=10) as answer:
        return answer.read().decode()


class WithListeners(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        self.server = None
        self.ports = [Listener() for _ in range(4)]
        for port in self.ports:
            port.open()
            self.addCleanup(port.close)

    def start(self, text):
        self.server = Server(None, self.directory, HOLTER_MONITORS=self.write(text))
        self.addCleanup(self.server.close, keep=True)

    def write(self, text):
        path = self.directory.path / "monitors.yml"
        path.write_text("monitors:\n" + text, encoding="utf-8")
        return str(path)

    def detail(self, name):
        return self.server.get("/api/v1/monitors/" + self.server.monitor(name)["id"])

    def events(self):
        return [event["text"] for event in self.server.get("/api/v1/events?limit=500")["events"] if event["kind"] == "monitor.state"]

    def wait_for_event(self, text):
        wait_until(lambda: any(each.startswith(text) for each in self.events()), 10, lambda: f"{text}: {self.events()}")


class Chain(WithListeners):
    """router <- switch <- web, and mail, which depends on the router alone."""

    def setUp(self):
        super().setUp()
        self.router, self.switch, self.web, self.mail = self.ports
        self.start(monitor("router", self.router, ", folder: net") +
                   monitor("switch", self.switch, ", folder: net/rack 2, depends_on: [router]") +
                   monitor("web", self.web, ", folder: net/rack 2, depends_on: [switch]") +
                   monitor("mail", self.mail, ", depends_on: [router]"))
        for name in ("router", "switch", "web", "mail"):
            self.server.wait_for_state(name, "UP")

    def test_what_is_behind_a_parent_that_is_down_is_unreachable(self):
        for port in (self.router, self.switch, self.web):
            port.close()
        self.server.wait_for_state("router", "DOWN")
        self.server.wait_for_state("switch", "UNREACHABLE")
        self.server.wait_for_state("web", "UNREACHABLE")
        web = self.detail("web")
        self.assertEqual(web["unreachable_because"], "parent 'switch' is unreachable")
        self.assertEqual(web["code"], "unconnectable")  # as it was measured
        self.assertIn("refused", web["message"])
        self.assertEqual([(p["name"], p["state"]) for p in web["parents"]], [("switch", "UNREACHABLE")])
        self.assertEqual(self.detail("switch")["unreachable_because"], "parent 'router' is down")
        mail = self.detail("mail")  # it works, whatever is above it
        self.assertEqual((mail["state"], mail["unreachable_because"], mail["parents"][0]["state"]), ("UP", None, "DOWN"))
        states = self.server.get("/api/v1/summary")["states"]
        self.assertEqual((states["UP"], states["DOWN"], states["UNREACHABLE"]), (1, 1, 2))
        self.assertEqual({row["name"] for row in self.server.get("/api/v1/monitors?state=unreachable")["monitors"]}, {"switch", "web"})
        self.wait_for_event("'web' is UNREACHABLE")

    def test_metrics_say_unreachable_and_no_success(self):
        for port in (self.router, self.switch):
            port.close()
        self.server.wait_for_state("switch", "UNREACHABLE")
        metrics = text_of(self.server, "/metrics")
        self.assertIn('holter_monitors{state="unreachable"} 1\n', metrics)
        self.assertIn('probe_success{monitor="switch",app="port"} 0\n', metrics)

    def test_a_child_that_was_down_first_becomes_unreachable_and_down_again(self):
        self.web.close()
        self.server.wait_for_state("web", "DOWN")
        self.wait_for_event("'web' is DOWN (was UP)")
        self.switch.close()
        self.server.wait_for_state("web", "UNREACHABLE")
        self.wait_for_event("'web' is UNREACHABLE (was DOWN): parent 'switch' is down")
        self.switch.open()
        self.server.wait_for_state("switch", "UP")
        self.server.wait_for_state("web", "DOWN")
        self.wait_for_event("'web' is DOWN (was UNREACHABLE)")
        self.web.open()
        self.server.wait_for_state("web", "UP")

    def test_all_come_back_without_ever_having_been_down(self):
        for port in (self.router, self.switch, self.web):
            port.close()
        self.server.wait_for_state("router", "DOWN")
        self.server.wait_for_state("web", "UNREACHABLE")
        # What was told of the moments before the router was known to be down does not count here.
        self.wait_for_event("'web' is UNREACHABLE")
        before = len(self.events())
        for port in (self.web, self.switch, self.router):
            port.open()
        for name in ("router", "switch", "web"):
            self.server.wait_for_state(name, "UP")
        self.wait_for_event("'web' is UP")
        self.assertEqual([text for text in self.events()[before:] if " is DOWN" in text], [])

    def test_lists_and_counts_of_folders(self):
        rows = self.server.get("/api/v1/monitors?folder=net")["monitors"]
        self.assertEqual({row["name"]: row["folder"] for row in rows}, {"router": "net", "switch": "net/rack 2", "web": "net/rack 2"})
        self.assertEqual(self.server.get("/api/v1/monitors?folder=net/rack%202")["total"], 2)
        self.assertEqual(self.server.get("/api/v1/monitors?folder=ne")["total"], 0)
        self.web.close()
        self.server.wait_for_state("web", "DOWN")
        folders = {folder["path"]: folder for folder in self.server.get("/api/v1/folders")["folders"]}
        self.assertEqual(list(folders), ["", "net", "net/rack 2"])
        self.assertEqual((folders["net"]["monitors"], folders["net"]["states"]["UP"], folders["net"]["states"]["DOWN"]), (3, 2, 1))
        self.assertEqual((folders[""]["monitors"], folders["net"]["stored"]), (4, False))

    def test_a_paused_parent_keeps_nothing_from_being_down(self):
        for port in (self.switch, self.web):
            port.close()
        self.server.wait_for_state("web", "UNREACHABLE")
        self.write(monitor("router", self.router) + monitor("switch", self.switch, ", paused: true, depends_on: [router]") +
                   monitor("web", self.web, ", depends_on: [switch]"))
        self.assertEqual(ask(self.server, "POST", "/api/v1/reload").status, 200)
        self.assertEqual(self.server.wait_for_state("web", "DOWN")["unreachable_because"], None)
        self.assertEqual(self.detail("web")["parents"][0]["state"], "PAUSED")

    def test_a_reload_changes_parents_and_folders_and_leaves_the_checks_alone(self):
        self.web.close()
        self.router.close()
        self.server.wait_for_state("router", "DOWN")
        since = self.server.wait_for_state("web", "DOWN")["since"]
        self.write(monitor("router", self.router) + monitor("switch", self.switch) +
                   monitor("web", self.web, ", folder: elsewhere, depends_on: [switch, router]") + monitor("mail", self.mail))
        report = ask(self.server, "POST", "/api/v1/reload").json
        self.assertEqual((report["changed"], report["unchanged"], report["removed"]), (4, 0, 0), report)
        web = self.detail("web")
        self.assertEqual((web["state"], web["folder"], web["unreachable_because"]), ("UNREACHABLE", "elsewhere", "parent 'router' is down"))
        self.assertNotEqual(web["since"], since)
        report = ask(self.server, "POST", "/api/v1/reload").json
        self.assertEqual((report["changed"], report["unchanged"]), (0, 4), report)


class Catalog(WithListeners):
    def port(self, name, listener, **more):
        return {"name": name, "app": "port", "interval": "300ms", "params": {"host": "127.0.0.1", "port": listener.port}} | more

    def ask(self, method, path, content=None, **headers):
        return ask(self.server, method, path, content, **headers)

    def test_a_file_may_depend_on_the_catalog_whenever_that_comes(self):
        router, web = self.ports[:2]
        self.start(monitor("web", web, ", depends_on: [router]"))
        self.assertIn("the monitor 'web' depends on 'router', and there is no such monitor", self.server.messages())
        self.assertEqual(self.detail("web")["parents"], [{"id": None, "name": "router", "state": "UNKNOWN"}])
        made = self.ask("POST", "/api/v1/monitors", self.port("router", router))
        self.assertEqual(made.status, 201, made.text)
        for port in (router, web):
            port.close()
        self.server.wait_for_state("web", "UNREACHABLE")
        self.assertEqual(self.detail("web")["parents"], [{"id": made.json["id"], "name": "router", "state": "DOWN"}])
        self.server.stop()
        self.server.close(keep=True)
        self.server = Server(None, self.directory, HOLTER_MONITORS=str(self.directory.path / "monitors.yml"))
        self.addCleanup(self.server.close, keep=True)
        self.server.wait_for_state("web", "UNREACHABLE")
        self.assertEqual(self.server.messages().count("depends on 'router', and there is no such monitor"), 1)  # of the first start
        self.assertEqual(self.ask("DELETE", "/api/v1/monitors/" + made.json["id"]).status, 200)
        self.server.wait_for_state("web", "DOWN")

    def test_monitors_of_the_api_have_folders_and_parents(self):
        router, web = self.ports[:2]
        self.start("")
        for path in ("net", "net/rack 2"):
            made = self.ask("POST", "/api/v1/folders", {"path": path})
            self.assertEqual(made.status, 201, made.text)
        self.assertEqual(self.ask("POST", "/api/v1/monitors", self.port("router", router)).status, 201)
        made = self.ask("POST", "/api/v1/monitors", self.port("web", web, folder="net/rack 2", depends_on=["router"]))
        self.assertEqual(made.status, 201, made.text)
        self.assertEqual((made.json["folder"], made.json["parents"][0]["name"]), ("net/rack 2", "router"))
        for port in (router, web):
            port.close()
        self.server.wait_for_state("web", "UNREACHABLE")
        change = {"path": "net", "to": "site", "description": "all of it"}
        self.assertEqual(self.ask("PATCH", "/api/v1/folders", change).status, 428)
        self.assertEqual(self.ask("PATCH", "/api/v1/folders", change, If_Match='"1"').status, 412)
        version = next(folder["version"] for folder in self.server.get("/api/v1/folders")["folders"] if folder["path"] == "net")
        moved = self.ask("PATCH", "/api/v1/folders", change, If_Match=f'"{version}"')
        self.assertEqual((moved.status, moved.json["states"]["UNREACHABLE"]), (200, 1), moved.text)
        self.assertEqual(self.detail("web")["folder"], "site/rack 2")
        self.assertEqual(self.ask("DELETE", "/api/v1/folders?path=site").status, 409)
        place = "/api/v1/monitors/" + made.json["id"]
        circle = self.ask("PATCH", "/api/v1/monitors/" + self.server.monitor("router")["id"], {"depends_on": ["web"]}, If_Match="*")
        self.assertEqual((circle.status, circle.json["parameter"]), (400, "depends_on"), circle.text)
        alone = self.ask("PATCH", place, {"depends_on": None, "folder": None}, If_Match="*")
        self.assertEqual((alone.status, alone.json["parents"], alone.json["folder"], alone.json["state"]), (200, [], "", "DOWN"), alone.text)
        for path in ("site/rack%202", "site"):
            self.assertEqual(self.ask("DELETE", "/api/v1/folders?path=" + path).status, 200)


class ParentsOfFiles(WithListeners):
    """A monitor of the API that depends on one of a file."""

    def setUp(self):
        super().setUp()
        self.switch, self.web = self.ports[:2]
        self.start(monitor("switch", self.switch))
        made = self.ask("POST", "/api/v1/monitors", self.port("web", self.web, depends_on=["switch"]))
        self.assertEqual(made.status, 201, made.text)
        self.place = "/api/v1/monitors/" + made.json["id"]

    def ask(self, method, path, content=None, **headers):
        return ask(self.server, method, path, content, **headers)

    def port(self, name, listener, **more):
        return {"name": name, "app": "port", "interval": "300ms", "params": {"host": "127.0.0.1", "port": listener.port}} | more

    def reload(self, text):
        self.write(text)
        return self.ask("POST", "/api/v1/reload", {})

    def parents(self):
        return [(parent["name"], parent["id"] is not None, parent["state"]) for parent in self.detail("web")["parents"]]

    def test_is_unreachable_while_that_is_down_also_after_a_restart(self):
        self.server.wait_for_state("web", "UP")
        for port in (self.switch, self.web):
            port.close()
        self.assertIn("parent 'switch' is down", self.server.wait_for_state("web", "UNREACHABLE")["unreachable_because"])
        self.server.stop()
        self.server.close(keep=True)
        self.start(monitor("switch", self.switch))
        self.server.wait_for_state("web", "UNREACHABLE")
        self.assertEqual(self.parents(), [("switch", True, "DOWN")])

    def test_keeps_it_when_its_file_has_it_no_longer_and_has_it_again(self):
        for port in (self.switch, self.web):
            port.close()
        self.server.wait_for_state("web", "UNREACHABLE")
        gone = self.reload(monitor("other", self.ports[2]))
        self.assertEqual(gone.status, 200, gone.text)
        self.server.wait_for_state("web", "DOWN")
        self.assertEqual(self.parents(), [("switch", False, "UNKNOWN")])
        # Other changes keep it, and so does a restart without it.
        self.assertEqual(self.ask("PATCH", self.place, {"description": "the site"}, If_Match="*").status, 200)
        self.server.stop()
        self.server.close(keep=True)
        self.start(monitor("other", self.ports[2]))
        self.server.wait_for_state("web", "DOWN")
        self.assertEqual(self.parents(), [("switch", False, "UNKNOWN")])
        self.assertEqual(self.reload(monitor("switch", self.switch)).status, 200)
        self.server.wait_for_state("web", "UNREACHABLE")
        self.assertEqual(self.parents()[0][:2], ("switch", True))

    def test_circles_through_both_are_refused_on_either_side(self):
        circle = self.reload(monitor("switch", self.switch, ", depends_on: [web]"))
        self.assertEqual(circle.status, 400, circle.text)
        self.assertIn("cannot let 'web' depend on itself: web -> switch -> web", circle.json["detail"])
        self.assertEqual(self.parents()[0][:2], ("switch", True), "nothing has changed")
        self.assertEqual(self.reload(monitor("switch", self.switch, ", depends_on: [router]")).status, 200)
        made = self.ask("POST", "/api/v1/monitors", self.port("router", self.ports[2], depends_on=["web"]))
        self.assertEqual((made.status, made.json["parameter"]), (400, "depends_on"), made.text)
        self.assertIn("cannot let 'router' depend on itself: router -> web -> switch -> router", made.json["detail"])
        self.assertEqual(self.ask("POST", "/api/v1/monitors", self.port("router", self.ports[2])).status, 201)

    def test_is_told_at_the_start_when_files_have_closed_a_circle_meanwhile(self):
        self.server.stop()
        self.server.close(keep=True)
        self.start(monitor("switch", self.switch, ", depends_on: [web]"))
        self.assertIn("depends on itself: web -> switch -> web", self.server.messages())
        self.assertEqual(self.ask("PATCH", self.place, {"description": "runs all the same"}, If_Match="*").status, 200)
        self.assertEqual(self.ask("PATCH", self.place, {"depends_on": []}, If_Match="*").status, 200)


class Check(WithListeners):
    def check(self, text, **settings):
        self.write(text)
        done = run("check", cwd=self.directory.path, HOLTER_MONITORS="monitors.yml", HOLTER_DATA_DIR=str(self.directory.path / "data"),
                   HOLTER_COLLECT_MIN_INTERVAL="100ms", **settings)
        return done.returncode, done.stdout + done.stderr

    def test_an_unknown_parent_is_an_error_where_no_catalog_can_have_it(self):
        text = monitor("web", self.ports[0], ", depends_on: [nobody]")
        status, said = self.check(text)
        self.assertEqual(status, 1, said)
        self.assertIn("monitors.yml:2:", said)
        self.assertIn("error: monitors[0].depends_on: cannot let 'web' depend on 'nobody': there is no such monitor", said)
        data = self.directory.path / "data"
        data.mkdir()
        pathlib.Path(data / "catalog.db").touch()
        status, said = self.check(text)
        self.assertEqual(status, 0, said)
        self.assertIn("warning: monitors[0].depends_on", said)

    def test_circles_are_errors_that_name_the_way_round(self):
        status, said = self.check(monitor("a", self.ports[0], ", depends_on: [b]") + monitor("b", self.ports[0], ", depends_on: [c]") +
                                  monitor("c", self.ports[0], ", depends_on: [a]"))
        self.assertEqual(status, 1, said)
        self.assertIn("cannot depend on itself: a -> b -> c -> a", said)


if __name__ == "__main__":
    unittest.main()
