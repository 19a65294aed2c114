"""Alerts: what rules cost at scale and on the ping round, and what becomes of everything going down at once."""
import http.server
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import part_engine
from harness import own_network
from holter import Holter, addresses
from part_api import send
from part_pings import wait_until
from real_servers import RealServer

MIB = 1 << 20
APPS, TEAMS, STEPS, MONITORS = 100, 10, 10, 100_000  # as in src/alert/rules_at_scale_bench.cc
PROMETHEUS = "/usr/bin/prometheus"


def counters(program, pattern):
    """Results of a benchmark program by name, which have all to be there."""
    rows = part_engine.run(program, pattern)
    for name, row in rows.items():
        if row.get("error_occurred"):
            raise RuntimeError(f"{program}, {name}: {row['error_message']}")
    return {name.split("/iterations:")[0]: row for name, row in rows.items()}


def rules_at_scale(report, quick):
    """10,000 rules over 100,000 series, a result of each every 15 s; Prometheus with the same rules and series."""
    rows = counters("alert_rules_at_scale_bench", ".")
    interval, alert, pending = rows["interval"], rows["bytes_of_one/alert"], rows["bytes_of_one/pending"]
    spent = interval["cpu_s_of_an_interval"]
    report.add("rules_10000_series_100000_cpu_s", spent, "s", most=15, note=f"one thread, for an interval of 15 s; {interval['alerts']:.0f} alerts fire")
    report.add("rule_evaluations", interval["evaluations_per_s"] / 1e6, "M/s", note="conditions asked of results, choice of rules and clock included")
    report.add("alert_bytes", alert["bytes"], "B", note="on the rules' account for each that fires, 50,000 of as many monitors")
    report.add("pending_series_bytes", pending["bytes"], "B", note="with the evidence that is kept for when it fires")
    if not os.access(PROMETHEUS, os.X_OK):
        print("  rules_cpu_ratio_to_prometheus is not measured: prometheus is missing (tools/setup.sh)")
        return
    theirs = prometheus_evaluation(1 if quick else 2)
    report.add("prometheus_rules_s", theirs, "s", note="prometheus 2.42: its own figure for one group of these rules, asked one by one")
    report.add("rules_ratio_to_prometheus", spent / theirs, "ratio", most=1.0)


