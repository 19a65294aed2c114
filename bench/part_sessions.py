"""Databases: 2,000 PostgreSQL and 2,000 Redis monitors on one core, with their sessions kept and bounded."""
import time

from holter import Holter, cpu_seconds, lateness_quantile
from part_pings import MIB, wait_until
from real_servers import RealServer, postgresql, redis

HOSTS = [f"127.0.0.{i}" for i in range(1, 17)]  # Redis listens on no more
PER_HOST = {"postgresql": 4, "redis": 8}  # sessions to one server that a pool keeps: jdbc/sessions.h, net/session_pool.h


def lines(count, sql_port, redis_port, interval):
    for i in range(count):
        host = HOSTS[i % len(HOSTS)]
        yield f"  - {{name: pg-{i}, app: postgresql, interval: {interval}, params: {{host: {host}, port: {sql_port}, username: monitor, password: none, database: postgres}}}}\n"
        yield f"  - {{name: redis-{i}, app: redis, interval: {interval}, params: {{host: {host}, port: {redis_port}}}}}\n"


def connections(port):
    """Connections to a port of this machine, counted by the kernel at the servers' side."""
    found = 0
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in list(file)[1:]:
            words = line.split()
            found += words[3] == "01" and int(words[1].split(":")[1], 16) == port
    return found


def all_parts(report, quick):
    interval, most = 60, len(HOSTS) * sum(PER_HOST.values())
    held = {}
    with RealServer(postgresql(HOSTS, connections=300)) as sql, RealServer(redis(HOSTS)) as cache:
        for count in (200, 2000):
            with Holter(0, f"{interval}s", lines=lines(count, sql.port, cache.port, f"{interval}s"), main_core=0, shards=1) as holter:
                wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == 2 * count, 2 * interval, f"{2 * count} databases UP")
                if count == 200:
                    held[count] = holter.resident_bytes()
                    continue
                before, cpu = holter.schedule(), cpu_seconds(holter.process.pid)
                time.sleep(interval / 4 if quick else interval)
                after, cpu = holter.schedule(), cpu_seconds(holter.process.pid) - cpu
                held[count] = holter.resident_bytes()
                open_sessions = connections(sql.port) + connections(cache.port)
                peak = holter.peak_bytes()
    run = after["run"] - before["run"]
    report.add("database_sessions", open_sessions, "", most=most, note=f"4,000 monitors of {2 * len(HOSTS)} servers")
    report.add("database_monitor_bytes", (held[2000] - held[200]) / 3600, "B", most=8 * 1024, note="resident, 4,000 monitors against 400 with as many sessions")
    report.add("database_rounds_skipped", after["skipped"] - before["skipped"], "", most=0, note=f"{run} rounds on one core, {cpu / run * 1e3:.2f} ms CPU each")
    report.add("database_lateness_p999", lateness_quantile(before, after, 0.999), "ms", most=1000)
    report.add("database_peak_resident", peak / MIB, "MiB")
