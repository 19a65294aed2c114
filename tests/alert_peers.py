"""What tests of alerts share: receivers that write down what they get and answer what they are told to, a mail server, targets, and the case itself."""
import collections
import dataclasses
import http.server
import json
import selectors
import socket
import socketserver
import struct
import threading
import time
import typing
import unittest
import urllib.error
import urllib.request

from harness import Server, wait_until
from real_servers import free_port


@dataclasses.dataclass
class Answer:
    """What a receiver does with a request. `hold`: nothing until release(); `reset`: it cuts the connection, with the body read; `pause`: s."""

    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    text: str = ""
    hold: bool = False
    reset: bool = False
    pause: float = 0


class Request(typing.NamedTuple):
    path: str
    headers: dict
    body: dict
    at: float  # of time.monotonic()


def about_of(body, status):
    return {(alert["labels"].get("monitor"), alert["labels"]["alertname"], alert["starts_at"]) for alert in body["alerts"] if alert["status"] == status}


class Recorder:
    """A receiver that writes down what it gets. `script` has the answers to the next requests, each a status or an Answer; then `answer` counts.
    Whoever only asks (GET) has `page`."""

    def __init__(self, port=0, answer=200):
        self.requests, self.script, self.answer = [], collections.deque(), answer
        self.page = "[]"
        self.released = threading.Event()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                answer = recorder.script.popleft() if recorder.script else recorder.answer
                recorder.requests.append(Request(self.path, dict(self.headers), body, time.monotonic()))
                recorder.act(self, answer if isinstance(answer, Answer) else Answer(answer))

            def do_GET(self):  # pylint: disable=invalid-name
                recorder.act(self, Answer(text=recorder.page))

            def log_message(self, *_):  # the test's output is not its log
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def act(self, handler, answer):
        time.sleep(answer.pause)
        if answer.hold:
            self.released.wait(120)
        if answer.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            handler.wfile = handler.rfile = open("/dev/null", "r+b")  # whoever ends the request flushes what is not there any more
            return
        try:
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(answer.text.encode())
        except OSError:  # whoever asked has gone
            pass

    def release(self):
        self.released.set()

    def bodies(self):
        return [request.body for request in self.requests]

    def told(self, status):
        """(monitor, rule, begin) of all alerts that were told so. A message has all that fires in its group, old and new."""
        return {about for body in self.bodies() for about in about_of(body, status)}

    def needless(self):
        """Messages, each counted once however often it came, in which there is nothing that was not told before."""
        told, found = set(), []
        for body in {body["key"]: body for body in self.bodies()}.values():
            news = {(status, about) for status in ("firing", "resolved") for about in about_of(body, status)}
            if news <= told:
                found.append(body)
            told |= news
        return found

    def close(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()


class MailServer:
    """SMTP (RFC 5321) without TLS. `refuse(line)` may give a reply to a command; None: the usual one. Mails are (from, [to], text)."""

    USUAL = {"EHLO": "250-peer\r\n250 8BITMIME", "HELO": "250 peer", "MAIL": "250 OK", "RCPT": "250 OK", "DATA": "354 go on", "QUIT": "221 bye"}

    def __init__(self, refuse=lambda _: None):
        self.commands, self.mails, self.refuse = [], [], refuse
        peer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    peer.talk(self)
                except OSError:  # the client hangs up when it knows enough
                    pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def talk(self, handler):
        handler.wfile.write(b"220 peer\r\n")
        sender, recipients = "", []
        while line := handler.rfile.readline().decode().strip():
            self.commands.append(line)
            word = line[:4].upper()
            reply = self.refuse(line) or self.USUAL.get(word, "502 unknown")
            if word == "MAIL":
                sender, recipients = line.split("<")[1].split(">")[0], []
            elif word == "RCPT" and reply.startswith("2"):
                recipients.append(line.split("<")[1].split(">")[0])
            handler.wfile.write(reply.encode() + b"\r\n")
            if word == "DATA" and reply.startswith("3"):
                text = b""
                while (part := handler.rfile.readline()) not in (b".\r\n", b""):
                    text += part
                self.mails.append((sender, recipients, text.decode()))
                handler.wfile.write(b"250 taken\r\n")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Target:
    """A port of some addresses of loopback that takes each connection and ends it; closed, it refuses them."""

    def __init__(self, port, hosts=("127.0.0.1",)):
        self.selector = selectors.DefaultSelector()
        for host in hosts:
            self.selector.register(socket.create_server((host, port), backlog=1024), selectors.EVENT_READ)
        self.going = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.going:
            for key, _ in self.selector.select(0.05):
                key.fileobj.accept()[0].close()

    def close(self):
        if not self.going:
            return
        self.going = False
        self.thread.join(10)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


class AlertCase(unittest.TestCase):
    """A server with `MONITORS`, in which {port} is a port where nobody listens, and a receiver that records."""

    MONITORS = """\
        monitors:
          - {{name: web, app: port, interval: 1s, params: {{host: 127.0.0.1, port: {port}}}, labels: {{site: lab}}}}
          - {{name: self, app: ping, interval: 1s, params: {{host: 127.0.0.1}}}}
        """

    def setUp(self):
        self.recorder = self.peer(Recorder())
        self.port = free_port()
        self.start()
        self.addCleanup(lambda: self.server.close())

    def start(self, directory=None, **settings):
        self.server = Server(None if directory else self.MONITORS.format(port=self.port), directory=directory, **settings)

    def restart(self, how, **settings):
        self.server.stop(how)
        self.server.close(keep=True)
        self.start(self.server.directory, **settings)

    def peer(self, peer):
        self.addCleanup(peer.close)
        return peer

    def listen(self):
        return self.peer(Target(self.port))

    def ask(self, method, path, content=None, **headers):
        data = None if content is None else json.dumps(content).encode()
        request = self.server.request(path, data=data, method=method, Content_Type="application/json", **headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def make(self, path, content):
        status, made = self.ask("POST", path, content)
        self.assertEqual(status, 201, made)
        return made

    def receiver(self, channel="webhook", name="ops", rate=60, **settings):
        settings = settings or {"url": self.recorder.url + "/hook", "token": "s3cret-token"}
        return self.make("/api/v1/alerts/receivers", {"name": name, "spec": {"channel": channel, "settings": settings, "rate": rate}})

    def route(self, **options):
        spec = {"receivers": ["ops"], "group_by": ["alertname"], "group_wait": "1s", "group_interval": "2s"} | options
        status, tree = self.ask("PUT", "/api/v1/alerts/routes", {"spec": spec}, If_Match="*")
        self.assertIn(status, (200, 201), tree)

    def incidents(self, query="?limit=1000"):
        return self.server.get("/api/v1/incidents" + query)["incidents"]

    def wait_for_open(self, rule="MonitorDown", monitor=None):
        def found():
            rows = self.incidents("?open=true&limit=1000")
            return next((row for row in rows if row["rule"] == rule and monitor in (None, row["labels"].get("monitor"))), None)

        return wait_until(found, 20, self.incidents)

    def wait_for_end(self, incident, seconds=20):
        """How the incident ended."""
        path = f"/api/v1/incidents/{incident['id']}"
        return wait_until(lambda: self.server.get(path)["resolution"], seconds, lambda: self.server.get(path))

    def notifications(self, query=""):
        """With their attempts, the oldest first."""
        rows = self.server.get("/api/v1/notifications?limit=1000" + query)["notifications"]
        return [self.server.get(f"/api/v1/notifications/{row['id']}") for row in reversed(rows)]

    def wait_for_notification(self, state, receiver="ops", attempts=0, seconds=20):
        def found():
            rows = self.notifications(f"&receiver={receiver}")
            return next((row for row in rows if row["state"] == state and row["attempts"] >= attempts), None)

        return wait_until(found, seconds, lambda: self.notifications(f"&receiver={receiver}"))