class Answers:
    """An HTTP server on 127.0.0.1 in a thread: GET answers with `text`; bodies of POST are noted with the time as (time, content)."""

    def __init__(self, text=b""):
        self.posted = []
        answers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                self._answer(text)

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answers.posted.append((time.time(), json.loads(body)))
                self._answer(b"{}")

            def _answer(self, content):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def prometheus(target):
    """The same series, scraped from `target`, and the same rules: all teams by their label, since there are no folders."""

    def prepare(directory, port):
        rules = [{"alert": f"app-{i % APPS:02}/team-{i // APPS % TEAMS}/above-{90 + i // APPS // TEAMS}",
                  "expr": f'load_value{{app="app-{i % APPS:02}",team="team-{i // APPS % TEAMS}"}} > {90 + i // APPS // TEAMS}',
                  "for": "5m" if i // APPS // TEAMS % 2 else "0s", "annotations": {"summary": "{{$labels.monitor}} is high"}}
                 for i in range(APPS * TEAMS * STEPS)]
        # What is JSON is YAML.
        (directory / "rules.yml").write_text(json.dumps({"groups": [{"name": "all", "interval": "15s", "rules": rules}]}), encoding="ascii")
        (directory / "prometheus.yml").write_text(json.dumps({
            "rule_files": [str(directory / "rules.yml")],
            "scrape_configs": [{"job_name": "load", "scrape_interval": "15s", "scrape_timeout": "15s", "static_configs": [{"targets": [target]}]}]}), encoding="ascii")
        return [PROMETHEUS, f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]

    return prepare


def prometheus_evaluation(rounds):
    """Seconds that Prometheus says an evaluation of the group takes, once all series are there: the least of `rounds`."""
    series = "".join(f'load_value{{app="app-{i % APPS:02}",team="team-{i // APPS % TEAMS}",site="lab",monitor="host-{i:05}.example.org"}} {100 if i < MONITORS // 100 else 50}\n'
                     for i in range(MONITORS))
    with Answers(series.encode()) as endpoint, RealServer(prometheus(endpoint.address)) as server:
        def ask(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=20) as answer:
                return answer.read().decode()

        def is_ready():
            try:
                return ask("/-/ready")
            except urllib.error.HTTPError:
                return None

        def own(name):
            found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", ask("/metrics"), re.M)
            return float(found[1]) if found else 0

        def alerts(state):
            found = json.loads(ask("/api/v1/query?query=" + urllib.parse.quote(f'count(ALERTS{{alertstate="{state}"}})')))["data"]["result"]
            return int(found[0]["value"][1]) if found else 0

        wait_until(is_ready, 30, "Prometheus is ready")
        # As many fire and are pending as in our own program: the same has been asked.
        wait_until(lambda: (alerts("firing"), alerts("pending")) == (MONITORS // 100 * STEPS // 2,) * 2, 120, "all alerts of Prometheus")
        took = [own("prometheus_rule_group_last_duration_seconds")]
        for _ in range(rounds):
            wait_until(lambda: own("prometheus_rule_group_last_duration_seconds") != took[-1], 60, "an evaluation")
            took.append(own("prometheus_rule_group_last_duration_seconds"))
    return min(took[1:])


def storm(report, _quick):
    """100,000 series that turn bad within a second, through desk, catalog and outbox; see src/incidents/storm_bench.cc."""
    rows = counters("incidents_storm_bench", ".")
    for name, fired in (("one_rule", 10_000), ("twenty_rules", 50_000), ("little_memory", None)):
        row = rows["storm/" + name]
        report.add(f"storm_{name}_fired", row["fired"], "count", least=fired, most=fired, note=f"of {MONITORS} that turn bad within {row['taken_s']:.1f} s")
        report.add(f"storm_{name}_refused", row["refused"], "count", note="at a bound, or for want of memory; counted by the rule")
        report.add(f"storm_{name}_unaccounted", row["unaccounted"], "count", most=0, note="neither fired nor refused")
        report.add(f"storm_{name}_refusals_not_told", abs(row["refused_rules"] - row["refusals_told"]), "count", most=0, note=f"{row['refused_rules']:.0f} rules had refusals, each is told once")
        missing = row["fired"] - row["incidents"]
        report.add(f"storm_{name}_without_incident", missing, "count", most=row["unbooked"] if fired is None else 0,
                   note=f"of what fired; {row['unbooked']:.0f} things found no memory to be written, {row['not_grouped']:.0f} alerts no group")
        report.add(f"storm_{name}_account_peak", row["account_peak_bytes"] / MIB, "MiB", most=row["account_limit_bytes"] / MIB, note="the account of alerting")
        report.add(f"storm_{name}_heap_per_account", row["heap_per_account"], "ratio", most=1.15, note="bytes of the heap at most, for each on the accounts")
        report.add(f"storm_{name}_open_at_end", row["open_at_end"], "count", most=0, note="incidents, when all is good again")
        if fired is None:
            continue
        report.add(f"storm_{name}_first_told_s", row["first_told_s"], "s", most=row["group_wait_s"] + 1, note=f"from the first bad result; all {row['groups']:.0f} groups after {row['all_told_s']:.1f} s")
        report.add(f"storm_{name}_bytes_each", row["account_bytes_each"], "B", note="on the account for each alert that fires, when all is written and told")
        report.add(f"storm_{name}_cpu", row["cpu_s"], "s", note=f"the thread of alerting, until all are told; it was away for {row['longest_away_ms']:.0f} ms at most")
        report.add(f"storm_{name}_groups_not_told", row["groups"] - row["told_groups"], "count", most=0)
        report.add(f"storm_{name}_ends_amiss", abs(row["end_messages"] - row["told_groups"]) + abs(row["ended_groups"] - row["told_groups"]), "count", most=0, note="each group's end is told once")


class Hosts:
    """All addresses of 127.0.0.0/8 in a network of this process alone, which answer pings or do not."""

    def __init__(self):
        own_network()

    @staticmethod
    def answer(yes):
        pathlib.Path("/proc/sys/net/ipv4/icmp_echo_ignore_all").write_text("0" if yes else "1", encoding="ascii")


def ask(holter, method, path, content, **headers):
    status, _, text = send(holter, method, path, content, holter.headers() | {name.replace("_", "-"): value for name, value in headers.items()})
    if status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {status} {text[:200]}")
    return json.loads(text)


def patient(holter, path):
    """GET again while memory is too short for an answer, for ten seconds."""
    end = time.monotonic() + 10
    while True:
        try:
            return holter.get(path)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > end:
                raise
            time.sleep(0.2)


def open_incidents(holter):
    return sum(patient(holter, "/api/v1/incidents?open=true&limit=1")["open"].values())


def epoch(text):
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0" + text[19:-1] if len(text) > 20 else 0)


def outage(report, quick, budget=64):
    """9,000 hosts of a real server's monitors stop to answer at once, and answer again; a receiver writes down what it is told."""
    count, racks, wait = 9000, 18, 1
    hosts = Hosts()
    lines = [f"  - {{name: host-{i}, app: ping, interval: 5s, params: {{host: {address}, timeout: 500}}, labels: {{rack: rack-{i * racks // count}}}}}\n"
             for i, address in enumerate(addresses(count))]
    with Answers() as receiver, Holter(0, "5s", budget=f"{budget}MiB", lines=lines) as holter:
        ask(holter, "POST", "/api/v1/alerts/receivers", {"name": "ops", "spec": {"channel": "webhook", "rate": 600, "settings": {"url": f"http://{receiver.address}/"}}})
        ask(holter, "PUT", "/api/v1/alerts/routes", {"spec": {"receivers": ["ops"], "group_by": ["alertname", "rack"], "group_wait": f"{wait}s", "group_interval": "5s"}}, If_Match="*")

        def states():
            return patient(holter, "/api/v1/summary")["states"]

        def told(status):
            return [(when, body["group"]) for when, body in list(receiver.posted) if body["status"] == status]

        def all_but(done, seconds, what):
            """Waits; that it is not so in time is for the figures to show."""
            try:
                wait_until(done, seconds, what)
            except RuntimeError as late:
                print(f"    {late}", flush=True)

        all_but(lambda: states()["UP"] == count, 20, "all hosts UP")
        time.sleep(2 if quick else 10)
        up, before = states()["UP"], holter.resident_bytes()
        hosts.answer(False)
        all_but(lambda: states()["DOWN"] >= up, 20, "all hosts DOWN")
        down = states()["DOWN"]
        all_but(lambda: len({group for _, group in told("firing")}) >= racks, 15, "every group is told")
        all_but(lambda: open_incidents(holter) >= down, 70, "an incident for each that is DOWN")  # what found no memory has one within a minute
        opened, firing = open_incidents(holter), told("firing")
        hosts.answer(True)
        all_but(lambda: states()["DOWN"] == 0, 20, "all hosts UP again")
        all_but(lambda: open_incidents(holter) == 0, 15, "every incident is closed")
        all_but(lambda: len(told("resolved")) >= racks, 15, "every end is told")
        time.sleep(6)  # another look at each group
        still = open_incidents(holter)
        ends = [group for _, group in told("resolved")]
        accounts = {account["name"].removeprefix("process/"): account for account in patient(holter, "/api/v1/memory")["accounts"]}
        peak, child, schedule = holter.peak_bytes(), holter.peak_bytes(child=True), patient(holter, "/api/v1/schedule")
        limits = [event["text"] for event in patient(holter, "/api/v1/events?limit=500")["events"] if event["kind"] in ("alert.limit", "notify.failed", "memory.action")]
    # The first of each message is the one that began first.
    first = min((epoch(body["alerts"][0]["starts_at"]) for _, body in receiver.posted if body["status"] == "firing"), default=0)
    told_groups = {group: min(when for when, each in firing if each == group) for _, group in firing}
    report.add("outage_up_before", up, "count", least=count, note=f"of {count} pings every 5 s; the others are paused for memory")
    report.add("outage_down", down, "count", least=up, note="once their hosts do not answer any more")
    report.add("outage_incidents", opened, "count", least=down, most=down, note="open, for those that are DOWN")
    report.add("outage_first_told_s", firing[0][0] - first if firing else float("inf"), "s", most=wait + 1, note=f"from the first failure; group_wait is {wait} s")
    report.add("outage_all_told_s", max(told_groups.values(), default=0) - first, "s", note=f"the first message of the last of {racks} groups")
    report.add("outage_groups_not_told", racks - len(told_groups), "count", most=0)
    report.add("outage_open_at_end", still, "count", most=0, note="when all are UP again")
    report.add("outage_ends_amiss", abs(len(ends) - racks) + abs(len(set(ends)) - racks), "count", most=0, note="each group's end is told once")
    report.add("outage_main_peak_resident", peak / MIB, "MiB", most=budget, note=f"budget {budget} MiB; {before / MIB:.1f} before")
    report.add("outage_history_peak_resident", child / MIB, "MiB")
    report.add("outage_alert_account_peak", accounts["alert"]["peak_bytes"] / MIB, "MiB", note=f"refused {accounts['alert'].get('refused', 0)} times")
    report.add("outage_rounds_skipped", schedule["skipped"], "count")
    for text in limits[:3]:
        print(f"    {text}")


BUILT_IN = {"kind": "builtin"}  # as it is; what may be changed of it is not


def switch_built_in(holter, on):
    """All rules that are there without anybody having written them."""
    for rule in holter.get("/api/v1/alerts/rules?limit=1000")["documents"]:
        if rule["built_in"]:
            ask(holter, "PUT", f"/api/v1/alerts/rules/{rule['id']}", {"name": rule["name"], "enabled": on, "spec": BUILT_IN | {"severity": rule["spec"].get("severity", "warning")}}, If_Match="*")


def switch_own(holter, on):
    """Ten rules of a user on each ping: conditions on the answer's time, on the state, and by label."""
    expressions = [f"responseTime > {60_000 + i}" for i in range(6)] + ["responseTime > 60000 && state == 'UP'", "state == 'DOWN'", "code == 'TIMEOUT'", "duration_ms > 600000"]
    selectors = [{"app": "ping", "set": "summary"} | ({"labels": {"site": "lab"}} if i % 2 else {}) for i in range(len(expressions))]
    # One more is about one monitor and always true: that it fires shows that rules are asked.
    expressions.append("responseTime >= 0")
    selectors.append({"app": "ping", "set": "summary", "monitors": [holter.get("/api/v1/monitors?limit=1")["monitors"][0]["id"]]})
    known = {rule["name"]: rule for rule in holter.get("/api/v1/alerts/rules?limit=1000")["documents"]}
    for i, (expression, selector) in enumerate(zip(expressions, selectors, strict=True)):
        rule = {"name": f"Own-{i}", "enabled": on, "spec": {"selector": selector, "expression": expression, "for": "1m" if i % 3 == 2 else "0s"}}
        if rule["name"] in known:
            ask(holter, "PUT", f"/api/v1/alerts/rules/{known[rule['name']]['id']}", rule, If_Match="*")
        else:
            ask(holter, "POST", "/api/v1/alerts/rules", rule)


def cost_on_pings(report, quick):
    """CPU of 9,000 pings every 10 s without any rule, and with the built-in ones and ten more, in turn on one server."""
    count, interval, turns = 9000, 10, 2 if quick else 5
    seconds = 5 if quick else 10
    spent = {False: [], True: []}
    with Holter(count, f"{interval}s") as holter:
        wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == count, interval + 30, "all pings UP")
        for turn in range(2 * turns):
            on = turn % 2 == 1
            switch_built_in(holter, on)
            switch_own(holter, on)
            time.sleep(2)
            before, cpu = holter.schedule(), holter.cpu()
            time.sleep(seconds)
            after, cpu = holter.schedule(), holter.cpu() - cpu
            spent[on].append(cpu / (after["run"] - before["run"]) * 1e6)
        # Its next result may be an interval away.
        wait_until(lambda: open_incidents(holter) == 1, interval + 20, "the one incident of the rule that always fires")
    without, with_rules = statistics.median(spent[False]), statistics.median(spent[True])
    spread = max(max(each) / min(each) for each in spent.values())
    report.add("ping_without_rules_cpu_us", without, "us", note=f"schedule to history, both processes, {turns} turns of {seconds} s; equal turns differ by {spread - 1:.0%} at most")
    report.add("ping_with_rules_cpu_us", with_rules, "us", note="the built-in ones and eleven more, of which eleven are asked of each ping")
    report.add("rules_on_pings_ratio", with_rules / without, "ratio", most=1.1)


class Lines:
    """A report that prints what it is given, for the process that reads it."""

    @staticmethod
    def add(*values, **named):
        print(json.dumps([values, named]), flush=True)


def outage_apart(report, quick):
    """outage() in a process of its own, whose network has nothing but loopback."""
    if os.geteuid() != 0:
        print("  what an outage of 9,000 hosts does is not measured: only root may have a network of its own")
        return
    with subprocess.Popen([sys.executable, __file__, "quick" if quick else "full"], stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(each for each in sys.path if each))) as process:
        for line in process.stdout:
            if line.startswith("[["):
                values, named = json.loads(line)
                report.add(*values, **named)
            else:
                print(line, end="", flush=True)
    if process.returncode != 0:
        raise RuntimeError(f"the outage could not be measured: exit code {process.returncode}")


def all_parts(report, quick):
    cost_on_pings(report, quick)
    outage_apart(report, quick)
    rules_at_scale(report, quick)
    storm(report, quick)


if __name__ == "__main__":
    outage(Lines(), sys.argv[1] == "quick")
