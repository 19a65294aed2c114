"""Status pages: what people write and what visitors see of it; nothing of monitors, nothing of pages that are not public."""
import base64
import json
import re
import signal
import time
import unittest
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET

from harness import Directory, Server, wait_until
from test_accounts import PASSWORD, Browser, link_of
from test_monitors_api import ask

MONITORS = """\
monitors:
  - {name: secret-web, app: ping, interval: 200ms, labels: {tier: hidden-tier}, params: {host: 127.0.0.1}}
  - {name: secret-shop, app: port, interval: 200ms, labels: {tier: hidden-tier}, params: {host: 127.0.0.1, port: 1}}
"""
SECRETS = ("secret-", "hidden-tier", "127.0.0.1\"", "refused", "root")
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
SVG = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").decode()


def page(slug="acme", public=True, logo=None, **spec):
    groups = [{"name": "Web", "components": [
        {"id": "site", "name": "Website", "description": "the shop window", "monitors": ["secret-web"]},
        {"id": "shop", "name": "Shop", "monitors": ["secret-shop"]},
        {"id": "all", "name": "All of it", "matchers": "{tier=\"hidden-tier\"}"},
        {"id": "gone", "name": "Gone", "monitors": ["secret-gone"]}]}]
    return {"slug": slug, "spec": {"title": "Acme", "public": public, "time_zone": "Asia/Shanghai", "history_days": 3, "groups": groups} | spec, "logo": logo}


