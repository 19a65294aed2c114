#include "define/config_show.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "define/test_fixture.h"
#include "define/yaml.h"

namespace holter::define {
namespace {

using testing::TempDir;
using testing::text_of;
using Environment = std::vector<std::string>;

struct Loaded {
  Config config;
  GivenValues given;
};

Loaded load(const std::string& path, const Environment& environment = {}) {
  Problems problems;
  Loaded loaded;
  loaded.config = load_config(path, environment, problems, &loaded.given);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  return loaded;
}

std::string content(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The text with all keys that are commented out put in force.
std::string uncommented(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    auto sign = line.find('#');
    bool is_key = sign != std::string::npos && line.find_first_not_of(' ') == sign && line.size() > sign + 1 &&
                  line[sign + 1] != ' ';
    if (is_key) line.erase(sign, 1);
    out += line + "\n";
  }
  return out;
}

TEST(ConfigShow, what_is_shown_is_read_back_as_the_same) {
  TempDir dir;
  auto path = dir.file("etc/holter.yml", R"(
data_dir: "a: b #c"
definitions: [x, /y]
server: {listen: "[::1]:0"}
memory: {budget: 50 %, shares: {monitors: 11%}, actions: {high: [], critical: [flush, pause]}}
network: {forbidden: [default, 10.0.0.0/8]}
collect: {shards: 2}
ssh: {known_hosts: "/etc/\"x\"\ty"}
)");
  auto before = load(path, {"HOLTER_LOG_LEVEL=debug"});
  auto shown = show_config(before.given);
  auto after = load(dir.file("other/holter.yml", shown));
  EXPECT_TRUE(after.config == before.config) << shown;
  EXPECT_NE(shown.find("  listen: \"[::1]:0\"  # " + path + ":4\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("log_level: debug  # HOLTER_LOG_LEVEL\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("  max_connections: 256  # default\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("  #postgresql:  # SQLite: catalog.db in data_dir; default\n"), std::string::npos) << shown;
}

TEST(ConfigShow, has_every_key_once) {
  auto shown = show_config({});
  for (const auto& text : {shown, default_config()}) {
    TempDir dir;
    auto path = dir.file("holter.yml", uncommented(text));
    YamlNode root;
    Problems problems;
    ASSERT_TRUE(read_yaml({path, {}, false}, {}, problems, root)) << text_of(problems) << text;
    std::size_t leaves = 0;
    for (const auto& key : config_keys()) {
      const auto* node = &root;
      std::string_view rest = key.path;
      while (node != nullptr && !rest.empty()) {
        auto part = rest.substr(0, rest.find('.'));
        node = node->find(part);
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      }
      EXPECT_NE(node, nullptr) << key.path;
      ++leaves;
    }
    EXPECT_GT(leaves, 40U);
  }
}

TEST(ConfigShow, shows_no_secret_wherever_it_comes_from) {
  TempDir dir;
  auto secret = dir.file("pg", "host=db password=canary\n");
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  for (const auto& variable :
       {"HOLTER_CATALOG_POSTGRESQL_FILE=" + secret, std::string("HOLTER_CATALOG_POSTGRESQL=host=db password=canary")}) {
    auto loaded = load("", {variable});
    ASSERT_NE(loaded.config.catalog.postgresql.find("canary"), std::string::npos);
    auto shown = show_config(loaded.given);
    EXPECT_EQ(shown.find("canary"), std::string::npos) << shown;
    EXPECT_NE(shown.find("  #postgresql: ***  # "), std::string::npos) << shown;
  }
}

TEST(ConfigShow, the_file_to_begin_with_changes_nothing_until_keys_are_put_in_force) {
  TempDir dir;
  auto empty = load(dir.file("empty.yml", ""));
  EXPECT_TRUE(load(dir.file("a.yml", default_config())).config == empty.config);
  // With all its keys in force, too: what stands there are the true defaults.
  dir.file("monitors/m.yml", "monitors: []\n");
  auto all = load(dir.file("b.yml", uncommented(default_config())));
  EXPECT_TRUE(all.config == load(dir.file("empty.yml", "")).config) << uncommented(default_config());
}

TEST(ConfigShow, packaging_has_the_file_to_begin_with) {
  EXPECT_EQ(content("packaging/holter.yml"), default_config())
      << "write it: holter config show --defaults > packaging/holter.yml";
}

TEST(ConfigShow, quotes_what_yaml_would_take_for_something_else) {
  TempDir dir;
  for (const std::string text :
       {"plain", "127.0.0.1:80", "[::1]:0", "- x", "a: b", "a #b", "",  "x\ty\n", "\"",  "\\",  "@x", "%x",
        ":",     "a:",           "{}",      "*x",  "&x",   "!x",   "ä", "it's",   "10%", "a,b", "~/x"}) {
    YamlNode root;
    Problems problems;
    auto path = dir.file("x.yml", "key: " + yaml_scalar(text) + "  # behind\n");
    ASSERT_TRUE(read_yaml({path, {}, false}, {}, problems, root)) << text << text_of(problems);
    ASSERT_NE(root.find("key"), nullptr) << text;
    EXPECT_EQ(root.find("key")->text, text);
  }
}

}  // namespace
}  // namespace holter::define
