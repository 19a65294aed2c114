"""`holter backup`, `restore` and `keys`: what users own and the keys of its passwords, kept, brought back, changed."""
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import PROGRAM, environment, run, wait_until  # noqa: E402
from test_monitors_api import WebServer, WithServer, ping  # noqa: E402

PASSWORD = "canary-of-the-backup"


class Keeping(WithServer):
    """A server with monitors of the API that have passwords, and commands beside it."""

    def setUp(self):
        self.web = WebServer()
        super().setUp()
        self.data = self.directory.path / "data"
        self.file = self.directory.path / "backup.db"

    def tearDown(self):
        super().tearDown()
        self.web.close()

    def website(self, name):
        return {"name": name, "app": "website", "interval": "200ms",
                "params": {"host": "127.0.0.1", "port": self.web.port, "authType": "Basic Auth", "username": "u", "password": PASSWORD}}

    def holter(self, *arguments, code=0, **settings):
        done = run(*arguments, cwd=self.directory.path, **{"HOLTER_DATA_DIR": str(self.data)} | self.settings | settings)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return done

    def json_of(self, *arguments, **more):
        return json.loads(self.holter(*arguments, "--json", **more).stdout)

    def stop(self, how=signal.SIGINT):
        self.server.stop(how)
        self.server.close(keep=True)
        self.server = None

    def names(self):
        return {row["name"] for row in self.server.get("/api/v1/monitors?limit=1000")["monitors"]}

    def wait_for_use_of_password(self):
        """A probe comes with the password, which the server has opened with its keys."""
        self.web.seen.clear()
        wait_until(lambda: any(self.web.seen), 10, lambda: f"{self.web.seen}")

    def seen_by_key(self):
        return {key["id"]: key["sealed"] for key in self.json_of("keys", "show")["keys"]}


