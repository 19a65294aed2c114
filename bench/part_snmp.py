"""SNMP: 1,000 devices with 48 interfaces and 10 columns, walked every minute; CPU of a walk against snmpbulkwalk and against
prometheus-snmp-exporter on the same devices in the same run."""
import ipaddress
import pathlib
import resource
import subprocess
import tempfile
import time
import urllib.request

from holter import ROOT, Holter, cpu_seconds
from part_pings import wait_until
from real_servers import RealServer, free_port

DEVICES, INTERFACES = 1000, 48
COLUMNS = {"name": 1, "in_octets": 6, "in_unicast": 7, "in_multicast": 8, "in_broadcast": 9, "out_octets": 10, "out_unicast": 11,
           "out_multicast": 12, "out_broadcast": 13, "speed": 15}
TABLE = "1.3.6.1.2.1.31.1.1.1"
BUDGET_MIB = 256


def address(i):
    return str(ipaddress.ip_address("127.2.0.0") + i)


class Devices:
    """The made-up devices, all on one port. Use as a context manager."""

    def __enter__(self):
        self.port = free_port()
        self.process = subprocess.Popen([ROOT / "build/release/bench_snmp_devices", str(DEVICES), str(self.port), str(INTERFACES)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("the devices did not start")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=20)


def definition():
    fields = "".join(f"      - {{field: {name}, type: 0}}\n" for name in COLUMNS if name != "name")
    oids = "".join(f"        {name}: {TABLE}.{column}\n" for name, column in COLUMNS.items())
    return f"""category: custom
app: bench_walk
name: {{en-US: Walk}}
params:
  - {{field: host, name: {{en-US: Host}}, type: host, required: true}}
  - {{field: port, name: {{en-US: Port}}, type: number, required: true}}
metrics:
  - name: interfaces
    priority: 0
    minRows: {INTERFACES}
    protocol: snmp
    fields:
      - {{field: name, type: 1, label: true}}
{fields}    snmp:
      host: ^_^host^_^
      port: ^_^port^_^
      operation: walk
      oids:
{oids}"""


def exporter_config():
    metrics = "".join(f"    - {{name: {name}, oid: {TABLE}.{column}, type: {'DisplayString' if name == 'name' else 'gauge'}, help: x, "
                      f"indexes: [{{labelname: index, type: gauge}}]}}\n" for name, column in COLUMNS.items())
    return f"""bench:
  walk: [{', '.join(f'{TABLE}.{c}' for c in COLUMNS.values())}]
  version: 2
  auth: {{community: public}}
  metrics:
{metrics}"""


def exporter(directory, port):
    (directory / "snmp.yml").write_text(exporter_config(), encoding="utf-8")
    return ["/usr/bin/prometheus-snmp-exporter", f"--config.file={directory}/snmp.yml", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]


def cpu_of_exporter(devices, count):
    """CPU seconds of a walk by prometheus-snmp-exporter."""
    with RealServer(exporter) as server:
        def scrape(i):
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/snmp?module=bench&target={address(i)}:{devices.port}", timeout=20) as answer:
                text = answer.read().decode()
            if text.count("out_octets{") != INTERFACES:
                raise RuntimeError(f"the exporter did not walk: {text[:200]}")
        scrape(0)
        before = cpu_seconds(server.process.pid)
        for i in range(count):
            scrape(i)
        return (cpu_seconds(server.process.pid) - before) / count


def cpu_of_snmpbulkwalk(devices, count):
    """CPU seconds of a walk by snmpbulkwalk, a process for each device, as scripts do it."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before = used()
    for i in range(count):
        done = subprocess.run(["/usr/bin/snmpbulkwalk", "-v2c", "-cpublic", "-Cr48", "-On", "-m", "", f"{address(i)}:{devices.port}", TABLE],
                              capture_output=True, text=True, check=True)
        if done.stdout.count("\n") < INTERFACES * len(COLUMNS):
            raise RuntimeError(f"snmpbulkwalk did not walk: {done.stdout[:200]}")
    return (used() - before) / count


def all_parts(report, quick):
    interval = 20 if quick else 60
    with Devices() as devices, tempfile.TemporaryDirectory(prefix="holter-bench-snmp-") as directory:
        (pathlib.Path(directory) / "bench_walk.yml").write_text(definition(), encoding="utf-8")
        lines = (f"  - {{name: device-{i}, app: bench_walk, interval: {interval}s, params: {{host: {address(i)}, port: {devices.port}}}}}\n" for i in range(DEVICES))
        with Holter(0, "60s", budget=f"{BUDGET_MIB}MiB", lines=lines, definitions=directory) as holter:
            # The first round makes the series; then whole rounds are measured.
            wait_until(lambda: holter.get("/api/v1/summary")["states"]["UP"] == DEVICES, interval + 30, "all devices UP")
            before, cpu = holter.schedule(), holter.cpu()
            time.sleep(interval if quick else 2 * interval)
            after, cpu = holter.schedule(), holter.cpu() - cpu
            walks = after["run"] - before["run"]
            kept = after["history"]["samples_kept"] - before["history"]["samples_kept"]
            lost = sum(queue["dropped_rows"] for queue in after["queues"]) + after["history"]["samples_lost"] + after["timeouts"]
            down = DEVICES - holter.get("/api/v1/summary")["states"]["UP"]
            used, peak, child = cpu / walks, holter.peak_bytes() / 2**20, holter.peak_bytes(child=True) / 2**20
        count = 50 if quick else 300
        bulkwalk, scrape = cpu_of_snmpbulkwalk(devices, count), cpu_of_exporter(devices, count)
    numbers = INTERFACES * (len(COLUMNS) - 1)
    report.add("snmp_lost_or_down", lost + down, "count", most=0, note=f"{walks} walks of {INTERFACES} rows of {len(COLUMNS)} columns")
    report.add("snmp_kept_per_walk", kept / walks, "count", least=0.95 * numbers, note=f"{numbers} numbers each, {DEVICES * numbers} series")
    report.add("snmp_walk_cpu_us", used * 1e6, "us", note="schedule to history, both processes")
    report.add("snmp_walk_cpu_ratio_to_snmpbulkwalk", used / bulkwalk, "ratio", most=0.5, note=f"a process for each device, -Cr48: {bulkwalk * 1e6:.0f} us")
    report.add("snmp_walk_cpu_ratio_to_exporter", used / scrape, "ratio", most=0.5, note=f"prometheus-snmp-exporter: {scrape * 1e6:.0f} us")
    report.add("snmp_main_peak_resident", peak, "MiB", most=BUDGET_MIB, note=f"budget {BUDGET_MIB} MiB")
    report.add("snmp_history_peak_resident", child, "MiB")
