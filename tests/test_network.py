"""What monitors may not reach, and the API over TLS, as an operator sets them up and changes them while Holter runs."""
import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Directory, Server, own_network, run, wait_until  # noqa: E402
from real_servers import free_port  # noqa: E402
from test_accounts import PASSWORD, Browser, link_of  # noqa: E402

METADATA = "169.254.169.254"


def setUpModule():
    own_network()
    # Somebody answers at the address of the clouds' metadata: what is DOWN is so by the rule alone.
    subprocess.run(["ip", "address", "add", METADATA, "dev", "lo"], check=True)


def monitors(lines):
    return "monitors:\n" + "".join(f"  - {{name: {name}, app: {app}, interval: 300ms, params: {{{params}}}}}\n" for name, app, params in lines)


class ForbiddenTargets(unittest.TestCase):
    def test_are_down_with_the_rule_until_they_are_allowed(self):
        port = free_port()
        directory = Directory()
        directory.write("holter.yml", "log_level: info\n")
        server = Server(monitors([("metadata", "ping", f"host: {METADATA}"), ("mapped", "ping", f"host: '::ffff:{METADATA}'"),
                                  ("own", "port", f"host: localhost, port: {port}"), ("here", "ping", "host: 127.0.0.1")]),
                        directory, HOLTER_SERVER_LISTEN=f"127.0.0.1:{port}")
        self.addCleanup(server.close)
        server.wait_for_state("here", "UP")
        down = server.wait_for_state("metadata", "DOWN")
        self.assertIn(f"cannot reach {METADATA}: {METADATA} is forbidden (network.forbidden)", down["message"])
        self.assertIn("is forbidden (network.forbidden)", server.wait_for_state("mapped", "DOWN")["message"])
        self.assertIn(f"cannot reach localhost: port {port} of 127.0.0.1 is Holter's own", server.wait_for_state("own", "DOWN")["message"])

        directory.write("holter.yml", f"network: {{allowed: [{METADATA}, '127.0.0.1:{port}']}}\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_state("metadata", "UP")
        server.wait_for_state("own", "UP")

        directory.write("holter.yml", "network: {forbidden: [default, 127.0.0.0/8]}\n")
        server.process.send_signal(signal.SIGHUP)
        for name in ("metadata", "own", "here"):
            self.assertIn("forbidden (network.forbidden)", server.wait_for_state(name, "DOWN")["message"])

    def test_are_all_addresses_of_the_machine_where_holter_listens_on_all_of_them(self):
        first, second = "198.51.100.7", "198.51.100.8"
        subprocess.run(["ip", "address", "add", first, "dev", "lo"], check=True)
        port = free_port()
        server = Server(monitors([("first", "port", f"host: {first}, port: {port}"), ("second", "port", f"host: {second}, port: {port}"),
                                  ("loopback", "port", f"host: 127.0.0.9, port: {port}")]),
                        HOLTER_SERVER_LISTEN=f"0.0.0.0:{port}")
        self.addCleanup(server.close)
        for name, address in (("first", first), ("loopback", "127.0.0.9")):
            self.assertIn(f"port {port} of {address} is Holter's own", server.wait_for_state(name, "DOWN")["message"])
        # One that comes later is its own from the next reload on.
        subprocess.run(["ip", "address", "add", second, "dev", "lo"], check=True)
        server.wait_for_state("second", "UP")
        server.process.send_signal(signal.SIGHUP)
        self.assertIn("is Holter's own", server.wait_for_state("second", "DOWN")["message"])

    def test_of_a_block_that_is_none_keep_holter_from_starting(self):
        done = run("serve", "--for", "1s", HOLTER_NETWORK_FORBIDDEN="10.0.0.1/8")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cannot use '10.0.0.1/8' as a block of addresses: it has bits beyond its prefix", done.stderr)

    def test_count_for_probe_too(self):
        done = run("probe", "ping", "--host", METADATA)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is forbidden (network.forbidden)", done.stdout)


class Tls(unittest.TestCase):
    def setUp(self):
        self.directory = Directory()
        self.certificate, self.key = self.directory.path / "api.pem", self.directory.path / "api.key"
        self.make_certificate("first")

    def make_certificate(self, name):
        """As renewal programs do: whole files take the place of the old ones."""
        fresh, key = self.directory.path / "fresh.pem", self.directory.path / "fresh.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(fresh)],
                       check=True, capture_output=True)
        os.replace(key, self.key)
        os.replace(fresh, self.certificate)

    def start(self):
        server = Server(monitors([("here", "ping", "host: 127.0.0.1")]), self.directory, HOLTER_SERVER_TLS_CERTIFICATE=str(self.certificate),
                        HOLTER_SERVER_TLS_KEY=str(self.key))
        self.addCleanup(server.close)
        self.assertTrue(server.url.startswith("https://127.0.0.1:"))
        return server

    def get(self, server, path, **headers):
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return urllib.request.urlopen(server.request(path, **headers), timeout=10, context=trust)

    def served(self, server):
        """The certificate that is in use, as PEM."""
        host, port = server.url.removeprefix("https://").split(":")
        return ssl.get_server_certificate((host, int(port)), timeout=10)

    def events(self, server):
        with self.get(server, "/api/v1/events") as answer:
            return [event for event in json.load(answer)["events"] if event["kind"] == "certificate"]

    def test_serves_page_and_status_and_says_so_to_who_speaks_http(self):
        server = self.start()
        with self.get(server, "/") as answer:
            self.assertEqual(answer.headers["Strict-Transport-Security"], "max-age=31536000")
            self.assertIn(b"<html", answer.read())
        with self.get(server, "/api/v1/openapi.json", **{"Accept-Encoding": "gzip"}) as answer:
            self.assertIn("paths", json.loads(gzip.decompress(answer.read())))
            tag = answer.headers["ETag"]
        with self.assertRaises(urllib.error.HTTPError) as known:
            self.get(server, "/api/v1/openapi.json", **{"If-None-Match": tag})
        self.assertEqual(known.exception.code, 304)
        with self.assertRaises(urllib.error.HTTPError) as plain:
            urllib.request.urlopen(server.url.replace("https://", "http://") + "/healthz", timeout=10)
        self.assertEqual(plain.exception.code, 400)
        self.assertIn("this port speaks https only", plain.exception.read().decode())
        done = run("status", "--server", server.url, "--ca-file", str(self.certificate), HOLTER_TOKEN=server.token)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 monitors:", done.stdout)
        self.assertNotEqual(run("status", "--server", server.url, HOLTER_TOKEN=server.token).returncode, 0, "nobody has vouched for it")
        doctor = run("doctor", HOLTER_SERVER_LISTEN=server.url.removeprefix("https://"))
        self.assertIn("a Holter runs at", doctor.stdout)
        seconds, _ = server.stop()
        self.assertLess(seconds, 5)

    def test_follows_its_files_and_keeps_what_is_good(self):
        server = self.start()
        first = self.served(server)
        self.make_certificate("second")
        wait_until(lambda: self.served(server) != first, 20, "the new certificate is served")
        second = self.served(server)
        self.assertEqual([event["severity"] for event in self.events(server)], ["info"])

        good = self.certificate.read_text(encoding="ascii")
        self.certificate.write_text("no certificate\n", encoding="ascii")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old certificate of the API stays in use" in server.messages(), 20, "the warning")
        self.assertEqual(self.served(server), second)
        self.certificate.write_text(good, encoding="ascii")
        told = wait_until(lambda: (found := self.events(server))[-1]["severity"] == "info" and found, 20, "taken again")
        self.assertIn("warning", [event["severity"] for event in told])

    def test_of_half_a_pair_keeps_holter_from_starting(self):
        done = run("serve", "--for", "1s", HOLTER_SERVER_TLS_CERTIFICATE=str(self.certificate))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("server.tls.certificate and server.tls.key are needed together", done.stderr)


