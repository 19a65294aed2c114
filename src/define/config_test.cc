#include "define/config.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "define/monitors.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

using testing::TempDir;
using testing::text_of;
using Environment = std::vector<std::string>;

Config load(const std::string& path, const Environment& environment, Problems& problems) {
  return load_config(path, environment, problems);
}

TEST(Config, has_defaults_for_everything) {
  Problems problems;
  auto config = load("", {}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.data_dir, "./data");
  EXPECT_EQ(config.server.listen, "127.0.0.1:2157");
  EXPECT_EQ(config.memory.budget, 0U);
}

TEST(Config, reads_every_key_of_a_file) {
  TempDir dir;
  auto path = dir.file("holter.yml", R"(
data_dir: /var/lib/holter
monitors: /etc/holter/monitors
definitions: /usr/share/holter
server: {listen: "[::1]:0", max_connections: 10}
memory: {budget: 64MiB}
collect: {shards: 2, max_in_flight: 100, max_per_target: 3, min_interval: 500ms}
history: {retention: 7d, memory_limit: 32MiB}
log_level: debug
)");
  Problems problems;
  auto config = load(path, {}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.data_dir, "/var/lib/holter");
  EXPECT_EQ(config.monitors, "/etc/holter/monitors");
  EXPECT_EQ(config.definitions, "/usr/share/holter");
  EXPECT_EQ(config.server.listen, "[::1]:0");
  EXPECT_EQ(config.server.max_connections, 10U);
  EXPECT_EQ(config.memory.budget, 64U << 20);
  EXPECT_EQ(config.collect.shards, 2U);
  EXPECT_EQ(config.collect.max_in_flight, 100U);
  EXPECT_EQ(config.collect.max_per_target, 3U);
  EXPECT_EQ(config.collect.min_interval, std::chrono::milliseconds(500));
  EXPECT_EQ(config.history.retention, std::chrono::days(7));
  EXPECT_EQ(config.history.memory_limit, 32U << 20);
  EXPECT_EQ(config.log_level, "debug");
}

TEST(Config, takes_relative_paths_of_a_file_from_its_directory) {
  TempDir dir;
  auto path = dir.file("etc/holter.yml", "data_dir: ../data\n");
  Problems problems;
  auto config = load(path, {}, problems);
  EXPECT_EQ(config.data_dir, dir.path() + "/data");
  EXPECT_EQ(config.monitors, dir.path() + "/etc/monitors");
}

TEST(Config, lets_the_environment_win_with_paths_from_where_it_was_started) {
  TempDir dir;
  auto path = dir.file("holter.yml", "memory: {budget: 64MiB}\ndata_dir: ./data\n");
  Problems problems;
  auto config = load(path, {"HOLTER_MEMORY_BUDGET=128MiB", "HOLTER_DATA_DIR=here", "PATH=/bin"}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.memory.budget, 128U << 20);
  EXPECT_EQ(config.data_dir, "here");
}

TEST(Config, can_set_every_key_by_the_environment) {
  for (const auto& key : config_keys()) {
    // A value that no key accepts: the answer proves that the variable is read.
    Problems problems;
    load("", {environment_name(key.path) + "="}, problems);
    EXPECT_EQ(problems.errors, 1U) << key.path;
    EXPECT_EQ(problems.warnings, 0U) << key.path;
    EXPECT_NE(text_of(problems).find(environment_name(key.path)), std::string::npos) << text_of(problems);
  }
}

TEST(Config, warns_of_unknown_variables_and_suggests_the_nearest) {
  Problems problems;
  load("", {"HOLTER_MEMORY_BUGDET=64MiB", "HOLTER_SOMETHING_QUITE_DIFFERENT=1"}, problems);
  EXPECT_TRUE(problems.ok());
  EXPECT_EQ(problems.warnings, 2U);
  EXPECT_NE(text_of(problems).find("did you mean HOLTER_MEMORY_BUDGET?"), std::string::npos) << text_of(problems);
}

TEST(Config, says_what_is_wrong_with_a_variable) {
  Problems problems;
  load("", {"HOLTER_MEMORY_BUDGET=50%", "HOLTER_LOG_LEVEL=loud"}, problems);
  EXPECT_EQ(problems.errors, 2U);
  EXPECT_NE(text_of(problems).find("environment: error: HOLTER_MEMORY_BUDGET: cannot read the size '50%'"),
            std::string::npos)
      << text_of(problems);
}

TEST(Config, takes_an_empty_file_for_all_defaults) {
  TempDir dir;
  for (const char* text : {"", "# nothing yet\n", "memory:\nserver: {}\n"}) {
    Problems problems;
    auto config = load(dir.file("holter.yml", text), {}, problems);
    EXPECT_TRUE(problems.list.empty()) << text << text_of(problems);
    EXPECT_EQ(config.server.listen, "127.0.0.1:2157");
  }
}

TEST(Config, tells_of_a_file_that_is_not_there) {
  Problems problems;
  load("/nonexistent/holter.yml", {}, problems);
  EXPECT_EQ(text_of(problems), "/nonexistent/holter.yml: error: cannot open: No such file or directory\n");
}

TEST(Config, documents_each_key_as_it_is) {
  std::ifstream in("docs/configuration.md");
  std::stringstream text;
  text << in.rdbuf();
  std::string expected;
  for (const auto& key : config_keys())
    expected += fmt::format("| `{}` | `{}` | {} | {} |\n", key.path, environment_name(key.path), key.otherwise,
                            key.description);
  EXPECT_NE(text.str().find(expected), std::string::npos) << "the table of docs/configuration.md must be:\n"
                                                          << expected;
}

TEST(Config, of_the_documentation_has_no_findings) {
  TempDir dir;
  auto blocks = testing::yaml_blocks("docs/configuration.md");
  ASSERT_EQ(blocks.size(), 2U);
  Problems problems;
  load(dir.file("holter.yml", blocks[0]), {}, problems);
  auto registry = testing::definitions(problems);
  auto monitors = load_monitors(dir.file("m.yml", blocks[1]), registry, std::chrono::seconds(1), problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(monitors.size(), 1U);
}

TEST(Config, defaults_of_the_documentation_are_those_of_the_code) {
  Config defaults;
  for (const auto& key : config_keys()) {
    if (key.otherwise.find(' ') != std::string_view::npos) continue;  // said in words: depends on the machine
    Problems problems;
    auto config = load("", {fmt::format("{}={}", environment_name(key.path), key.otherwise)}, problems);
    EXPECT_TRUE(problems.list.empty()) << text_of(problems);
    EXPECT_EQ(config.data_dir, defaults.data_dir);
    EXPECT_EQ(config.monitors, defaults.monitors);
    EXPECT_EQ(config.definitions, defaults.definitions);
    EXPECT_EQ(config.server.listen, defaults.server.listen);
    EXPECT_EQ(config.server.max_connections, defaults.server.max_connections);
    EXPECT_EQ(config.collect.max_in_flight, defaults.collect.max_in_flight);
    EXPECT_EQ(config.collect.max_per_target, defaults.collect.max_per_target);
    EXPECT_EQ(config.collect.min_interval, defaults.collect.min_interval);
    EXPECT_EQ(config.history.retention, defaults.history.retention);
    EXPECT_EQ(config.history.memory_limit, defaults.history.memory_limit);
    EXPECT_EQ(config.log_level, defaults.log_level);
  }
}

}  // namespace
}  // namespace holter::define
