"""Random requests after the OpenAPI file, right ones and wrong ones: no server error, and answers as the file has them."""
import os
import re
import subprocess
import sys
import unittest

from harness import ROOT, Server

MONITORS = """\
monitors:
  - {name: here, app: ping, interval: 500ms, params: {host: 127.0.0.1}}
  - {name: nowhere, app: port, interval: 500ms, params: {host: 127.0.0.1, port: 1}}
"""
# What would end the run itself: a stream without end, less memory, and what asks or writes to a real host.
LEFT_OUT = ("/api/v1/events/stream", "/api/v1/memory/budget", "/api/v1/monitors/test", "/api/v1/monitors/suggest",
            "/api/v1/alerts/receivers/test", "/api/v1/alerts/receivers/{name}/test")
EXAMPLES = 4  # of each operation


class SchemathesisTest(unittest.TestCase):
    def test_no_request_after_the_file_is_a_server_error_and_no_answer_differs_from_it(self):
        place = ROOT / ".deps/schemathesis"
        self.assertTrue(place.is_dir(), "schemathesis is not there: run tools/setup.sh --with-tests")
        server = Server(MONITORS, HOLTER_MEMORY_BUDGET="256MiB")
        self.addCleanup(server.close)
        server.wait_for_state("here", "UP")
        excluded = [word for path in LEFT_OUT for word in ("--exclude-path", path)]
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", server.url + "/api/v1/openapi.json", "--header", f"Authorization: Bearer {server.token}",
             "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
             "--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-shrink", "--request-timeout", "20",
             "--suppress-health-check", "all", "--warnings", "off", "--no-color", *excluded],
            cwd=server.directory.path, env=os.environ | {"PYTHONPATH": str(place), "HYPOTHESIS_STORAGE_DIRECTORY": str(server.directory.path)},
            capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        tested = re.search(r"Tested:\s+(\d+)", done.stdout)
        self.assertIsNotNone(tested, done.stdout[-3000:])
        self.assertGreater(int(tested[1]), 40, "operations")
        self.assertIsNone(server.process.poll(), "it still runs")
        self.assertNotRegex(server.messages(), "BUG")


if __name__ == "__main__":
    unittest.main()
