"""HTTP checks: CPU of one against blackbox_exporter, and what a website monitor holds."""
import http.client
import os
import threading
import time

from holter import Holter, cpu_seconds
from part_pings import wait_until
from real_servers import RealServer

KIB = 1024
PAGE = "<!DOCTYPE html><title>page</title>" + "<p>All systems are up.</p>" * 80  # 2 KiB, as a status page has
NGINX = """
daemon off;
master_process off;
error_log {dir}/error.log;
pid {dir}/pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  keepalive_requests 1000000;
  default_type text/html;
  server {{ listen 127.0.0.1:{port}; root {dir}/root; }}
}}
"""
BLACKBOX = "modules:\n  http_2xx:\n    prober: http\n    timeout: 5s\n    http: {preferred_ip_protocol: ip4}\n"


def nginx(directory, port):
    (directory / "root").mkdir()
    (directory / "root/index.html").write_text(PAGE, encoding="utf-8")
    (directory / "nginx.conf").write_text(NGINX.format(dir=directory, port=port), encoding="utf-8")
    return ["/usr/sbin/nginx", "-e", f"{directory}/error.log", "-p", f"{directory}/", "-c", f"{directory}/nginx.conf"]


def blackbox(directory, port):
    (directory / "blackbox.yml").write_text(BLACKBOX, encoding="utf-8")
    return ["/usr/bin/prometheus-blackbox-exporter", f"--config.file={directory}/blackbox.yml", f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=error"]


def website_lines(count, interval, port):
    return (f"  - {{name: site-{i}, app: website, interval: {interval}, params: {{host: 127.0.0.1, port: {port}, uri: /?page={i}}}}}\n" for i in range(count))


def scrape(port, target, rate, seconds):
    """Asks a blackbox exporter `rate` times a second for a check of the target, from two connections; how many succeeded."""
    good = []

    def loop(share):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        begun = time.monotonic()
        done = 0
        while (due := begun + done / share) < begun + seconds:
            time.sleep(max(0, due - time.monotonic()))
            connection.request("GET", f"/probe?module=http_2xx&target={target}")
            good.append(b"probe_success 1" in connection.getresponse().read())
            done += 1
        connection.close()

    threads = [threading.Thread(target=loop, args=(rate / 2,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(good)


def cpu_of_a_check(report, quick):
    """2,000 website monitors every 10 s on nginx, and the same checks at the same rate by blackbox_exporter."""
    if not os.access("/usr/bin/prometheus-blackbox-exporter", os.X_OK):
        print("  http_check_cpu_ratio_to_blackbox is not measured: prometheus-blackbox-exporter is missing (tools/setup.sh)")
        return
    count, interval = 2000, 10
    seconds = 10 if quick else 30
    with RealServer(nginx) as site:
        with Holter(0, f"{interval}s", lines=website_lines(count, f"{interval}s", site.port)) as holter:
            wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == count, interval + 15, "all sites UP")
            before, cpu = holter.schedule(), holter.cpu()
            time.sleep(seconds)
            after, cpu = holter.schedule(), holter.cpu() - cpu
        run = after["run"] - before["run"]
        with RealServer(blackbox) as peer:
            target = f"http://127.0.0.1:{site.port}/"
            scrape(peer.port, target, 100, 1)
            begun = cpu_seconds(peer.process.pid)
            good = scrape(peer.port, target, count / interval, seconds)
            peer_cpu = cpu_seconds(peer.process.pid) - begun
    if good < 0.9 * seconds * count / interval:
        raise RuntimeError(f"blackbox_exporter: {good} good checks in {seconds} s")
    per_check, per_peer_check = cpu / run, peer_cpu / good
    report.add("http_check_cpu_us", per_check * 1e6, "us", note=f"schedule to history, both processes, {run} checks in {seconds} s")
    report.add("blackbox_check_cpu_us", per_peer_check * 1e6, "us", note=f"prometheus-blackbox-exporter, {good} checks at the same rate")
    report.add("http_check_cpu_ratio_to_blackbox", per_check / per_peer_check, "ratio", most=0.3)


def bytes_of_a_monitor(report, _quick):
    """Resident bytes that each of 10,000 website monitors adds, checked once; a tenth of them is the baseline."""
    resident = []
    with RealServer(nginx) as site:
        for count in (1000, 10_000):
            with Holter(0, "60s", lines=website_lines(count, "60s", site.port)) as holter:
                wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == count, 90, "all sites UP")
                resident.append(holter.resident_bytes())
    each = (resident[1] - resident[0]) / 9000
    report.add("website_monitor_bytes", each, "B", most=4 * KIB, note="resident, 10,000 monitors against 1,000")


def all_parts(report, quick):
    cpu_of_a_check(report, quick)
    bytes_of_a_monitor(report, quick)
