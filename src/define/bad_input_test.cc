// Every file of testdata/bad/<kind>/ is wrong in one way; what must be said about it stands in the .expected beside it.
// With UPDATE_EXPECTED=1 in the environment the expectations are written instead: read the difference before you
// commit.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "define/config.h"
#include "define/monitors.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

namespace fs = std::filesystem;
using testing::text_of;

constexpr const char* kFolder = "src/define/testdata/bad";

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string load(const std::string& kind, const std::string& path) {
  Problems problems;
  if (kind == "config") {
    (void)load_config(path, {}, problems);  // wrong on purpose: only the problems matter
  } else if (kind == "monitors") {
    auto registry = testing::definitions(problems);
    (void)load_monitors(path, registry, std::chrono::seconds(1), problems);
  } else {
    auto text = read(path);
    EXPECT_EQ(load_definition(path, text, testing::protocols(), problems) == nullptr, problems.errors > 0) << path;
  }
  return text_of(problems);
}

class BadInput : public ::testing::TestWithParam<std::string> {};

TEST_P(BadInput, is_told_with_file_line_key_and_what_to_write) {
  fs::path path = GetParam();
  auto kind = path.parent_path().filename().string();
  auto said = load(kind, path.string());
  for (auto at = said.find(path.string()); at != std::string::npos; at = said.find(path.string()))
    said.replace(at, path.string().size(), path.filename().string());
  auto expected = fs::path(path).replace_extension(".expected");
  if (std::getenv("UPDATE_EXPECTED") != nullptr) std::ofstream(expected) << said;
  EXPECT_FALSE(said.empty()) << path << " is not wrong";
  EXPECT_EQ(said, read(expected)) << path;
  EXPECT_NE(said.find("cannot "), std::string::npos) << path;
}

std::vector<std::string> files() {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder))
    if (entry.path().extension() == ".yml") out.push_back(entry.path().string());
  std::ranges::sort(out);
  return out;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  fs::path path = info.param;
  auto name = path.parent_path().filename().string() + "_" + path.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(files, BadInput, ::testing::ValuesIn(files()), test_name);

TEST(BadInput, has_at_least_one_file_of_each_kind) {
  for (auto kind : {"config", "monitors", "definition"})
    EXPECT_TRUE(std::ranges::any_of(files(), [&](const std::string& f) {
      return f.starts_with(std::string(kFolder) + "/" + kind);
    })) << kind;
}

}  // namespace
}  // namespace holter::define
