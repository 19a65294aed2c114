"""Definitions that users store through the API: monitors follow them at once, they are there after a restart and a kill, files count again when they are gone."""
import json
import signal
import unittest
import urllib.error
import urllib.request

from harness import ROOT, Directory, Server, wait_until

PING = (ROOT / "definitions/service/ping.yml").read_text(encoding="utf-8")
SHOP = """\
category: service
app: shop
name: {en-US: Shop, zh-CN: 商店}
params:
  - {field: host, name: {en-US: Host, zh-CN: 主机}, type: host, required: true}
  - {field: size, name: {en-US: Size, zh-CN: 大小}, type: number, range: '[0,100]'}
metrics:
  - name: summary
    priority: 0
    protocol: icmp
    fields:
      - {field: responseTime, type: 0, unit: ms}
    icmp: {host: ^_^host^_^}
"""
MONITORS = """\
monitors:
  - name: of file
    app: ping
    interval: 200ms
    params: {host: 127.0.0.1}
"""


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def etag(self):
        return self.headers.get("ETag")


class DefinitionsApi(unittest.TestCase):
    MONITORS = MONITORS

    def setUp(self):
        self.directory = Directory()
        self.mine = self.directory.path / "mine"
        self.mine.mkdir()
        self.server = None
        self.start()

    def start(self):
        self.server = Server(self.MONITORS, self.directory, HOLTER_DEFINITIONS=f"{ROOT / 'definitions'},{self.mine}")

    def restart(self, how=signal.SIGINT):
        self.server.stop(how)
        self.server.close(keep=True)
        self.start()

    def tearDown(self):
        if self.server:
            self.server.close()
        self.directory.remove()

    def ask(self, method, path, content=None, **headers):
        """One request; problems are answers, too."""
        data = None if content is None else json.dumps(content).encode()
        if method in ("POST", "PUT") and data is None:
            data = b""
        request = self.server.request(path, data, method, **({"Content-Type": "application/json"} | headers))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def put(self, app, text, tag="*", **more):
        return self.ask("PUT", f"/api/v1/definitions/{app}", {"text": text} | more, If_Match=tag)

    def definition(self, app):
        return self.ask("GET", f"/api/v1/definitions/{app}")

    def row(self, app):
        rows = self.server.get(f"/api/v1/definitions?limit=1000&text={app}")["definitions"]
        return next(row for row in rows if row["app"] == app)

    def unit(self, name):
        """Of the first number of a monitor's newest result."""
        results = self.server.get(f"/api/v1/monitors/{self.server.monitor(name)['id']}/results")["results"]
        return results[0]["rows"][0]["cells"][0]["unit"] if results[0]["rows"] else None

    def of_shop(self, name, **params):
        return self.ask("POST", "/api/v1/monitors", {"name": name, "app": "shop", "interval": "200ms", "params": {"host": "127.0.0.1"} | params})

    def test_monitors_follow_a_definition_that_is_put_and_the_file_counts_when_it_is_gone(self):
        made = self.ask("POST", "/api/v1/monitors", {"name": "of api", "app": "ping", "interval": "200ms", "params": {"host": "127.0.0.1"}})
        self.assertEqual(made.status, 201, made.text)
        before = self.definition("ping")
        self.assertEqual((before.etag, before.json["source"], before.json["version"]), ('"0"', "built-in", None))
        text = self.ask("GET", "/api/v1/definitions/ping", Accept="application/yaml")
        self.assertEqual(text.text, PING)
        self.assertEqual(text.headers["Content-Type"].split(";")[0], "application/yaml")
        stored = self.put("ping", PING.replace("unit: ms", "unit: msec"), before.etag)
        self.assertEqual(stored.status, 200, stored.text)
        self.assertEqual((stored.json["version"], stored.json["monitors"], stored.json["in_force"]), (1, 2, True))
        for name in ("of api", "of file"):
            wait_until(lambda name=name: self.unit(name) == "msec", 20, lambda name=name: f"{name}: {self.unit(name)}")
            self.server.wait_for_state(name, "UP")
        row = self.row("ping")
        self.assertEqual((row["source"], row["version"], row["monitors"]), ("catalog", 1, 2))
        self.assertTrue(row["overrides"].endswith("service/ping.yml"), row)

        # Another change of the same version comes too late; one that names none is not taken.
        late = self.put("ping", PING, '"0"')
        self.assertEqual((late.status, late.json["parameter"]), (412, "If-Match"), late.text)
        self.assertEqual(self.ask("PUT", "/api/v1/definitions/ping", {"text": PING}).status, 428)
        self.restart()
        self.assertEqual(self.definition("ping").etag, '"1"')
        wait_until(lambda: self.unit("of file") == "msec", 20)
        deleted = self.ask("DELETE", "/api/v1/definitions/ping", If_Match='"1"')
        self.assertEqual((deleted.status, deleted.json["removed"]), (200, False), deleted.text)
        wait_until(lambda: self.unit("of file") == "ms" and self.unit("of api") == "ms", 20)
        self.assertEqual(self.row("ping")["source"], "built-in")
        versions = self.ask("GET", "/api/v1/definitions/ping/versions").json["versions"]
        self.assertEqual([(v["version"], v["deleted"]) for v in versions], [(2, True), (1, False)])
        old = self.ask("GET", "/api/v1/definitions/ping?version=1&format=yaml")
        self.assertIn("unit: msec", old.text)
        audit = [e["what"] for e in self.server.get("/api/v1/audit?target=definition/ping")["entries"]]
        self.assertEqual(audit, ["definition.delete", "definition.create"])

    def test_what_is_wrong_is_told_with_its_line_and_nothing_changes(self):
        bad = self.put("ping", PING.replace("priority: 0", "priority: high"))
        self.assertEqual(bad.status, 422, bad.text)
        line = next(i for i, text in enumerate(PING.splitlines(), 1) if "priority: 0" in text)
        self.assertEqual([f["line"] for f in bad.json["findings"] if f["severity"] == "error"][0], line)
        self.assertIn(f"line {line}", bad.json["detail"])
        checked = self.ask("POST", "/api/v1/definitions/ping/check", {"text": PING.replace("priority: 0", "priority: high")})
        self.assertEqual((checked.status, checked.json["usable"]), (200, False), checked.text)
        self.assertTrue(self.ask("POST", "/api/v1/definitions/ping/check", {"text": PING}).json["usable"])
        dry = self.put("ping", PING.replace("unit: ms", "unit: msec"), dry_run=True)
        self.assertEqual((dry.status, dry.json["version"], dry.json["monitors"]), (200, None, 1), dry.text)
        self.assertEqual(self.put("ping", "x: " + "y" * (257 * 1024)).status, 413)
        self.assertEqual(self.put("ping", "[" * 5000).status, 422)
        commands = SHOP.replace("protocol: icmp", "protocol: script").replace("icmp: {host: ^_^host^_^}", "script: {scriptTool: sh, scriptCommand: 'echo 1', parseType: oneRow}")
        self.assertEqual(self.put("shop", commands).status, 403)
        self.assertEqual(self.definition("ping").etag, '"0"')

    def test_an_app_of_the_catalog_has_monitors_and_stays_while_it_has(self):
        self.assertEqual(self.put("shop", SHOP).json["version"], 1)
        self.assertEqual(self.of_shop("a", size="56").status, 201)
        self.server.wait_for_state("a", "UP")
        form = self.definition("shop").json
        self.assertEqual([(p["field"], p["type"], p["range"]) for p in form["params"]], [("host", "host", None), ("size", "number", "[0,100]")])
        self.assertEqual(form["name"], {"en-US": "Shop", "zh-CN": "商店"})
        gone = self.put("shop", "".join(line for line in SHOP.splitlines(True) if "field: size" not in line))
        self.assertEqual((gone.status, [m["name"] for m in gone.json["monitors"]]), (409, ["a"]), gone.text)
        self.assertIn("size", gone.json["monitors"][0]["reason"])
        kept = self.ask("DELETE", "/api/v1/definitions/shop")
        self.assertEqual((kept.status, [m["name"] for m in kept.json["monitors"]]), (409, ["a"]), kept.text)

        # Monitors of files may use it, too, also at a start.
        self.MONITORS = MONITORS + "  - {name: b, app: shop, interval: 200ms, params: {host: 127.0.0.1}}\n"  # pylint: disable=invalid-name
        self.restart()
        for name in ("a", "b"):
            self.server.wait_for_state(name, "UP")
        self.assertEqual(self.row("shop")["monitors"], 2)

    def test_what_was_acknowledged_outlives_a_kill(self):
        for version in range(1, 6):
            stored = self.put("ping", PING.replace("unit: ms", f"unit: u{version}"), f'"{version - 1}"')
            self.assertEqual((stored.status, stored.json["version"]), (200, version), stored.text)
            self.restart(signal.SIGKILL)
            self.assertEqual(self.definition("ping").etag, f'"{version}"')
            wait_until(lambda version=version: self.unit("of file") == f"u{version}", 20)

    def test_one_that_cannot_be_used_any_more_does_not_keep_it_from_starting(self):
        base = self.mine / "base.yml"
        base.write_text(SHOP.replace("app: shop", "app: base"), encoding="utf-8")
        shop = self.mine / "shop.yml"
        shop.write_text(SHOP, encoding="utf-8")
        self.assertEqual(self.ask("POST", "/api/v1/reload").status, 200)
        self.assertEqual(self.row("shop")["source"], "operator")
        stored = self.put("shop", "app: shop\ncategory: service\nextends: base\nname: {en-US: Shop over base, zh-CN: 商店}\n", '"0"')
        self.assertEqual(stored.status, 200, stored.text)
        self.assertEqual(self.row("shop")["name"]["en-US"], "Shop over base")
        base.unlink()
        self.restart()
        row = self.row("shop")
        self.assertEqual((row["source"], row["version"], row["name"]["en-US"]), ("operator", 1, "Shop"), row)
        self.assertIn("base", row["fault"])
        self.assertIn("catalog:shop: warning: ", self.server.messages())
        self.assertEqual(self.of_shop("a").status, 201)
        self.server.wait_for_state("a", "UP")

        # It counts again once it can.
        base.write_text(SHOP.replace("app: shop", "app: base"), encoding="utf-8")
        wait_until(lambda: self.row("shop")["source"] == "catalog", 30, lambda: self.row("shop"))

    def test_a_file_that_changes_below_one_of_the_catalog_is_told(self):
        shop = self.mine / "shop.yml"
        shop.write_text(SHOP, encoding="utf-8")
        self.assertEqual(self.ask("POST", "/api/v1/reload").status, 200)
        self.assertEqual(self.put("shop", SHOP.replace("unit: ms", "unit: msec"), '"0"').status, 200)
        shop.write_text(SHOP.replace("unit: ms", "unit: us"), encoding="utf-8")
        def told():
            return [e["text"] for e in self.server.get("/api/v1/events?limit=500")["events"] if "has changed" in e["text"]]
        texts = wait_until(told, 30)
        self.assertIn("version 1 of the catalog lies over it", texts[0])
        row = self.row("shop")
        self.assertEqual((row["source"], row["overrides"]), ("catalog", str(shop)))


if __name__ == "__main__":
    unittest.main()
