"""Tests of tools/check_layers.py and tools/check_links.py on small trees."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import check_layers  # noqa: E402
import check_links  # noqa: E402


class Tree(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)

    def put(self, name, text=""):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if name.startswith("src/"):
            (path.parent / "README.md").touch()


class Layers(Tree):
    def problems(self):
        return list(check_layers.problems(self.root / "src"))

    def assert_problem(self, name, text, part):
        self.put(name, text)
        found = self.problems()
        self.assertEqual(len(found), 1, found)
        self.assertIn(part, found[0])

    def test_accepts_what_the_table_allows(self):
        self.put("src/memory/a.cc", '#include "memory/a.h"\n#include "base/result.h"\n#include <arrow/api.h>\n')
        self.put("src/app/b.cc", '#include "api/server.h"\n#include <arrow/api.h>\n')
        self.put("src/collect/protocols/mqtt/mqtt.cc", '#include "collect/plugin.h"\n#include <mosquitto.h>\n')
        self.put("src/net/c_test.cc", '#include "testing/fake_clock.h"\nauto t = std::chrono::steady_clock::now();\n')
        self.put("src/history/child/d.cc", '#include "history/frame.h"\n#include <duckdb.h>\n')
        self.assertEqual(self.problems(), [])

    def test_refuses_an_include_against_the_flow(self):
        self.assert_problem("src/base/a.h", '#include "memory/account.h"\n', "src/base/a.h:1: base/ may not include memory/")

    def test_refuses_testing_in_product_code(self):
        self.assert_problem("src/net/a.cc", '#include "testing/fake_clock.h"\n', "testing/ is for test")

    def test_refuses_third_party_headers_away_from_home(self):
        self.assert_problem("src/history/a.cc", "#include <duckdb.h>\n", "<duckdb...> is not for history/")

    def test_refuses_a_plugin_that_includes_another(self):
        self.assert_problem("src/collect/protocols/a/a.cc", '#include "collect/protocols/b/b.h"\n', "may not include another")

    def test_refuses_arrows_default_pool(self):
        self.assert_problem("src/batch/a.cc", "auto* p = arrow::default_memory_pool();\n", "must be on an account")

    def test_refuses_clocks_and_sleeps(self):
        self.assert_problem("src/net/a.cc", "auto t = std::chrono::steady_clock::now();  // why\n", "only base::Clock")
        self.assert_problem("src/net/a.cc", "std::this_thread::sleep_for(std::chrono::seconds(1));\n", "nobody sleeps")

    def test_refuses_long_files(self):
        self.assert_problem("src/net/a.cc", "\n" * 501, "501 lines")

    def test_refuses_a_folder_without_readme(self):
        self.put("src/net/a.cc")
        (self.root / "src/net/README.md").unlink()
        self.assertIn("has no README.md", self.problems()[0])

    def test_refuses_a_dependency_in_cmake_that_the_table_does_not_know(self):
        self.put("CMakeLists.txt", "holter_module(memory DEPS base net LIBS x)\n")
        self.assert_problem("src/memory/a.cc", "", "depends on net")


class Links(Tree):
    def problems(self, text):
        self.put("a.md", text)
        self.put("docs/b.md", "# The First One\n\n## `holter serve`: how\n")
        return list(check_links.problems(self.root, ["a.md"]))

    def test_accepts_files_anchors_and_the_web(self):
        self.assertEqual(self.problems("[b](docs/b.md) [c](docs/b.md#the-first-one) [d](docs/b.md#holter-serve-how) "
                                       "[w](https://example.org/x) `[x](gone)`\n```\n[y](gone)\n```\n"), [])

    def test_refuses_missing_files_and_headings(self):
        self.assertEqual(len(self.problems("[b](docs/gone.md)\n[c](docs/b.md#second)\n[d](#nowhere)\n")), 3)


if __name__ == "__main__":
    unittest.main()
