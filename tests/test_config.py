"""`holter config show`, secrets from files, and what `holter check` says of both."""
import pathlib
import sys
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, ROOT, run  # noqa: E402

CANARY = "canary-of-the-configuration"


class Config(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.addCleanup(self.directory.remove)
        self.directory.write("monitors.yml", "monitors: []\n")
        self.settings = {"HOLTER_DATA_DIR": str(self.directory.path / "data"), "HOLTER_MONITORS": str(self.directory.path / "monitors.yml")}

    def secret(self, text, mode=0o600):
        path = self.directory.write("secret", text)
        pathlib.Path(path).chmod(mode)
        return path

    def holter(self, *arguments, code=0, **settings):
        done = run(*arguments, cwd=self.directory.path, **self.settings | settings)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn(CANARY, done.stdout + done.stderr)
        return done

    def test_values_are_shown_with_where_they_come_from_and_can_be_read_back(self):
        config = self.directory.write("holter.yml", "memory:\n  budget: 64MiB\n  stretch: 3\n")
        shown = self.holter("config", "show", "-c", config, HOLTER_MEMORY_BUDGET="128MiB").stdout
        self.assertIn("  budget: 128MiB  # HOLTER_MEMORY_BUDGET\n", shown)
        self.assertIn(f"  stretch: 3  # {config}:3\n", shown)
        self.assertIn("  psi: on  # default\n", shown)
        parsed = yaml.safe_load(shown)
        self.assertEqual(parsed["data_dir"], self.settings["HOLTER_DATA_DIR"])
        again = self.directory.write("again.yml", shown)
        self.assertEqual(yaml.safe_load(self.holter("config", "show", "-c", again).stdout), parsed)

    def test_the_file_to_begin_with_is_that_of_packaging_and_has_no_findings(self):
        text = self.holter("config", "show", "--defaults").stdout
        self.assertEqual(text, (ROOT / "packaging/holter.yml").read_text(encoding="utf-8"))
        config = self.directory.write("holter.yml", text)
        done = self.holter("check", "-c", config)
        self.assertIn("0 errors, 0 warnings", done.stdout)

    def test_a_secret_comes_from_a_file_and_is_never_shown(self):
        secret = self.secret(f"host=127.0.0.1 port=1 user=u password={CANARY}\n")
        shown = self.holter("config", "show", HOLTER_CATALOG_POSTGRESQL_FILE=secret).stdout
        self.assertIn(f"  postgresql_file: {secret}  # HOLTER_CATALOG_POSTGRESQL_FILE\n", shown)
        self.assertIn("  #postgresql: ***  # catalog.postgresql_file\n", shown)
        self.assertIn("0 errors, 0 warnings", self.holter("check", HOLTER_CATALOG_POSTGRESQL_FILE=secret).stdout)
        # It is really used: nothing listens there.
        done = self.holter("serve", "--quiet", "--for", "1s", code=1, HOLTER_CATALOG_POSTGRESQL_FILE=secret)
        self.assertIn("postgresql://127.0.0.1:1", done.stderr)

    def test_two_places_for_a_secret_are_an_error_that_names_both(self):
        secret = self.secret("host=a")
        config = self.directory.write("holter.yml", f"catalog:\n  postgresql: host=b password={CANARY}\n")
        done = self.holter("check", "-c", config, code=1, HOLTER_CATALOG_POSTGRESQL_FILE=secret)
        self.assertIn("HOLTER_CATALOG_POSTGRESQL_FILE: error: catalog.postgresql_file: cannot take catalog.postgresql from two places", done.stderr)
        self.assertIn(f"({config}:2)", done.stderr)

    def test_check_reads_secrets_without_connecting(self):
        for text, mode, code, message in (("host=a password=" + CANARY, 0o644, 0, "every user of this machine may read"),
                                          ("\n", 0o600, 1, "it is empty"),
                                          (f"no connection string {CANARY} '", 0o600, 1, "neither key=value pairs nor a URI"),
                                          (CANARY * 4000, 0o600, 1, "it has more than 65536 bytes")):
            done = self.holter("check", code=code, HOLTER_CATALOG_POSTGRESQL_FILE=self.secret(text, mode))
            self.assertIn(message, done.stderr)
        done = self.holter("check", code=1, HOLTER_SECRET_KEY=CANARY)
        self.assertIn("HOLTER_SECRET_KEY", done.stderr)
        self.assertFalse((self.directory.path / "data").exists(), "a check makes nothing")

    def test_a_wrong_configuration_is_told_instead(self):
        config = self.directory.write("holter.yml", "memory: {bugdet: 1GiB}\n")
        self.assertIn("did you mean 'budget'?", self.holter("config", "show", "-c", config, code=1).stderr)
        self.assertEqual(run("config").returncode, 2)
        self.assertIn("holter config show", run("config", "show", "--help").stdout)


if __name__ == "__main__":
    unittest.main()
