"""Each way in which a target can fail is a state with its reason, and everything else goes on."""
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import Server, own_network, wait_until  # noqa: E402


def setUpModule():
    own_network()
    # In this network nobody answers pings: the kernel is told not to.
    subprocess.run(["sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1"], check=True)


class Peer:
    """A TCP server on a free port that treats each connection as `serve` says."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve = serve
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass

    def close(self):
        self.socket.close()
        for connection in self.open:
            connection.close()


def reset(connection):
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def endless(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def good(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    connection.close()


def silent(connection):
    connection.recv(4096)
    threading.Event().wait(30)


class Targets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.peers = {name: Peer(serve) for name, serve in {"reset": reset, "endless": endless, "good": good, "silent": silent}.items()}
        cls.certificate = tempfile.NamedTemporaryFile(suffix=".pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout", cls.certificate.name,
                        "-out", cls.certificate.name + ".crt"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cls.certificate.name + ".crt", cls.certificate.name)
        cls.peers["tls"] = Peer(lambda connection: good(context.wrap_socket(connection, server_side=True)))
        free = socket.create_server(("127.0.0.1", 0))
        closed_port = free.getsockname()[1]
        free.close()
        web = "{{name: {0}, app: website, interval: 500ms, params: {{host: 127.0.0.1, port: {1}, timeout: {2}{3}}}}}"
        lines = [web.format(name, cls.peers[name].port, 2000 if name == "endless" else 700, "") for name in ("reset", "endless", "good", "silent")]
        lines.append(web.format("tls", cls.peers["tls"].port, 2000, ", ssl: true"))
        lines.append(web.format("tls-unverified", cls.peers["tls"].port, 2000, ", ssl: true, verifyTls: false"))
        lines.append(f"{{name: refused, app: port, interval: 500ms, params: {{host: 127.0.0.1, port: {closed_port}}}}}")
        lines.append("{name: unresolvable, app: ping, interval: 500ms, params: {host: no-such-host.invalid, timeout: 1500}}")
        lines.append("{name: never-answers, app: ping, interval: 500ms, params: {host: 127.0.0.77, timeout: 300}}")
        lines.append("{name: no-route, app: ping, interval: 500ms, params: {host: 192.0.2.1, timeout: 300}}")
        lines.append("{name: paused, app: ping, interval: 500ms, paused: true, params: {host: 127.0.0.1}}")
        cls.server = Server("monitors:\n" + "\n".join("  - " + line for line in lines))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        for peer in cls.peers.values():
            peer.close()
        cls.certificate.close()

    def down(self, name, *texts):
        row = self.server.wait_for_state(name, "DOWN")
        for text in texts:
            self.assertIn(text, row["message"])
        self.assertIsNotNone(row["last_check"])
        self.assertIsNotNone(row["next_check"])
        return row

    def test_connection_reset(self):
        self.assertEqual(self.down("reset", "cannot fetch")["code"], "unconnectable")

    def test_endless_body_is_cut_off_at_the_limit(self):
        self.down("endless", "the body is too large")

    def test_no_answer_in_time(self):
        self.down("silent", "no answer in time")

    def test_connection_refused(self):
        self.assertEqual(self.down("refused", "Connection refused")["code"], "unconnectable")

    def test_tls_failure_says_what_is_wrong_with_the_certificate(self):
        self.down("tls", "certificate")
        self.server.wait_for_state("tls-unverified", "UP")

    def test_unresolvable_host(self):
        row = self.down("unresolvable", "no-such-host.invalid")
        self.assertEqual(row["code"], "unreachable")

    def test_host_that_never_answers(self):
        row = self.down("never-answers", "no echo reply from 127.0.0.77 within 300ms")
        self.assertEqual(row["code"], "unreachable")

    def test_no_route(self):
        self.down("no-route", "unreachable")

    def test_paused_is_its_own_state(self):
        self.assertEqual(self.server.monitor("paused")["state"], "PAUSED")

    def test_nothing_else_stops(self):
        self.server.wait_for_state("good", "UP")
        before = self.server.monitor("good")["last_check"]
        wait_until(lambda: self.server.monitor("good")["last_check"] > before, 5, "the good one goes on")
        counts = self.server.get("/api/v1/schedule")
        self.assertEqual(counts["due"], counts["run"] + counts["skipped"] + counts["paused"])
        self.assertEqual(self.server.get("/api/v1/summary")["states"]["STALE"], 0)


if __name__ == "__main__":
    unittest.main()
