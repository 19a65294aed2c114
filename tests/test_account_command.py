"""`holter account`: who there is, and a link that leads back in."""
import json
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, run  # noqa: E402


class Account(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.server = Server("monitors: []\n", self.directory)
        self.addCleanup(self.directory.remove)
        self.addCleanup(lambda: self.server.close(keep=True))
        self.data = self.directory.path / "data"

    def holter(self, *arguments, code=0, **settings):
        done = run(*arguments, cwd=self.directory.path, **{"HOLTER_DATA_DIR": str(self.data)} | settings)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def sql(self, *statement):
        catalog = sqlite3.connect(self.data / "catalog.db", timeout=10)
        with catalog:
            rows = catalog.execute(*statement).fetchall()
        catalog.close()
        return rows

    def add(self, name, role="admin", disabled=0, locked_until_ms=0):
        self.sql("INSERT INTO accounts VALUES (?, ?, '$argon2id$x', ?, 0, ?, 1, 0, 'test', 0, 'test')", (name, role, disabled, locked_until_ms))

    def test_accounts_are_listed_beside_a_running_server(self):
        self.assertIn("there is no account yet", self.holter("account", "list").stdout)
        self.add("anna")
        self.add("bert", "viewer", disabled=1)
        self.add("carl", "viewer", locked_until_ms=4_000_000_000_000)
        listed = self.holter("account", "list").stdout
        self.assertRegex(listed, r"(?m)^anna +admin +1970-01-01T00:00:00.000Z +active$")
        self.assertRegex(listed, r"(?m)^bert +viewer .* disabled$")
        self.assertRegex(listed, r"(?m)^carl +viewer .* locked until 2096-")
        accounts = json.loads(self.holter("account", "list", "--json").stdout)["accounts"]
        self.assertEqual([(a["name"], a["role"], a["disabled"]) for a in accounts], [("anna", "admin", False), ("bert", "viewer", True), ("carl", "viewer", False)])
        self.assertNotIn("argon2id", listed + json.dumps(accounts))

    def test_a_link_is_made_for_the_running_server_and_its_token_is_not_stored(self):
        self.add("anna")
        told = self.holter("account", "reset", "anna").stdout
        link = told.split("\n")[0]
        self.assertTrue(link.startswith(f"{self.server.url}/reset#"), link)
        self.assertIn("sets a new password for anna, once, within 1h", told)
        token = link.split("#")[1]
        (offer,), = self.sql("SELECT json FROM settings WHERE name = 'access.reset'")
        self.assertEqual(json.loads(offer)["account"], "anna")
        for file in self.directory.path.rglob("*"):
            if file.is_file():
                self.assertNotIn(token.encode(), file.read_bytes(), file)
        self.assertEqual(self.sql("SELECT what, target FROM audit"), [("account.reset", "account/anna")])
        # A second one takes its place.
        second = json.loads(self.holter("account", "reset", "anna", "--json").stdout)
        self.assertNotEqual(second["link"], link)
        self.assertEqual(second["valid_seconds"], 3600)

    def test_without_a_server_the_link_is_as_configured(self):
        self.add("anna")
        self.server.stop()
        told = self.holter("account", "reset", "anna", HOLTER_SERVER_LISTEN="127.0.0.1:2157").stdout
        self.assertTrue(told.startswith("http://127.0.0.1:2157/reset#"), told)
        told = self.holter("account", "reset", "anna", HOLTER_SERVER_LISTEN="[::1]:443", HOLTER_SERVER_TLS_CERTIFICATE="c.pem", HOLTER_SERVER_TLS_KEY="k.pem").stdout
        self.assertTrue(told.startswith("https://[::1]:443/reset#"), told)

    def test_who_is_not_there_or_disabled_has_no_link(self):
        self.add("bert", disabled=1)
        self.assertIn("disabled", self.holter("account", "reset", "bert", code=1).stderr)
        self.assertIn("nobody", self.holter("account", "reset", "nobody", code=1).stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM settings WHERE name = 'access.reset'"), [(0,)])
        self.assertEqual(run("account").returncode, 2)
        self.assertIn("holter account reset", run("account", "--help").stdout)


if __name__ == "__main__":
    unittest.main()
