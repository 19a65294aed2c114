"""Definitions as people use them: listed, shown, compared, checked, recorded and replayed, changed while Holter runs."""
import json
import pathlib
import re
import sys
import unittest

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, ROOT, Server, run, wait_until  # noqa: E402

SHOP = """
    category: custom
    app: shop
    name: {en-US: Shop}
    params:
      - {field: host, name: {en-US: Host}, type: host, required: true}
      - {field: port, name: {en-US: Port}, type: number, required: true}
    metrics:
      - name: summary
        priority: 0
        protocol: telnet
        fields: [{field: responseTime, type: 0, unit: ms}]
        telnet: {host: ^_^host^_^, port: PORT, timeout: 1000}
    """


class Definitions(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)

    def own(self, text, name="own/shop.yml"):
        return self.directory.write(name, text)

    def test_the_interface_completes_by_the_same_schema(self):
        shown = json.loads(run("definitions", "schema").stdout)
        kept = json.loads((ROOT / "ui/src/pages/definitions/schema.json").read_text(encoding="utf-8"))
        self.assertEqual(kept, shown, "holter definitions schema > ui/src/pages/definitions/schema.json")

    def test_every_shipped_definition_fits_the_schema(self):
        schema = json.loads(run("definitions", "schema").stdout)
        validator = jsonschema.Draft7Validator(schema)
        files = [f for f in sorted((ROOT / "definitions").rglob("*.yml")) if "testcases" not in f.parts]
        self.assertGreater(len(files), 2)
        for file in files:
            # As editors read it: keys and scalars by YAML 1.2's core rules, where `on` and `yes` are texts.
            document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
            with self.subTest(file=file.name):
                self.assertEqual([e.message for e in validator.iter_errors(document)], [])
        wrong = yaml.safe_load(SHOP) | {"metircs": []}
        self.assertTrue(any("metircs" in e.message for e in validator.iter_errors(wrong)))

    def test_the_examples_of_the_document_are_the_files_and_their_cases_pass(self):
        text = (ROOT / "docs/definitions.md").read_text(encoding="utf-8")
        quoted = re.findall(r"<!-- (file|metrics of): (\S+) -->\n```yaml\n(.*?)```\n", text, re.S)
        self.assertEqual({pathlib.Path(name).name for _, name, _ in quoted},
                         {f.name for f in (ROOT / "examples/definitions").glob("*.yml")})
        for part, name, yml in quoted:
            file = (ROOT / name).read_text(encoding="utf-8")
            self.assertEqual(yml, file if part == "file" else file[file.index("metrics:"):], name)
        done = run("check", "--definitions", str(ROOT / "examples/definitions"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("14 cases passed, 0 failed; 0 warnings", done.stdout)

    def test_list_and_show_name_what_there_is(self):
        listed = run("definitions")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertRegex(listed.stdout, r"ping\s+Ping\s+service\s+icmp")
        shown = run("definitions", "show", "ping", "--lang", "zh-CN")
        self.assertIn("主机", shown.stdout)
        self.assertIn("holter probe ping --host", shown.stdout)
        missing = run("definitions", "show", "pimg")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("did you mean 'ping'?", missing.stderr)

    def test_an_own_file_replaces_the_shipped_one_and_diff_tells_how(self):
        shipped = (ROOT / "definitions/service/ping.yml").read_text(encoding="utf-8")
        self.own(shipped.replace("category: service", "category: mine"), "own/ping.yml")
        both = f"{ROOT / 'definitions'},{self.directory.path / 'own'}"
        self.assertRegex(run("definitions", HOLTER_DEFINITIONS=both).stdout, r"ping\s+Ping\s+mine")
        changed = run("definitions", "diff", "ping", HOLTER_DEFINITIONS=both)
        self.assertEqual(changed.returncode, 1, changed.stderr)
        self.assertIn("- category: service\n+ category: mine\n", changed.stdout)
        same = run("definitions", "diff", str(ROOT / "definitions/service/ping.yml"), str(ROOT / "definitions/service/ping.yml"))
        self.assertEqual(same.returncode, 0)

    def test_check_has_a_line_per_file_and_runs_the_cases(self):
        good = run("check", "--definitions", str(ROOT / "definitions"), timeout=120)
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        self.assertRegex(good.stdout, r"ok\s+\S+/ping.yml\s+ping\s+1")
        self.own(SHOP.replace("protocol: telnet", "protocl: telnet"))
        bad = run("check", "--definitions", str(self.directory.path))
        self.assertEqual(bad.returncode, 1)
        self.assertRegex(bad.stdout, r"FAIL\s+\S+/shop.yml")
        self.assertRegex(bad.stderr, r"shop.yml:\d+:\d+: .*did you mean 'protocol'\?")

    def test_a_file_may_extend_one_of_another_directory(self):
        mine = str(self.directory.path / "own")
        self.own("""
            category: mine
            app: fast_ping
            extends: ping
            name: {en-US: Fast ping}
            params:
              - {field: timeout, name: {en-US: Timeout}, type: number, defaultValue: 50}
            """, "own/fast_ping.yml")
        checked = run("check", "--definitions", mine)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertRegex(checked.stdout, r"ok\s+\S+/fast_ping.yml\s+fast_ping\s+1")
        self.assertIn("1 definitions, 0 not usable", checked.stdout)
        # One that replaces a shipped one is not one that stands twice.
        shipped = (ROOT / "definitions/service/ping.yml").read_text(encoding="utf-8")
        self.own(shipped, "own/ping.yml")
        self.assertEqual(run("check", "--definitions", mine).returncode, 0)
        self.own(shipped, "own/again/ping.yml")
        twice = run("check", "--definitions", mine)
        self.assertEqual(twice.returncode, 1)
        self.assertIn("cannot define 'ping' twice", twice.stderr)
        (self.directory.path / "own/again/ping.yml").unlink()
        alone = run("check", "--definitions", mine, HOLTER_DEFINITIONS=str(self.directory.path / "none"))
        self.assertEqual(alone.returncode, 0, "its parent stands beside it")
        (self.directory.path / "own/ping.yml").unlink()
        alone = run("check", "--definitions", mine, HOLTER_DEFINITIONS=str(self.directory.path / "none"))
        self.assertEqual(alone.returncode, 1)
        self.assertIn("cannot extend 'ping'", alone.stderr)

    def test_what_is_recorded_can_be_replayed(self):
        server = Server("monitors: []\n")
        self.addCleanup(server.close)
        port = server.url.rsplit(":", 1)[1]
        recorded = run("probe", "website", "--host", "127.0.0.1", "--port", port, "--record", str(self.directory.path / "r"))
        self.assertEqual(recorded.returncode, 0, recorded.stdout + recorded.stderr)
        self.assertTrue((self.directory.path / "r/summary.answer").read_text(encoding="utf-8").startswith("HTTP/1.1 200"))
        replayed = run("probe", "website", "--host", "nobody.invalid", "--replay", str(self.directory.path / "r"))
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)
        self.assertRegex(replayed.stdout, r"statusCode\s+200")
        nothing = run("probe", "website", "--host", "h", "--replay", str(self.directory.path / "none"))
        self.assertEqual(nothing.returncode, 2)
        self.assertIn("cannot replay", nothing.stderr)

    def test_a_changed_file_is_picked_up_and_a_wrong_one_changes_nothing(self):
        file = pathlib.Path(self.own(SHOP.replace("PORT", "1")))
        server = Server("monitors:\n  - {name: one, app: shop, interval: 500ms, params: {host: 127.0.0.1, port: 1}}\n",
                        directory=self.directory, HOLTER_DEFINITIONS=str(self.directory.path / "own"))
        self.addCleanup(server.close, keep=True)
        server.wait_for_state("one", "DOWN")
        other = Server("monitors: []\n")  # its own port is none that a monitor may reach
        self.addCleanup(other.close)
        file.write_text(file.read_text(encoding="utf-8").replace("port: 1,", f"port: {other.url.rsplit(':', 1)[1]},"), encoding="utf-8")
        rows = lambda: server.get("/api/v1/monitors")["monitors"]  # noqa: E731  (none while it moves to the new definition)
        wait_until(lambda: [row["state"] for row in rows()] == ["UP"], 20, rows)
        file.write_text("app: shop\nmetrics: {}\n", encoding="utf-8")
        kinds = lambda: [e["kind"] for e in server.get("/api/v1/events?limit=100")["events"]]  # noqa: E731
        wait_until(lambda: "definitions" in kinds(), 20, kinds)
        self.assertEqual(server.monitor("one")["state"], "UP")


if __name__ == "__main__":
    unittest.main()
