"""Callers that mean no good, over real sockets: those that never finish, those that send what is no HTTP, and those that send too much of it."""
import re
import selectors
import socket
import time
import unittest
import urllib.request

from harness import Server, wait_until

NOTHING = "monitors: []\n"
SLOW = 200  # of the 256 connections that server.max_connections allows
HEADER_TIMEOUT = 10  # api::ServerOptions


class HostileTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(NOTHING)
        self.addCleanup(self.server.close)
        host, port = self.server.url.removeprefix("http://").split(":")
        self.place = (host, int(port))

    def connect(self):
        connection = socket.create_connection(self.place, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def say(self, *pieces):
        """What comes back until the server closes."""
        connection = self.connect()
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had heard enough
        heard = b""
        try:
            while got := connection.recv(65536):
                heard += got
        except ConnectionResetError:
            pass  # it closed before it had read all that was sent
        return heard.decode()

    def healthy(self):
        """Seconds that an ordinary request takes."""
        before = time.monotonic()
        with urllib.request.urlopen(self.server.url + "/healthz", timeout=10) as answer:
            self.assertEqual(answer.read(), b"ok\n")
        return time.monotonic() - before

    def metric(self, name):
        with urllib.request.urlopen(self.server.request("/metrics"), timeout=10) as answer:
            return int(re.search(rf"^{re.escape(name)} (\d+)$", answer.read().decode(), re.M)[1])

    def test_those_that_send_a_byte_a_second_keep_nobody_out_and_are_cut_off(self):
        slow = {}
        begun = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for _ in range(SLOW):
                connection = self.connect()
                connection.setblocking(False)
                connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
                slow[connection] = b""
                selector.register(connection, selectors.EVENT_READ)
            ended, longest, left = [], 0.0, set(slow)
            while left and time.monotonic() - begun < HEADER_TIMEOUT + 8:
                for connection in list(left):
                    try:
                        connection.send(b"a")
                    except OSError:
                        pass  # it was cut off, and what it was told is yet to be read
                longest = max(longest, self.healthy())
                second = time.monotonic() + 1
                while (wait := second - time.monotonic()) > 0:
                    for key, _ in selector.select(wait):
                        try:
                            got = key.fileobj.recv(65536)
                        except ConnectionResetError:
                            got = b""
                        slow[key.fileobj] += got
                        if not got:
                            selector.unregister(key.fileobj)
                            left.discard(key.fileobj)
                            ended.append(time.monotonic() - begun)
        self.assertEqual(len(ended), SLOW, f"{len(left)} are still open")
        self.assertLess(longest, 2, "others are answered meanwhile")
        self.assertGreater(min(ended), HEADER_TIMEOUT - 1, "nobody is cut off early")
        told = sum(heard.startswith(b"HTTP/1.1 408 ") for heard in slow.values())
        self.assertEqual(told, SLOW, "all were told why")
        self.assertGreaterEqual(self.metric('holter_api_timeouts_total{phase="request"}'), SLOW)
        wait_until(lambda: self.metric("holter_api_connections") <= 2, 10, "their connections are gone")

    def test_what_is_no_request_behind_good_ones_ends_the_connection_after_their_answers(self):
        good = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for garbage in (b"\x00\xff\x16\x03\x01 nothing of HTTP\r\n\r\n", b"GET\r\n\r\n", b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
                        b"POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            before = self.metric("holter_api_malformed_total")
            heard = self.say(good * 3 + garbage + good)
            self.assertEqual(re.findall(r"^HTTP/1.1 (\d+)", heard, re.M), ["200", "200", "200", "400"], (garbage, heard))
            self.assertEqual(self.metric("holter_api_malformed_total"), before + 1)
        self.healthy()

    def test_a_header_that_is_too_long_is_told_so_and_its_connection_ends(self):
        for pieces in ([b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"],
                       [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"] + [b"X-%d: a\r\n" % i for i in range(4_000)]):
            heard = self.say(*pieces)
            self.assertTrue(heard.startswith("HTTP/1.1 431 "), heard)
            self.assertIn("cannot read a header of more than 16384 bytes", heard)
        self.assertEqual(self.metric("holter_api_malformed_total"), 2)
        # One that is just short enough is read.
        line = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: "
        self.assertTrue(self.say(line + b"a" * (16 * 1024 - len(line) - 4) + b"\r\n\r\n").startswith("HTTP/1.1 200 "))
        self.healthy()


if __name__ == "__main__":
    unittest.main()
