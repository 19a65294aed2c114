"""Monitors through the API: read beside pings, made one by one and in bulk, and the start from a catalog of 100,000."""
import http.client
import json
import threading
import time

from holter import Holter

CONNECTIONS = 16
HEADERS = {"Content-Type": "application/json"}


def monitor(i):
    return {"name": f"monitor {i:06}", "app": "ping", "interval": "1h", "labels": {"site": "lab"}, "params": {"host": f"127.{i >> 16}.{i >> 8 & 255}.{i & 255}"}}


def send(connection, headers, method, path, content):
    connection.request(method, path, json.dumps(content), HEADERS | headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text)


def connect(holter):
    return http.client.HTTPConnection(holter.url.removeprefix("http://"), timeout=120)


def one_by_one(holter, count):
    """Seconds until `count` monitors are made, each by a request of its own, on CONNECTIONS connections."""
    failures = []

    def work(worker):
        try:
            connection, headers = connect(holter), holter.headers()
            for i in range(worker, count, CONNECTIONS):
                send(connection, headers, "POST", "/api/v1/monitors", monitor(i))
            connection.close()
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.monotonic() - began


def timed(holter, method, path, content):
    connection = connect(holter)
    began = time.monotonic()
    answer = send(connection, holter.headers(), method, path, content)
    seconds = time.monotonic() - began
    connection.close()
    return seconds, answer


def reads_beside_pings(report, quick):
    """How long an answer takes while 9,000 pings a minute run: lists, filters, one monitor, the summary."""
    with Holter(9_000, "60s") as holter:
        time.sleep(2 if quick else 60)  # the first minute: every monitor has been seen
        ids = [row["id"] for row in holter.get("/api/v1/monitors?limit=100")["monitors"]]
        paths = ["/api/v1/summary", "/api/v1/monitors?limit=100", "/api/v1/monitors?text=ping-77&limit=100",
                 "/api/v1/monitors?label=site:lab&text=ping-8&limit=100", *(f"/api/v1/monitors/{id}" for id in ids[:8])]
        connection, headers = connect(holter), holter.headers()
        taken = {path: [] for path in paths}
        end = time.monotonic() + (3 if quick else 20)
        while time.monotonic() < end:
            for path in paths:
                began = time.monotonic()
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                content = answer.read()
                taken[path].append(time.monotonic() - began)
                assert answer.status == 200 and content, (path, answer.status)
            time.sleep(0.01)
        connection.close()
        every = sorted(one for times in taken.values() for one in times)
        report.add("api_read_p99_ms", 1000 * every[int(0.99 * len(every))], "ms", most=20, note=f"{len(every)} reads beside 9,000 pings a minute")
        filtered = sorted(taken["/api/v1/monitors?label=site:lab&text=ping-8&limit=100"])
        report.add("api_list_filtered_ms", 1000 * filtered[int(0.99 * len(filtered))], "ms", most=50, note="p99 of a list of 9,000 filtered by text and label")


def all_parts(report, quick):
    reads_beside_pings(report, quick)
    count = 2_000 if quick else 10_000
    with Holter(0, "60s") as holter:
        seconds = one_by_one(holter, count)
        report.add("catalog_made_one_by_one", count / seconds, "/s", least=1000, note=f"{count}, {CONNECTIONS} connections, each answer after a synced commit")
        seconds, answer = timed(holter, "POST", "/api/v1/monitors/bulk", {"filter": {"text": "monitor"}, "action": "pause"})
        assert answer["changed"] == count, answer
        report.add("catalog_paused_at_once_s", seconds, "s", most=3, note=f"{count} in one request")
        seconds, answer = timed(holter, "POST", "/api/v1/monitors/import", [monitor(i) for i in range(count, 2 * count)])
        assert answer["created"] == count, answer
        report.add("catalog_imported_at_once_s", seconds, "s", most=3, note=f"{count} in one request")
        most = 20_000 if quick else 100_000
        for first in range(2 * count, most, 10_000):
            timed(holter, "POST", "/api/v1/monitors/import", [monitor(i) for i in range(first, min(first + 10_000, most))])
        seconds = holter.restart()
        assert holter.get("/api/v1/summary")["monitors"] == most
        report.add("catalog_start_s", seconds, "s", most=5, note=f"until ready, with {most} monitors in SQLite")