class Backup(Keeping):
    def test_a_backup_of_a_running_server_is_restored_with_its_passwords(self):
        self.create(ping("a"))
        self.create(self.website("w"))
        told = self.json_of("backup", str(self.file))
        self.assertEqual((told["monitors"], told["sealed"], told["missing_keys"], told["key_file"]), (2, 1, [], None), told)
        self.assertEqual(told["bytes"], self.file.stat().st_size)
        self.assertEqual(self.file.stat().st_mode & 0o7777, 0o600)
        self.create(ping("later"))
        self.server.wait_for_state("w", "UP")

        refused = self.holter("restore", str(self.file), code=1)
        self.assertIn(f"cannot restore while Holter runs, end it first: cannot use the data directory {self.data}: another process (pid {self.server.process.pid})",
                      refused.stderr)
        self.stop()
        told = self.holter("restore", str(self.file)).stdout
        self.assertIn("2 monitors", told)
        former = list(self.data.glob("catalog.db.former-*"))
        self.assertEqual(len(former), 1)
        self.assertIn(f"is kept as {former[0]}", told)
        self.start()
        self.assertEqual(self.names(), {"a", "w"})
        self.wait_for_use_of_password()
        # The catalog of before is whole.
        self.stop()
        former[0].replace(self.data / "catalog.db")
        self.start()
        self.assertEqual(self.names(), {"a", "w", "later"})

    def test_it_says_which_key_it_needs_and_takes_it_along_only_when_asked(self):
        self.create(self.website("w"))
        key = self.json_of("keys", "show")["keys"][0]["id"]
        told = self.holter("backup", str(self.file)).stdout
        self.assertIn(f"1 sealed passwords are worth nothing without their key ({key}), which is not in it but in {self.data}/secret.key", told)
        self.assertFalse(pathlib.Path(f"{self.file}.key").exists())
        other = self.directory.path / "other.db"
        told = self.holter("backup", "--with-key", str(other)).stdout
        copy = pathlib.Path(f"{other}.key")
        self.assertIn(f"wrote {copy} (mode 0600)", told)
        self.assertEqual(copy.stat().st_mode & 0o7777, 0o600)
        self.assertEqual(copy.read_bytes(), (self.data / "secret.key").read_bytes())
        for file in (self.file, other):
            self.assertNotIn(PASSWORD.encode(), file.read_bytes())

    def test_a_restore_without_the_key_says_so_and_the_copy_helps(self):
        self.create(self.website("w"))
        self.holter("backup", "--with-key", str(self.file))
        self.stop()
        (self.data / "secret.key").unlink()
        (self.data / "catalog.db").unlink()
        done = self.holter("restore", str(self.file), code=3)
        self.assertIn(f"{self.file}.key may have them", done.stderr)
        (self.data / "secret.key").write_bytes(pathlib.Path(f"{self.file}.key").read_bytes())
        (self.data / "secret.key").chmod(0o600)
        self.start()
        self.wait_for_use_of_password()

    def test_files_that_are_there_are_not_replaced_and_nothing_is_left_behind(self):
        self.create(self.website("w"))
        self.file.write_text("mine", encoding="ascii")
        self.assertIn("there is such a file", self.holter("backup", str(self.file), code=1).stderr)
        self.assertEqual(self.file.read_text(encoding="ascii"), "mine")
        other = self.directory.path / "other.db"
        pathlib.Path(f"{other}.key").write_text("mine", encoding="ascii")
        self.assertIn("there is such a file", self.holter("backup", "--with-key", str(other), code=1).stderr)
        self.assertFalse(other.exists())
        self.assertIn("No such file", self.holter("backup", str(self.directory.path / "none/x.db"), code=1).stderr)

    def test_what_is_no_backup_is_refused_and_the_catalog_stays(self):
        self.create(ping("a"))
        self.stop()
        self.file.write_bytes(b"this is no database, however long it may be" * 1000)
        self.holter("restore", str(self.file), code=1)
        self.holter("restore", str(self.directory.path / "none"), code=1)
        self.assertEqual([file.name for file in self.data.glob("catalog.db*")], ["catalog.db"])
        self.start()
        self.assertEqual(self.names(), {"a"})

    def test_with_postgresql_other_programs_are_named(self):
        for command, program in (("backup", "pg_dump"), ("restore", "pg_restore")):
            done = self.holter(command, str(self.file), code=1, HOLTER_DATA_DIR=str(self.directory.path / "other"),
                               HOLTER_CATALOG_POSTGRESQL="host=127.0.0.1 port=1 password=" + PASSWORD)
            self.assertIn(program, done.stderr)

    def test_help_has_examples(self):
        for arguments in (["backup"], ["restore"], ["keys"], ["keys", "show"], ["keys", "rotate"]):
            done = run(*arguments, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("holter " + arguments[0], done.stdout)
        self.assertEqual(run("backup").returncode, 2)
        self.assertEqual(run("keys").returncode, 2)


class Keys(Keeping):
    def rotated(self, **more):
        return self.json_of("keys", "rotate", **more)

    def sealed_texts(self):
        with sqlite3.connect(self.data / "catalog.db") as catalog:
            rows = catalog.execute("SELECT value FROM monitor_params WHERE sealed = 1 ORDER BY monitor_id").fetchall()
        catalog.close()
        return [bytes.fromhex(row[0]).decode() for row in rows]

    def test_all_is_sealed_by_a_new_key_and_the_old_one_is_gone(self):
        for i in range(450):  # more than one transaction takes
            self.create(self.website(f"w{i}") | {"paused": i > 0})
        before = self.json_of("keys", "show")
        old = before["keys"][0]["id"]
        self.assertEqual((len(before["keys"]), before["keys"][0]["sealed"], before["source"]), (1, 450, f"{self.data}/secret.key"))
        self.assertIn("seals new passwords", self.holter("keys", "show").stdout)
        refused = self.holter("keys", "rotate", code=1)
        self.assertIn("cannot rotate keys while Holter runs", refused.stderr)
        self.assertEqual(self.seen_by_key(), {old: 450})
        self.stop()

        told = self.rotated()
        self.assertEqual((told["made"], told["dropped"], told["passwords"], told["sealed_anew"]), (True, [old], 450, 450), told)
        self.assertEqual(self.seen_by_key(), {told["newest"]: 450})
        self.assertNotIn(old, (self.data / "secret.key").read_text(encoding="ascii"))
        self.assertEqual((self.data / "secret.key").stat().st_mode & 0o7777, 0o600)
        self.start()
        self.wait_for_use_of_password()

    def test_what_cannot_be_opened_is_named_and_keeps_all_keys(self):
        for i in range(3):
            self.create(self.website(f"w{i}"))
        self.stop()
        old = self.sealed_texts()
        self.rotated()
        with sqlite3.connect(self.data / "catalog.db") as catalog:  # as after a restore of an older backup
            for name, text in list(zip(("w0", "w1", "w2"), old, strict=True))[1:]:
                catalog.execute("UPDATE monitor_params SET value = ? WHERE sealed = 1 AND monitor_id = (SELECT id FROM monitors WHERE name = ?)",
                                (text.encode().hex(), name))
        catalog.close()
        told = self.json_of("keys", "show")
        self.assertEqual([(key["here"], key["sealed"]) for key in told["keys"]], [(True, 1), (False, 2)], told)
        failed = self.holter("keys", "rotate", code=1)
        self.assertIn("2 of 3 passwords cannot be opened, so all keys are kept", failed.stderr)
        self.assertIn("'w1'", failed.stderr)
        self.assertEqual([key["here"] for key in self.json_of("keys", "show")["keys"]], [True, True, False])

    def test_killed_at_any_moment_no_password_is_lost(self):
        for i in range(30):
            self.create(self.website(f"w{i}") | {"paused": i > 0})
        self.stop()
        chance = random.Random(5)
        env = environment(HOLTER_DATA_DIR=str(self.data))
        for _ in range(12):
            process = subprocess.Popen([PROGRAM, "keys", "rotate"], env=env, cwd=self.directory.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.random() * 0.25)
            process.kill()
            process.wait(timeout=10)
            told = self.json_of("keys", "show")
            self.assertTrue(all(key["here"] for key in told["keys"]), told)
            self.assertEqual(sum(key["sealed"] for key in told["keys"]), 30)
        told = self.rotated()
        self.assertEqual(self.seen_by_key(), {told["newest"]: 30})
        self.start()
        self.wait_for_use_of_password()

    def test_keys_of_the_environment_are_told_which_are_not_needed(self):
        old, new = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
        self.stop()
        self.settings = {"HOLTER_SECRET_KEY": old, "HOLTER_DATA_DIR": str(self.data)}
        self.start()
        self.create(self.website("w"))
        self.stop()
        told = self.holter("keys", "rotate").stdout
        self.assertIn("HOLTER_SECRET_KEY has one key: put a new one before it", told)
        self.settings["HOLTER_SECRET_KEY"] = f"{new},{old}"
        told = self.rotated()
        self.assertEqual((told["made"], len(told["not_needed"]), told["sealed_anew"]), (False, 1, 1), told)
        self.assertIn(f"not needed any more, but for older backups: {told['not_needed'][0]}", self.holter("keys", "rotate").stdout)
        refused = self.holter("backup", "--with-key", str(self.file), code=1)
        self.assertIn("they come from HOLTER_SECRET_KEY", refused.stderr)
        self.settings["HOLTER_SECRET_KEY"] = new
        self.start()
        self.wait_for_use_of_password()

    def test_before_the_first_start_there_is_nothing(self):
        empty = {"HOLTER_DATA_DIR": str(self.directory.path / "empty")}
        (self.directory.path / "empty").mkdir()
        for command in (["keys", "show"], ["keys", "rotate"], ["backup", str(self.file)], ["account", "list"]):
            self.assertIn("cannot find", self.holter(*command, code=1, **empty).stderr)
        self.assertEqual({file.name for file in (self.directory.path / "empty").iterdir()}, {"serve.lock"}, "nothing was made")


if __name__ == "__main__":
    unittest.main()