class Visit:
    """What somebody gets who has no account."""

    def __init__(self, server, path, **headers):
        request = urllib.request.Request(server.url + path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                self.status, self.headers, self.bytes = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            self.status, self.headers, self.bytes = error.code, error.headers, error.read()

    @property
    def text(self):
        return self.bytes.decode()

    @property
    def json(self):
        return json.loads(self.bytes)


def states(server, slug="acme"):
    view = Visit(server, f"/api/v1/status/{slug}").json
    return {component["id"]: component["state"] for group in view["groups"] for component in group["components"]}


class StatusPagesTest(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        self.server = self.start()

    def start(self):
        server = Server(MONITORS, self.directory)
        self.addCleanup(lambda: server.close(keep=True))
        server.wait_for_state("secret-web", "UP")
        server.wait_for_state("secret-shop", "DOWN")
        return server

    def good(self, method, path, content=None, status=200, **headers):
        answer = ask(self.server, method, path, content, **headers)
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def make(self, **more):
        return self.good("POST", "/api/v1/status-pages", page(**more), 201)

    def test_a_public_page_shows_states_to_everybody_and_nothing_of_monitors(self):
        self.make(logo=PNG)
        view = Visit(self.server, "/api/v1/status/acme")
        self.assertEqual(view.status, 200, view.text)
        self.assertEqual(view.json["state"], "degraded")
        wait_until(lambda: states(self.server) == {"site": "operational", "shop": "outage", "all": "degraded", "gone": "unknown"}, 30,
                   lambda: states(self.server))
        logo = Visit(self.server, "/api/v1/status/acme/logo")
        self.assertEqual((logo.headers["Content-Type"], logo.bytes), ("image/png", base64.b64decode(PNG)))
        self.assertEqual(logo.headers["X-Content-Type-Options"], "nosniff")
        seen = [Visit(self.server, path) for path in ("/api/v1/status/acme", "/api/v1/status/acme/history", "/api/v1/status/acme/history?step=minute",
                                                      "/status/acme/feed.xml", "/status/acme/badge.svg", "/status/acme/badge.svg?component=shop&kind=uptime")]
        for answer in seen:
            self.assertEqual(answer.status, 200, answer.text)
            for secret in SECRETS:
                self.assertNotIn(secret, answer.text)

    def test_a_private_page_is_to_strangers_as_one_that_does_not_exist(self):
        self.make(public=False)
        self.assertEqual(ask(self.server, "GET", "/api/v1/status/acme").status, 200, "the token of this machine is an admin's")
        for path in ("/api/v1/status/{}", "/api/v1/status/{}/history", "/api/v1/status/{}/logo", "/status/{}/feed.xml", "/status/{}/badge.svg"):
            hidden, none = (Visit(self.server, path.format(slug)) for slug in ("acme", "none"))
            self.assertEqual((hidden.status, none.status), (404, 404), path)
            self.assertEqual(hidden.text.replace("acme", "none"), none.text)
            bad = Visit(self.server, path.format("acme"), Authorization="Bearer holter_x", Cookie="holter=x")
            self.assertEqual((bad.status, bad.text), (404, hidden.text), "credentials that are none change nothing")

    def test_roles_decide_who_writes_what(self):
        root = Browser(self.server)
        self.assertEqual(root.send("POST", "/api/v1/setup", {"token": link_of(self.server), "name": "root", "password": PASSWORD})[0], 201)
        root.log_in()
        for role in ("viewer", "operator", "editor"):
            self.assertEqual(root.send("POST", "/api/v1/accounts", {"name": role, "role": role, "password": PASSWORD})[0], 201)
        viewer, operator, editor = (Browser(self.server) for _ in range(3))
        for browser, name in ((viewer, "viewer"), (operator, "operator"), (editor, "editor")):
            browser.log_in(name)
        pages = "/api/v1/status-pages"
        self.assertEqual(operator.send("POST", pages, page())[0], 403)
        self.assertEqual(editor.send("POST", pages, page(public=False))[0], 201)
        self.assertEqual(viewer.send("GET", "/api/v1/status/acme")[0], 200)
        self.assertEqual(viewer.send("POST", pages + "/acme/announcements", {"title": "x"})[0], 403)
        self.assertEqual(operator.send("POST", pages + "/acme/announcements", {"title": "x"})[0], 201)
        entries = root.send("GET", "/api/v1/audit?who=operator")[1]["entries"]
        self.assertEqual(entries[0]["what"], "status_announcement.create")

    def test_announcements_are_told_as_a_feed_that_parses_whatever_they_hold(self):
        self.make()
        hostile = "<script>alert('x')</script> & ]]> \"quoted\" 状态"
        made = self.good("POST", "/api/v1/status-pages/acme/announcements",
                         {"title": hostile, "impact": "major", "components": ["shop"], "text": hostile}, 201).json
        path = f"/api/v1/status-pages/acme/announcements/{made['id']}"
        told = self.good("POST", path + "/updates", {"text": "It was the disk.\nIt is new.", "state": "identified"}, 201)
        self.assertEqual((told.json["state"], len(told.json["updates"]), told.etag), ("identified", 2, '"2"'))
        feed = Visit(self.server, "/status/acme/feed.xml")
        self.assertTrue(feed.headers["Content-Type"].startswith("application/rss+xml"))
        channel = ET.fromstring(feed.bytes).find("channel")
        items = channel.findall("item")
        self.assertEqual(len(items), 2)
        self.assertEqual(items[0].findtext("title"), hostile + " (Identified)")
        self.assertIn("It was the disk.<br>", items[0].findtext("description"))
        self.assertIn("&lt;script&gt;", items[1].findtext("description"), "readers take it for HTML")
        self.assertEqual(len({item.findtext("guid") for item in items}), 2)
        self.assertTrue(items[0].findtext("link").startswith(self.server.url + "/status/acme"))
        announced = Visit(self.server, "/api/v1/status/acme").json["announcements"]
        self.assertEqual([(row["title"], row["state"], len(row["updates"])) for row in announced], [(hostile, "identified", 2)])
        self.assertNotIn("who", announced[0]["updates"][0])
        over = self.good("POST", path + "/updates", {"text": "Over.", "state": "resolved"}, 201).json
        self.assertIsNotNone(over["ends"])
        self.assertEqual(self.good("GET", "/api/v1/status-pages/acme/announcements").json["announcements"][0]["state"], "resolved")
        self.assertEqual(self.good("DELETE", path).json, {"deleted": made["id"]})
        self.assertEqual(Visit(self.server, "/api/v1/status/acme").json["announcements"], [], "visitors see it at once")

    def test_maintenance_is_a_state(self):
        self.make()
        self.good("POST", "/api/v1/status-pages/acme/announcements",
                  {"title": "New disks", "kind": "maintenance", "state": "in_progress", "components": ["shop"]}, 201)
        self.assertEqual(states(self.server)["shop"], "maintenance")

    def test_badges_are_pictures_that_parse(self):
        self.make(title="<b>A & \"B\"</b>")
        for query in ("", "?component=shop", "?kind=uptime", "?component=site&kind=uptime"):
            badge = Visit(self.server, "/status/acme/badge.svg" + query)
            self.assertEqual(badge.status, 200, badge.text)
            self.assertTrue(badge.headers["Content-Type"].startswith("image/svg+xml"))
            self.assertEqual(badge.headers["Cross-Origin-Resource-Policy"], "cross-origin")
            picture = ET.fromstring(badge.bytes)
            self.assertEqual({element.tag.rpartition("}")[2] for element in picture.iter()}, {"svg", "title", "path", "g", "text"})
        self.assertIn("outage", Visit(self.server, "/status/acme/badge.svg?component=shop").text)
        self.assertEqual(Visit(self.server, "/status/acme/badge.svg?component=nobody").status, 404)

    def test_history_tells_days_of_the_zone_and_minutes(self):
        self.make(response_time=True)

        def known():
            history = Visit(self.server, "/api/v1/status/acme/history?step=minute").json
            return {row["id"]: row["availability"] for row in history["components"]}

        wait_until(lambda: known()["site"] is not None and known()["shop"] is not None, 60, known)
        self.assertEqual((known()["site"], known()["shop"], known()["gone"]), (1, 0, None))
        self.assertTrue(0 < known()["all"] < 1, "each monitor counts alike")
        minutes = Visit(self.server, "/api/v1/status/acme/history?step=minute").json
        self.assertEqual(len(minutes["buckets"]), 60)
        days = Visit(self.server, "/api/v1/status/acme/history").json
        self.assertEqual(len(days["buckets"]), 3)
        there = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
        self.assertIn(days["buckets"][-1]["date"], (there, time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600 - 60))))
        self.assertTrue(all(re.search(r"T16:00:00", bucket["start"]) for bucket in days["buckets"]), days["buckets"])
        site = next(row for row in days["components"] if row["id"] == "site")
        self.assertIsNone(site["buckets"][0]["availability"], "before Holter ran nobody knows")
        self.assertEqual(len(Visit(self.server, "/api/v1/status/acme/history?days=1").json["buckets"]), 1)

    def test_what_is_wrong_is_refused_and_says_where(self):
        self.make()
        pages = "/api/v1/status-pages"

        def refused(method, path, content, status, parameter, **headers):
            answer = ask(self.server, method, path, content, **headers)
            self.assertEqual((answer.status, answer.json.get("parameter")), (status, parameter), answer.text)

        refused("POST", pages, page(), 409, "slug")
        refused("POST", pages, page("No Slug"), 422, "slug")
        refused("POST", pages, page("b", logo=SVG), 422, "logo")
        refused("POST", pages, page("b", logo=base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64 * 1024)).decode()), 400, "logo")
        refused("POST", pages, page("b", time_zone="Mars/Olympus"), 422, "spec.time_zone")
        refused("POST", pages, page("b", history_days=91), 400, "spec.history_days")
        refused("POST", pages, page("b", title="a\u202eb"), 422, "spec.title")
        refused("PUT", pages + "/acme", page(), 428, "If-Match")
        refused("PUT", pages + "/acme", page(), 412, "If-Match", If_Match='"9"')
        refused("POST", pages + "/acme/announcements", {"title": "x", "components": ["nobody"]}, 422, "components")
        refused("POST", pages + "/acme/announcements", {"title": "x", "state": "completed"}, 422, "state")
        self.assertEqual(ask(self.server, "POST", pages + "/none/announcements", {"title": "x"}).status, 404)
        self.assertEqual(ask(self.server, "GET", pages + "/acme/announcements/77").status, 404)

    def test_pages_are_so_many_at_most(self):
        for number in range(100):
            self.good("POST", "/api/v1/status-pages", {"slug": f"p{number}", "spec": {"title": "x"}}, 201)
        answer = ask(self.server, "POST", "/api/v1/status-pages", {"slug": "one-more", "spec": {"title": "x"}})
        self.assertEqual(answer.status, 409, answer.text)
        self.assertIn("there are 100 already", answer.text)
        self.assertEqual(len(self.good("GET", "/api/v1/status-pages").json["pages"]), 100)

    def test_a_change_names_its_version_and_a_restart_keeps_all(self):
        made = self.make(logo=PNG)
        self.good("POST", "/api/v1/status-pages/acme/announcements", {"title": "Slow", "text": "We look"}, 201)
        changed = self.good("PUT", "/api/v1/status-pages/acme", page("moved", title="Moved", logo=PNG), If_Match=made.etag)
        self.assertEqual(changed.etag, '"2"')
        self.server.stop(signal.SIGTERM)
        self.server = self.start()
        self.assertEqual(ask(self.server, "GET", "/api/v1/status-pages/acme").status, 404)
        stored = self.good("GET", "/api/v1/status-pages/moved")
        self.assertEqual((stored.etag, stored.json["spec"]["title"], stored.json["logo"]), ('"2"', "Moved", PNG))
        view = Visit(self.server, "/api/v1/status/moved").json
        self.assertEqual(view["announcements"][0]["updates"][0]["text"], "We look")
        self.good("DELETE", "/api/v1/status-pages/moved", If_Match='"2"')
        self.assertEqual(Visit(self.server, "/api/v1/status/moved").status, 404)

    def test_an_answer_is_not_sent_twice(self):
        self.make()
        for path in ("/status/acme/feed.xml", "/status/acme/badge.svg"):
            tag = Visit(self.server, path).headers["ETag"]
            self.assertTrue(tag, path)
            again = wait_until(lambda path=path: (seen := Visit(self.server, path, If_None_Match=Visit(self.server, path).headers["ETag"])).status == 304
                               and seen, 20, "no 304")
            self.assertEqual(again.bytes, b"")


if __name__ == "__main__":
    unittest.main()