class RateLimit(unittest.TestCase):
    def test_who_asks_too_often_is_told_when_to_come_again(self):
        server = Server(monitors([("here", "ping", "host: 127.0.0.1")]), HOLTER_SERVER_RATE_LIMIT="5")
        self.addCleanup(server.close)
        for _ in range(200):
            try:
                with urllib.request.urlopen(server.url + "/healthz", timeout=10):
                    pass
            except urllib.error.HTTPError as refused:
                self.assertEqual((refused.code, refused.headers["Retry-After"]), (429, "1"))
                time.sleep(1.1)
                with urllib.request.urlopen(server.url + "/healthz", timeout=10) as answer:
                    self.assertEqual(answer.read(), b"ok\n")
                return
        self.fail("nothing was refused")

    def ask(self, server, token, source=None):
        """Status of one request with that token, from that address."""
        host, port = server.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10, source_address=source and (source, 0))
        try:
            connection.request("GET", "/api/v1/summary", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def test_a_token_pays_for_itself_wherever_it_comes_from_and_keeps_nobody_out(self):
        server = Server(monitors([("here", "ping", "host: 127.0.0.1")]), HOLTER_SERVER_RATE_LIMIT="5")
        self.addCleanup(server.close)
        root = Browser(server)
        self.assertEqual(root.send("POST", "/api/v1/setup", {"token": link_of(server), "name": "root", "password": PASSWORD})[0], 201)
        root.log_in()
        busy, calm = (root.send("POST", "/api/v1/tokens", {"name": name, "scopes": "read"})[1]["token"] for name in ("busy", "calm"))
        time.sleep(2.1)  # what was asked for until here is paid for
        answers = [self.ask(server, busy) for _ in range(60)]
        self.assertIn(429, answers)
        self.assertIn(200, answers)
        for _ in range(3):
            wait_until(lambda: self.ask(server, busy) == 429, 10, "too many")
            self.assertEqual(self.ask(server, calm), 200, "by the same address")
        elsewhere = [self.ask(server, busy, "127.0.0.2") for _ in range(20)]
        self.assertLess(elsewhere.count(200), 10, "it has no other ten there")
        with urllib.request.urlopen(server.request("/metrics"), timeout=10) as answer:
            counted = re.findall(r'^holter_api_refused_by_rate_total\{by="(\w+)"\} (\d+)$', answer.read().decode(), re.M)
        self.assertEqual([(by, int(count) > 0) for by, count in counted], [("address", False), ("caller", True)])


if __name__ == "__main__":
    unittest.main()
