"""The API's callers: bytes of each idle connection and event stream, by the server's own accounts and by the kernel."""
import http.client
import json
import time

from holter import Holter
from part_pings import wait_until

KIB = 1024
CONNECTIONS = 200
STREAMS = 32  # api/events.h: kMostStreams


def connect(holter):
    host, port = holter.url.removeprefix("http://").split(":")
    return http.client.HTTPConnection(host, int(port), timeout=30)


def send(holter, method, path, content=None, headers=None, connection=None):
    """Status, headers and text of one request; on a connection of its own unless one is given."""
    own = connection is None
    connection = connection or connect(holter)
    connection.request(method, path, None if content is None else json.dumps(content), {"Content-Type": "application/json"} | (headers or {}))
    answer = connection.getresponse()
    text = answer.read()
    if own:
        connection.close()
    return answer.status, answer.headers, text


def used(holter, *names):
    """Bytes on those accounts, together."""
    accounts = {account["name"].removeprefix("process/"): account["used_bytes"] for account in holter.get("/api/v1/memory")["accounts"]}
    return sum(accounts.get(name, 0) for name in names)


class Measured:
    """What a number of things of one kind adds to accounts and to the resident set, from begin() to each()."""

    def __init__(self, holter, *accounts):
        self.holter, self.accounts = holter, accounts
        self.resident, self.charged = self._now()

    def _now(self):
        time.sleep(2)  # what a request before this held is free again
        charged = used(self.holter, *self.accounts)
        return self.holter.resident_bytes(), charged

    def each(self, count):
        resident, charged = self._now()
        return (resident - self.resident) / count, (charged - self.charged) / count

    def add(self, report, name, count, note, most=None):
        resident, charged = self.each(count)
        report.add(f"{name}_account_bytes", charged, "B", most=most, note=note)
        report.add(f"{name}_resident_bytes", resident, "B", note=f"resident set, {count} of them")


def connections(report, holter):
    """Connections that have been answered once and are kept open."""
    measured = Measured(holter, "api/connections")
    held = [connect(holter) for _ in range(CONNECTIONS)]
    for connection in held:
        if send(holter, "GET", "/healthz", connection=connection)[0] != 200:
            raise RuntimeError("a connection was refused")
    # They are not idle for longer than api::ServerOptions::header_timeout, 10 s.
    measured.add(report, "api_connection", CONNECTIONS, "api/connections", most=8 * KIB)
    for connection in held:
        connection.close()


def streams(report, holter):
    """Event streams that have had all events and wait for more, with their connections."""
    wait_until(lambda: used(holter, "api/streams") == 0, 20, "no event stream is open")
    measured = Measured(holter, "api/streams", "api/connections")
    held = []
    for _ in range(STREAMS):
        connection = connect(holter)
        connection.request("GET", "/api/v1/events/stream", headers=holter.headers())
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"an event stream was refused: {answer.status}")
        answer.readline()
        held.append((connection, answer))
    measured.add(report, "api_event_stream", STREAMS, "api/streams and api/connections")
    for connection, answer in held:
        answer.close()
        connection.close()


def all_parts(report, _quick):
    with Holter(10, "60s", budget="128MiB") as holter:
        wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == 10, 90, "all monitors UP")
        connections(report, holter)
        streams(report, holter)
