"""The definition engine: files, expressions, readers. Each figure beside a plain loop over the same bytes in the same run."""
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(program, pattern):
    """Results of a Google benchmark by name."""
    done = subprocess.run([ROOT / "build/release" / program, f"--benchmark_filter={pattern}", "--benchmark_format=json"],
                          cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    return {row["name"]: row for row in json.loads(done.stdout)["benchmarks"]}


def all_parts(report, _quick):
    files = next(iter(run("define_definitions_bench", "load_files").values()))
    report.add("definitions_150_files_ms", files["real_time"], "ms", most=300, note="read and checked")
    report.add("definitions_150_files_held", files["held_MiB"], "MiB", most=16)
    usage = run("expr_expr_bench", "expression/usage$")["expression/usage"]
    report.add("expression_evaluations", 1e3 / usage["cpu_time"], "M/s", least=5, note=f"(used / total) * 100; {usage['ratio']:.1f} times the formula in C++")
    readers = run("read_read_bench", "exporter_one_of_2000$|json/one_value$")
    for name, key, least in (("exporter_one_of_2000", "exporter_one_of_2000", 200), ("json_path_of_1_mib", "json/one_value", 300)):
        row = readers[key]
        report.add(name, row["MB/s"], "MB/s", least=least, note=f"{row['times_memchr']:.1f} times a memory scan of the same bytes")
