"""A target that stops answering costs its own deadline and nothing else: at whatever byte, in whatever protocol."""
import asyncio
import pathlib
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Server, wait_until  # noqa: E402
from real_servers import RealServer, mariadb, memcached, mosquitto, postgresql, redis  # noqa: E402

TIMEOUT, INTERVAL = 2000, 6  # ms, s: a round may have two levels of sets, and each its deadline
PINGS = 200
# Bytes of the server's own that pass on each connection: none, the first ones, and ever more steps of the conversation.
STEPS = (0, 1, 5, 20, 80, 320, 1280, 5120)
REAL = {
    "postgresql": (postgresql(), "username: monitor, password: none, database: postgres"),
    "mysql": (mariadb(), "username: monitor, password: secret"),
    "redis": (redis(), ""),
    "memcached": (memcached, ""),
    "mqtt": (mosquitto, "topic: holter/check, testMessage: hello"),
}
# Whoever accepts and says nothing is enough for these; what they say at each further step is in their unit tests.
MUTE = {
    "website": "", "nginx": "", "clickhouse": "username: a, password: b", "smtp": "email: a@example.org", "imap": "email: a, authorize: b",
    "pop3": "email: a, authorize: b", "ftp": "direction: /", "websocket": "", "ssl_cert": "", "zookeeper": "", "dns": "address: example.org",
    "ntp": "", "udp_port": "", "redis_cluster": "", "redis_sentinel": "", "snmp_device": "",
    "linux": "username: a, password: b", "mongodb": "",
}


class Mute:
    """Proxies that pass on all to a server, and of its answers so many bytes per connection; without a server they only listen."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.keep = []

    def proxy(self, limit, server_port=None):
        async def serve(reader, writer):
            try:
                await talk(reader, writer)
            except (OSError, asyncio.CancelledError):
                pass

        async def talk(reader, writer):
            self.keep.append(writer)
            if server_port is None:
                return
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", server_port)
            self.keep.append(back_writer)
            await asyncio.gather(self.pass_on(reader, back_writer, 1 << 40), self.pass_on(back_reader, writer, limit), return_exceptions=True)

        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, "127.0.0.1", 0), self.loop).result(10)
        self.keep.append(started)
        return started.sockets[0].getsockname()[1]

    @staticmethod
    async def pass_on(reader, writer, limit):
        while data := await reader.read(4096):
            writer.write(data[:limit])
            limit -= min(limit, len(data))
            await writer.drain()

    async def cancel(self):
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self):
        asyncio.run_coroutine_threadsafe(self.cancel(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)


class Silence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mute = Mute()
        cls.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.udp.bind(("127.0.0.1", 0))
        cls.servers = {app: RealServer(prepare) for app, (prepare, _) in REAL.items()}
        monitor = "  - {{name: {0}, app: {1}, interval: {2}s, params: {{host: 127.0.0.1, port: {3}, timeout: {4}{5}}}}}\n"
        with_comma = lambda params: f", {params}" if params else ""  # noqa: E731
        text = "monitors:\n"
        for app, (_, params) in REAL.items():
            for limit in STEPS:
                port = cls.mute.proxy(limit, cls.servers[app].port)
                text += monitor.format(f"{app}-{limit}", app, INTERVAL, port, TIMEOUT, with_comma(params))
        tcp = cls.mute.proxy(0)
        for app, params in MUTE.items():
            port = cls.udp.getsockname()[1] if app in ("dns", "ntp", "udp_port", "snmp_device") else tcp
            text += monitor.format(app, app, INTERVAL, port, TIMEOUT, with_comma(params))
        for i in range(PINGS):
            text += f"  - {{name: ping-{i}, app: ping, interval: 1s, params: {{host: 127.0.1.{i}}}}}\n"
        # One shard, so that whatever waits in the wrong place makes all others wait; no limit per target, since all are one address.
        cls.server = Server(text, HOLTER_COLLECT_SHARDS="1", HOLTER_COLLECT_MAX_PER_TARGET="1024")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.mute.close()
        cls.udp.close()
        for server in cls.servers.values():
            server.__exit__()

    def test_silence_at_once_is_told_with_its_step(self):
        for name in [f"{app}-0" for app in REAL] + list(MUTE):
            with self.subTest(name):
                row = self.server.wait_for_state(name, "DOWN", 3 * INTERVAL)
                self.assertTrue(row["message"].startswith("cannot "), row["message"])
                self.assertRegex(row["message"], "in time|within")

    def test_silence_at_any_byte_costs_the_deadline_and_nothing_else(self):
        names = [f"{app}-{limit}" for app in REAL for limit in STEPS] + list(MUTE)
        for name in names:
            wait_until(lambda: self.server.monitor(name)["last_check"], 3 * INTERVAL, f"{name} was checked")
        self.server.wait_for_state("ping-0", "UP")
        before = self.server.get("/api/v1/schedule")
        time.sleep(3 * INTERVAL)
        after = self.server.get("/api/v1/schedule")
        self.assertGreater(after["run"] - before["run"], 3 * INTERVAL * PINGS * 0.9)
        self.assertEqual(after["skipped"], before["skipped"])
        # A wait that blocks the shard would be as long as the deadline.
        late = sum(b["count"] - a["count"] for a, b in zip(before["lateness"]["buckets"], after["lateness"]["buckets"]) if b["up_to_ms"] is not None and b["up_to_ms"] == 1000)
        self.assertEqual(late, after["lateness"]["buckets"][-1]["count"] - before["lateness"]["buckets"][-1]["count"], "checks more than a second late")
        for name in names:
            self.assertLess(self.server.monitor(name)["duration_ms"], TIMEOUT + 500, name)
        self.assertEqual(self.server.get("/api/v1/summary")["states"]["UP"] >= PINGS, True)


if __name__ == "__main__":
    unittest.main()
