"""Tests of tools/run_tests.py with small programs in place of test programs."""
import json
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOOLS))
import run_tests  # noqa: E402


class Script:
    """A program that prints, writes a report and ends as told."""

    def __init__(self, directory, name, body):
        self.path = pathlib.Path(directory) / name
        self.path.write_text("#!/bin/bash\n" + body)
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    def program(self, kind="gtest", timeout_s=20):
        return run_tests.Program(self.path.name, [str(self.path)], timeout_s, ".", kind)


def report(*cases):
    return json.dumps({"testsuites": [{"name": "S", "testsuite": list(cases)}]})


OK = {"name": "a", "status": "RUN", "result": "COMPLETED"}
BAD = {"name": "b", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "no"}]}
SKIPPED = {"name": "c", "status": "RUN", "result": "SKIPPED"}
NOT_RUN = {"name": "d", "status": "NOTRUN", "result": "SUPPRESSED"}
WRITE = "cat > \"${1#--gtest_output=json:}\" <<'R'\n%s\nR\n"


class RunProgram(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name

    def run_script(self, body, **more):
        return run_tests.run_program(Script(self.directory, "x_test", body).program(**more))

    def test_counts_single_cases_of_a_report(self):
        outcome = self.run_script(WRITE % report(OK, OK, BAD, SKIPPED, NOT_RUN) + "exit 1\n")
        self.assertEqual((outcome.passed, outcome.failed, outcome.skipped), (2, 1, 1))
        self.assertEqual(outcome.reason, "")

    def test_failing_exit_code_without_a_failed_case_is_a_failure(self):
        outcome = self.run_script(WRITE % report(OK) + "exit 23\n")
        self.assertEqual((outcome.passed, outcome.failed), (1, 1))
        self.assertEqual(outcome.reason, "exit code 23")

    def test_crash_counts_what_ended_before_and_one_failure(self):
        outcome = self.run_script("echo '[       OK ] A.b (1 ms)'; echo '[       OK ] A.c (1 ms)'; kill -SEGV $$\n")
        self.assertEqual((outcome.passed, outcome.failed), (2, 1))
        self.assertEqual(outcome.reason, "ended by SIGSEGV")

    def test_hanging_program_is_ended_with_its_children(self):
        outcome = self.run_script("sleep 1000 & wait\n", timeout_s=0.2)
        self.assertEqual(outcome.failed, 1)
        self.assertLess(outcome.seconds, 10)
        self.assertIn("no end within 0.2 s", outcome.reason)

    def test_program_without_tests_is_a_failure(self):
        self.assertEqual(self.run_script(WRITE % report()).reason, "it ran no test")

    def test_program_that_is_not_built_is_a_failure(self):
        outcome = run_tests.run_program(run_tests.Program("gone_test", ["/nowhere/gone_test"]))
        self.assertEqual((outcome.failed, outcome.reason), (1, "it has not been built"))

    def test_names_what_failed_where_the_program_came_to_its_end(self):
        named = report(OK, BAD)
        self.assertEqual(self.run_script(WRITE % named + "exit 1\n").failures, ["S.b"])
        self.assertEqual(self.run_script(WRITE % named + "exit 99\n").failures, [])
        self.assertEqual(self.run_script("echo '[  FAILED  ] S.b (1 ms)'; exit 1\n").failures, [])

    def test_fuzz_program_counts_as_one(self):
        self.assertEqual(self.run_script("exit 0\n", kind="single").passed, 1)
        self.assertEqual(self.run_script("exit 77\n", kind="single").failed, 1)


class CountUnittest(unittest.TestCase):
    def test_reads_the_last_lines_of_unittest(self):
        text = "noise\nRan 12 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=3)\n"
        self.assertEqual(run_tests.count_unittest(text), (6, 3, 3))
        self.assertEqual(run_tests.count_unittest("Ran 1 test in 0.1s\n\nOK\n"), (1, 0, 0))
        self.assertEqual(run_tests.count_unittest("ImportError\n"), (0, 0, 0))


class CommandLine(unittest.TestCase):
    def run_tool(self, body, *more):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "test_x.py"
            file.write_text("import unittest\nclass X(unittest.TestCase):\n" + body + "\nunittest.main()\n")
            sums = pathlib.Path(directory) / "sums"
            run = subprocess.run([sys.executable, str(TOOLS / "run_tests.py"), "--python", str(file), *more],
                                 capture_output=True, text=True, timeout=60)
            return run.returncode, run.stdout, sums

    def test_last_line_is_the_count(self):
        code, out, _ = self.run_tool("  def test_a(self): pass\n  def test_b(self): pass\n")
        self.assertEqual((code, out.splitlines()[-1]), (0, "2 passed, 0 failed"))

    def test_failure_prints_the_output_and_exits_with_one(self):
        code, out, _ = self.run_tool("  def test_a(self): self.fail('the reason')\n")
        self.assertEqual((code, out.splitlines()[-1]), (1, "0 passed, 1 failed"))
        self.assertIn("the reason", out)

    def test_nothing_that_passes_is_no_success(self):
        code, out, _ = self.run_tool("  @unittest.skip('not here')\n  def test_a(self): pass\n")
        self.assertEqual((code, out.splitlines()[-1]), (1, "0 passed, 0 failed, 1 skipped"))

    def test_a_second_run_is_only_for_what_failed_and_is_told(self):
        first_time = ("  def test_a(self): print('a ran', flush=True)\n  def test_b(self):\n    import os\n    seen = __file__ + '.seen'\n"
                      "    if not os.path.exists(seen):\n      os.mkdir(seen)\n      self.fail('the reason')\n")
        code, out, _ = self.run_tool(first_time, "--again")
        self.assertEqual((code, out.splitlines()[-1]), (0, "2 passed, 0 failed"))
        self.assertIn("the reason", out)
        self.assertIn("passed only in a second run: ", out)
        self.assertIn("X.test_b", out)
        self.assertEqual(out.count("a ran"), 1)
        code, out, _ = self.run_tool(first_time)
        self.assertEqual((code, out.splitlines()[-1]), (1, "1 passed, 1 failed"))

    def test_what_fails_twice_has_failed(self):
        code, out, _ = self.run_tool("  def test_a(self): pass\n  def test_b(self): self.fail('the reason')\n", "--again")
        self.assertEqual((code, out.splitlines()[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("output of the second run", out)

    def test_a_class_that_could_not_be_set_up_runs_again_as_a_whole(self):
        code, out, _ = self.run_tool("  @classmethod\n  def setUpClass(cls):\n    import os\n    seen = __file__ + '.seen'\n"
                                     "    if not os.path.exists(seen):\n      os.mkdir(seen)\n      raise OSError('no server')\n"
                                     "  def test_a(self): pass\n  def test_b(self): pass\n", "--again")
        self.assertEqual((code, out.splitlines()[-1]), (0, "2 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
