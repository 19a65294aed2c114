"""Faults under a running catalog: a full disk, a database that is restarted under load. Clear errors, and nothing that was acknowledged is lost."""
import http.client
import json
import os
import pathlib
import threading
import time
import unittest

from harness import Server, wait_until
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
