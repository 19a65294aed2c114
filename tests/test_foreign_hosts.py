"""The commands of definitions for systems that are not here: run by the shells and the awks of those systems, with programs that print what
the manuals say (tests/programs). What comes out is the recorded answer of the definition's test case. Needs no build of Holter."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests/programs"
# BSD and macOS have the awk that Debian calls original-awk; the others stand in for whatever a user has put in its place.
AWKS = {"original-awk": ["/usr/bin/original-awk"], "gawk": ["/usr/bin/gawk"], "mawk": ["/usr/bin/mawk"], "busybox": ["/usr/bin/busybox", "awk"]}
SHELLS = {"sh": ["/bin/sh", "-c"], "bash": ["/bin/bash", "-c"], "csh": ["/usr/bin/tcsh", "-f", "-c"], "zsh": ["/usr/bin/zsh", "-f", "-c"],
          "busybox": ["/usr/bin/busybox", "sh", "-c"]}


def scripts_of(path):
    definition = yaml.safe_load((ROOT / "definitions" / path).read_text(encoding="utf-8"))
    return {each["name"]: each["ssh"]["script"] for each in definition["metrics"]}


class Host:
    """Runs commands by a shell with the programs of a system, and with one kind of awk."""

    def __init__(self, system, shell, awk):
        self.shell = SHELLS[shell]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="holter-test-"))
        wrapper = self.directory / "awk"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(AWKS[awk])} "$@"\n', encoding="ascii")
        wrapper.chmod(0o755)
        self.path = f"{self.directory}:{PROGRAMS / system}:/usr/bin:/bin"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def run(self, command, **variables):
        return subprocess.run([*self.shell, command], env={"PATH": self.path} | variables, cwd=self.directory, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=20, check=False)


class ForeignHosts(unittest.TestCase):
    def on_each(self, system, shells, check):
        for shell in shells:
            for awk in AWKS:
                with self.subTest(shell=shell, awk=awk), Host(system, shell, awk) as host:
                    check(host)
                    self.assertEqual(os.listdir(host.directory), ["awk"], "the commands only read")

    def check(self, system, shells, definition, case):
        """Each set's command prints the answer of the test case."""
        answers = (ROOT / "definitions" / definition).parent / "testcases" / case
        scripts = scripts_of(definition)
        self.assertEqual({f"{name}.answer" for name in scripts}, {f.name for f in answers.glob("*.answer")})

        def prints_them(host):
            for name, script in scripts.items():
                done = host.run(script)
                self.assertEqual(done.stderr, "", name)
                self.assertEqual(done.stdout, (answers / f"{name}.answer").read_text(encoding="utf-8"), name)

        self.on_each(system, shells, prints_them)

    def test_freebsd_also_where_the_login_shell_is_csh(self):
        self.check("freebsd", ("sh", "csh", "bash", "zsh"), "os/freebsd.yml", "freebsd/documentation")

    def test_a_column_that_a_release_does_not_print_is_a_dash(self):
        def is_a_dash(host):
            netstat = host.directory / "netstat"
            netstat.write_text("#!/bin/sh\necho 'Name Mtu Network Address Ipkts Ierrs Ibytes Opkts Oerrs Obytes Coll'\n"
                               "echo 'em0 1500 <Link#1> 00:25:90:aa:bb:c1 5 0 700 4 1 600 0'\n", encoding="ascii")
            netstat.chmod(0o755)
            self.assertEqual(host.run(scripts_of("os/freebsd.yml")["interface"]).stdout.split("\n")[1:], ["em0 700 5 0 - 600 4 1 -", ""])
            netstat.unlink()

        self.on_each("freebsd", ("sh", "csh"), is_a_dash)

    def test_macos(self):
        self.check("macos", ("sh", "bash", "zsh"), "os/macos.yml", "macos/documentation")

    def test_nvidia(self):
        self.check("nvidia", ("sh", "bash", "zsh", "busybox"), "llm/nvidia.yml", "nvidia/documentation")

    def test_nvidia_without_programs_that_compute_is_an_empty_table(self):
        def is_empty(host):
            done = host.run(scripts_of("llm/nvidia.yml")["process"], HOLTER_TEST_GPU="idle")
            self.assertEqual((done.stdout, done.returncode), ("gpu_uuid pid memory_used command\n", 0))

        self.on_each("nvidia", ("sh", "busybox"), is_empty)

    def test_nvidia_that_fails_prints_nothing_and_says_why(self):
        def says_why(host):
            for name, script in scripts_of("llm/nvidia.yml").items():
                done = host.run(script, HOLTER_TEST_GPU="no_driver")
                self.assertEqual((done.stdout, done.returncode), ("", 1), name)
                self.assertIn("NVIDIA-SMI has failed", done.stderr)
                missing = host.run(script.replace("nvidia-smi", "no-such-smi"))
                self.assertEqual((missing.stdout, missing.returncode), ("", 1), name)
                self.assertIn("no-such-smi: not found", missing.stderr)

        self.on_each("nvidia", ("sh", "busybox"), says_why)


if __name__ == "__main__":
    unittest.main()
