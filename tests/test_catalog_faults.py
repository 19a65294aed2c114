"""Faults under a running catalog: a full disk, a database that is restarted under load. Clear errors, and nothing that was acknowledged is lost."""
import http.client
import json
import os
import pathlib
import subprocess
import threading
import time
import unittest

from harness import Directory, Server, wait_until
from real_servers import RealServer, postgresql

NOTHING = "monitors: []\n"


def ask(server, method, path, content=None):
    """Status and answer of one request; 0 where there was none."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=40)
    try:
        connection.request(method, path, None if content is None else json.dumps(content),
                           {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def monitor(name, text=""):
    return {"name": name, "app": "ping", "paused": True, "params": {"host": "127.0.0.1"}, "description": text}


def names(server):
    return {row["name"] for row in server.get("/api/v1/monitors?limit=1000")["monitors"]}


class FaultsTest(unittest.TestCase):
    def test_a_full_disk_refuses_in_words_and_loses_nothing(self):
        mount = 'mkdir -p data && mount -t tmpfs -o size=12m tmpfs data && exec "$@"'
        server = Server(NOTHING, prefix=("unshare", "-m", "sh", "-c", mount, "sh"))
        self.addCleanup(server.close)
        root = pathlib.Path(f"/proc/{server.process.pid}/root{server.data}")
        stored, refused = set(), []
        self.assertEqual(ask(server, "POST", "/api/v1/monitors", monitor("first"))[0], 201)
        with open(root / "ballast", "wb") as ballast:
            try:
                while True:
                    ballast.write(bytes(65536))
                    ballast.flush()
            except OSError:
                pass
        for i in range(200):
            status, answer = ask(server, "POST", "/api/v1/monitors", monitor(f"m{i}", "x" * 4000))
            if status == 201:
                stored.add(f"m{i}")
            else:
                refused.append((status, answer))
            if len(refused) >= 3:
                break
        self.assertGreaterEqual(len(refused), 3, "the disk is full")
        for status, answer in refused:
            self.assertIn(status, (500, 503), answer)
            self.assertRegex(answer["detail"], "cannot (create|commit).*(space|disk)")
        self.assertEqual(ask(server, "GET", "/api/v1/summary")[0], 200, "it goes on")
        os.remove(root / "ballast")
        wait_until(lambda: ask(server, "POST", "/api/v1/monitors", monitor("last"))[0] in (201, 409), 20, "room again")
        self.assertLessEqual(stored | {"first", "last"}, names(server))

    def test_a_disk_that_becomes_read_only_under_load_refuses_in_words_and_loses_nothing(self):
        directory = Directory()
        self.addCleanup(directory.remove)
        image = directory.path / "disk"
        with open(image, "wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
        mount = f'mkdir -p data && mount -o loop {image} data && exec "$@"'
        prefix = ("unshare", "-m", "sh", "-c", mount, "sh")
        if subprocess.run(["unshare", "-m", "sh", "-c", f"mount -o loop {image} /mnt"], check=False, capture_output=True).returncode != 0:
            self.skipTest("this machine has no loop devices")
        server = Server(NOTHING, directory, prefix=prefix)
        self.addCleanup(server.close, keep=True)
        stored, failed, stop = set(), [], threading.Event()

        def make():
            for i in range(50_000):
                if stop.is_set():
                    return
                status, answer = ask(server, "POST", "/api/v1/monitors", monitor(f"m{i}"))
                if status == 201:
                    stored.add(f"m{i}")
                else:
                    failed.append((status, answer))
                    time.sleep(0.05)

        worker = threading.Thread(target=make)
        worker.start()
        try:
            wait_until(lambda: len(stored) > 30, 20, "some monitors")
            # As ext4 does by itself when its disk fails: nothing can be written any more, also by who has the file open.
            subprocess.run(["nsenter", "-m", "-t", str(server.process.pid), "mount", "-o", "remount,abort", str(server.data)], check=True)
            wait_until(lambda: len(failed) > 5, 40, lambda: f"refusals; {len(stored)} are stored")
        finally:
            stop.set()
            worker.join(timeout=60)
        self.assertFalse(worker.is_alive())
        for status, answer in failed:
            self.assertIn(status, (500, 503), answer)
            self.assertRegex(answer["detail"], "cannot .*(disk|[Rr]ead-only file system|[Ii]nput/output error)")
        self.assertEqual(ask(server, "GET", "/api/v1/summary")[0], 200, "it goes on")
        server.process.kill()  # it has nowhere to write what it would at its end
        server.process.wait(timeout=20)
        server.close(keep=True)
        # Its history process ends by itself, and with it what is mounted.
        wait_until(lambda: not subprocess.run(["losetup", "-j", str(image)], check=True, capture_output=True).stdout, 20, "the disk is let go")
        again = Server(NOTHING, directory, prefix=prefix)
        self.addCleanup(again.close, keep=True)
        kept = {fields["name"] for fields in ask(again, "GET", "/api/v1/monitors/export")[1]}
        self.assertEqual(stored - kept, set(), "acknowledged is stored")
        self.assertEqual(ask(again, "POST", "/api/v1/monitors", monitor("after"))[0], 201, "and it can be written again")

    def test_a_database_that_is_restarted_under_load_keeps_what_was_acknowledged(self):
        with RealServer(postgresql()) as database:
            connection = f"host=127.0.0.1 port={database.port} user=monitor dbname=postgres"
            server = Server(NOTHING, HOLTER_CATALOG_POSTGRESQL=connection)
            self.addCleanup(server.close)
            stored, failed, stop = set(), [], threading.Event()

            def make():
                for i in range(5_000):
                    if stop.is_set():
                        return
                    status, answer = ask(server, "POST", "/api/v1/monitors", monitor(f"m{i}"))
                    if status == 201:
                        stored.add(f"m{i}")
                    else:
                        failed.append((status, answer))
                        time.sleep(0.1)

            worker = threading.Thread(target=make)
            worker.start()
            try:
                wait_until(lambda: len(stored) > 30, 20, "some monitors")
                database.restart()
                before = len(stored)
                wait_until(lambda: len(stored) > before + 30, 40, lambda: f"monitors after the restart; {failed[-3:]}")
            finally:
                stop.set()
                worker.join(timeout=60)
            self.assertFalse(worker.is_alive())
            for status, answer in failed:
                self.assertIn(status, (503, 504), answer)
            self.assertLessEqual(stored, names(server) if len(stored) < 1000 else stored)
            server.stop()
            again = Server(NOTHING, server.directory, HOLTER_CATALOG_POSTGRESQL=connection)
            self.addCleanup(again.close)
            self.assertEqual(stored - names(again), set(), "acknowledged is stored")


if __name__ == "__main__":
    unittest.main()
