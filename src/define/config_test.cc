#include "define/config.h"

#include <array>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "define/config_values.h"
#include "define/monitors.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

using testing::TempDir;
using testing::text_of;
using Environment = std::vector<std::string>;
using Names = std::vector<std::string>;

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
  EXPECT_FALSE(config.script.allow);
}

TEST(Config, reads_every_key_of_a_file) {
  TempDir dir;
  auto path = dir.file("holter.yml", R"(
data_dir: /var/lib/holter
monitors: /etc/holter/monitors
definitions: /usr/share/holter
server:
  listen: "[::1]:0"
  max_connections: 10
  rate_limit: 20
  tls: {certificate: api.pem, key: /etc/api.key}
network: {forbidden: [default, 10.0.0.0/8], allowed: "10.1.2.3:80"}
memory:
  budget: 64MiB
  shares: {monitors: 11%, collect: 12, critical: 2.5%, latest: 13, batches: 7, history: 6, api: 5}
  levels: {elevated: 60%, high: 70, critical: 80, emergency: 90.5%}
  hysteresis: 4
  dwell: 3s
  stretch: 5
  actions: {elevated: [flush], high: stretch, critical: [], emergency: [pause, refuse_work]}
  psi: off
collect: {shards: 2, max_in_flight: 100, min_in_flight: 8, queue_capacity: 50, max_per_target: 3, min_interval: 500ms}
script: {allow: on}
history: {retention: 7d, memory_limit: 32MiB}
log_level: debug
log_format: json
)");
  Problems problems;
  auto config = load(path, {}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.data_dir, "/var/lib/holter");
  EXPECT_EQ(config.monitors, "/etc/holter/monitors");
  EXPECT_EQ(config.definitions, std::vector<std::string>{"/usr/share/holter"});
  EXPECT_EQ(config.server.listen, "[::1]:0");
  EXPECT_EQ(config.server.max_connections, 10U);
  EXPECT_EQ(config.server.rate_limit, 20U);
  EXPECT_EQ(config.server.tls.certificate, dir.path() + "/api.pem");
  EXPECT_EQ(config.server.tls.key, "/etc/api.key");
  EXPECT_EQ(config.network.forbidden, (Names{"default", "10.0.0.0/8"}));
  EXPECT_EQ(config.network.allowed, Names{"10.1.2.3:80"});
  EXPECT_EQ(config.memory.budget, 64U << 20);
  EXPECT_EQ(config.memory.budget_share, 0);
  const auto& shares = config.memory.shares;
  EXPECT_EQ((std::array{shares.monitors, shares.collect, shares.critical, shares.latest, shares.batches, shares.history,
                        shares.api}),
            (std::array{0.11, 0.12, 0.025, 0.13, 0.07, 0.06, 0.05}));
  const auto& levels = config.memory.levels;
  EXPECT_EQ((std::array{levels.elevated, levels.high, levels.critical, levels.emergency}),
            (std::array{0.6, 0.7, 0.8, 0.905}));
  EXPECT_EQ(config.memory.hysteresis, 0.04);
  EXPECT_EQ(config.memory.dwell, std::chrono::seconds(3));
  EXPECT_EQ(config.memory.stretch, 5U);
  EXPECT_EQ(config.memory.actions.elevated, Names{"flush"});
  EXPECT_EQ(config.memory.actions.high, Names{"stretch"});
  EXPECT_EQ(config.memory.actions.critical, Names{});
  EXPECT_EQ(config.memory.actions.emergency, (Names{"pause", "refuse_work"}));
  EXPECT_FALSE(config.memory.psi);
  EXPECT_EQ(config.collect.shards, 2U);
  EXPECT_EQ(config.collect.max_in_flight, 100U);
  EXPECT_EQ(config.collect.min_in_flight, 8U);
  EXPECT_EQ(config.collect.queue_capacity, 50U);
  EXPECT_EQ(config.collect.max_per_target, 3U);
  EXPECT_EQ(config.collect.min_interval, std::chrono::milliseconds(500));
  EXPECT_TRUE(config.script.allow);
  EXPECT_EQ(config.history.retention, std::chrono::days(7));
  EXPECT_EQ(config.history.memory_limit, 32U << 20);
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.log_format, "json");
}

TEST(Config, reads_a_login_by_openid_connect) {
  TempDir dir;
  auto secret = dir.file("secret", "hunter2\n");
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  auto path = dir.file("holter.yml", R"(
access:
  oidc: {issuer: "https://login.example/realms/main", client_id: holter, client_secret_file: secret, name: Example,
         scopes: openid email, role: viewer, claim: email, ca_file: /etc/ca.pem}
)");
  Problems problems;
  auto oidc = load(path, {}, problems).access.oidc;
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(oidc, (Config::Access::Oidc{"https://login.example/realms/main", "holter", "hunter2", "Example",
                                        "openid email", "viewer", "email", "/etc/ca.pem"}));
}

TEST(Config, refuses_what_no_login_by_openid_connect_works_with) {
  auto errors = [](const Environment& environment) {
    Problems problems;
    load("", environment, problems);
    EXPECT_EQ(problems.errors, 1U) << text_of(problems);
    return text_of(problems);
  };
  const std::string issuer = "HOLTER_ACCESS_OIDC_ISSUER=https://login.example",
                    client = "HOLTER_ACCESS_OIDC_CLIENT_ID=x";
  EXPECT_NE(errors({issuer}).find("are needed together"), std::string::npos);
  EXPECT_NE(errors({client}).find("are needed together"), std::string::npos);
  EXPECT_NE(errors({"HOLTER_ACCESS_OIDC_ROLE=admin"}).find("viewer or operator or editor"), std::string::npos);
  errors({"HOLTER_ACCESS_OIDC_CLAIM=sub"});
  errors({"HOLTER_ACCESS_OIDC_SCOPES=profile email"});
  errors({"HOLTER_ACCESS_OIDC_SCOPES=openid  email"});
  errors({"HOLTER_ACCESS_OIDC_NAME="});
  auto both =
      errors({issuer, client, "HOLTER_ACCESS_OIDC_CLIENT_SECRET=hunter2", "HOLTER_ACCESS_OIDC_CLIENT_SECRET_FILE=f"});
  EXPECT_EQ(both.find("hunter2"), std::string::npos) << both;
  for (std::string bad :
       {"http://login.example", "https://login.example/?a=b", "https://login.example/#x", "login.example"}) {
    Problems problems;
    load("", {"HOLTER_ACCESS_OIDC_ISSUER=" + bad, client}, problems);
    EXPECT_GE(problems.errors, 1U) << bad;
  }
  Problems problems;
  load("", {"HOLTER_ACCESS_OIDC_ISSUER=http://127.0.0.1:8080/x", client}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
}

TEST(Config, refuses_blocks_that_are_none_and_a_certificate_without_its_key) {
  Problems problems;
  load("", {"HOLTER_NETWORK_FORBIDDEN=10.0.0.0/33", "HOLTER_NETWORK_ALLOWED=default"}, problems);
  EXPECT_EQ(problems.errors, 2U) << text_of(problems);
  EXPECT_NE(text_of(problems).find("cannot use '10.0.0.0/33' as a block of addresses"), std::string::npos)
      << text_of(problems);
  Problems others;
  load("", {"HOLTER_SERVER_TLS_CERTIFICATE=api.pem"}, others);
  EXPECT_EQ(others.errors, 1U);
  EXPECT_NE(text_of(others).find("server.tls.certificate and server.tls.key are needed together"), std::string::npos)
      << text_of(others);
}

TEST(Config, of_network_may_be_empty) {
  Problems problems;
  auto config = load("", {"HOLTER_NETWORK_FORBIDDEN=none"}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.network.forbidden, Names{});
}

TEST(Config, takes_relative_paths_of_a_file_from_its_directory) {
  TempDir dir;
  auto path = dir.file("etc/holter.yml", "data_dir: ../data\n");
  dir.file("etc/monitors/a.yml", "monitors: []\n");
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
  load("", {"HOLTER_MEMORY_BUDGET=900%", "HOLTER_LOG_LEVEL=loud"}, problems);
  EXPECT_EQ(problems.errors, 2U);
  EXPECT_NE(text_of(problems).find("environment: error: HOLTER_MEMORY_BUDGET: cannot use '900%'"), std::string::npos)
      << text_of(problems);
}

TEST(Config, takes_a_budget_as_a_size_or_as_a_share_of_the_machine) {
  struct Case {
    std::string text;
    std::uint64_t bytes;
    double share;
  };
  for (const auto& c : {Case{"64MB", 64'000'000, 0}, Case{"64 MiB", 64U << 20, 0}, Case{"64MiB", 64U << 20, 0},
                        Case{"50%", 0, 0.5}, Case{"1%", 0, 0.01}, Case{"100 %", 0, 1}}) {
    Problems problems;
    auto config = load("", {"HOLTER_MEMORY_BUDGET=" + c.text}, problems);
    EXPECT_TRUE(problems.list.empty()) << text_of(problems);
    EXPECT_EQ(config.memory.budget, c.bytes) << c.text;
    EXPECT_EQ(config.memory.budget_share, c.share) << c.text;
  }
}

TEST(Config, the_environment_replaces_a_size_of_the_file_by_a_share_and_the_reverse) {
  TempDir dir;
  Problems problems;
  auto share = load(dir.file("a.yml", "memory: {budget: 64MiB}\n"), {"HOLTER_MEMORY_BUDGET=25%"}, problems);
  EXPECT_EQ(share.memory.budget, 0U);
  EXPECT_EQ(share.memory.budget_share, 0.25);
  auto size = load(dir.file("b.yml", "memory: {budget: 25%}\n"), {"HOLTER_MEMORY_BUDGET=64MiB"}, problems);
  EXPECT_EQ(size.memory.budget, 64U << 20);
  EXPECT_EQ(size.memory.budget_share, 0);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
}

TEST(Config, takes_a_list_of_actions_from_the_environment) {
  Problems problems;
  auto config =
      load("", {"HOLTER_MEMORY_ACTIONS_HIGH=alert, stretch", "HOLTER_MEMORY_ACTIONS_ELEVATED=none"}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.memory.actions.high, (Names{"alert", "stretch"}));
  EXPECT_EQ(config.memory.actions.elevated, Names{});
}

TEST(Config, shares_may_add_up_to_the_whole_and_no_further) {
  Environment whole = {"HOLTER_MEMORY_SHARES_MONITORS=54%"};
  Problems fits, exceeds;
  EXPECT_DOUBLE_EQ(load("", whole, fits).memory.shares.sum(), 1);
  EXPECT_TRUE(fits.list.empty()) << text_of(fits);
  whole.emplace_back("HOLTER_MEMORY_SHARES_CRITICAL=3.1%");
  load("", whole, exceeds);
  EXPECT_EQ(text_of(exceeds),
            "environment: error: memory.shares: cannot guarantee 100.1% of the memory: the shares may add up to 100% "
            "(monitors 54, collect 15, critical 3.1, latest 10, batches 6, history 6, api 6)\n");
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

TEST(Config, monitors_that_are_not_named_and_not_there_are_none) {
  TempDir dir;
  auto path = dir.file("holter.yml", "data_dir: data\n");
  Problems problems;
  EXPECT_EQ(load(path, {}, problems).monitors, "");
  // Whoever names a place means it: that nothing is there is then said by whoever reads it.
  EXPECT_EQ(load(path, {"HOLTER_MONITORS=" + dir.path() + "/none"}, problems).monitors, dir.path() + "/none");
  EXPECT_EQ(load(dir.file("other.yml", "monitors: ./none\n"), {}, problems).monitors, dir.path() + "/none");
  EXPECT_TRUE(load_monitors("", Registry(), std::chrono::seconds(1), problems).empty());
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
}

TEST(Config, keys_of_secrets_are_no_settings_and_not_warned_of) {
  Problems problems;
  auto config = load("", {"HOLTER_SECRET_KEY=abc", "HOLTER_CATALOG_POSTGRESQL=host=db password=x"}, problems);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(config.catalog.postgresql, "host=db password=x");
}

TEST(Config, defaults_of_the_documentation_are_those_of_the_code) {
  Config defaults;
  defaults.monitors = "";  // not named, and not there
  for (const auto& key : config_keys()) {
    if (key.otherwise.find(' ') != std::string_view::npos) continue;  // said in words: depends on the machine
    Problems problems;
    auto config = load("", {fmt::format("{}={}", environment_name(key.path), key.otherwise)}, problems);
    EXPECT_TRUE(problems.list.empty()) << text_of(problems);
    EXPECT_TRUE(config == defaults) << key.path << " is not " << key.otherwise;
  }
}

// Secrets from files of their own.

class SecretFiles : public ::testing::Test {
 protected:
  std::string secret(const std::string& name, const std::string& text, ::mode_t mode = 0600) {
    auto path = dir_.file(name, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  Config load_from(const std::string& path) { return load("", {"HOLTER_CATALOG_POSTGRESQL_FILE=" + path}, problems_); }

  TempDir dir_;
  Problems problems_;
};

TEST_F(SecretFiles, are_taken_without_the_line_end_behind_them) {
  for (const char* end : {"", "\n", "\r\n"}) {
    auto config = load_from(secret("pg", std::string("host=db password=a\\nb ") + end));
    EXPECT_TRUE(problems_.list.empty()) << text_of(problems_);
    EXPECT_EQ(config.catalog.postgresql, "host=db password=a\\nb ");
  }
}

TEST_F(SecretFiles, of_a_file_are_relative_to_it_and_the_environment_wins) {
  secret("etc/pg", "host=one");
  auto other = secret("other", "host=two");
  auto path = dir_.file("etc/holter.yml", "catalog: {postgresql_file: pg}\n");
  EXPECT_EQ(load(path, {}, problems_).catalog.postgresql, "host=one");
  EXPECT_EQ(load(path, {"HOLTER_CATALOG_POSTGRESQL_FILE=" + other}, problems_).catalog.postgresql, "host=two");
  EXPECT_TRUE(problems_.list.empty()) << text_of(problems_);
}

TEST_F(SecretFiles, beside_the_secret_itself_are_an_error_that_names_both_places) {
  auto file = secret("pg", "host=one");
  auto path = dir_.file("holter.yml", "data_dir: x\ncatalog: {postgresql: host=two password=canary}\n");
  load(path, {"HOLTER_CATALOG_POSTGRESQL_FILE=" + file}, problems_);
  EXPECT_EQ(text_of(problems_),
            "HOLTER_CATALOG_POSTGRESQL_FILE: error: catalog.postgresql_file: cannot take "
            "catalog.postgresql from two places: it is given itself, too (" +
                path + ":2)\n");
}

TEST_F(SecretFiles, that_all_may_read_are_warned_of) {
  auto path = secret("pg", "host=one", 0644);
  EXPECT_EQ(load_from(path).catalog.postgresql, "host=one");
  EXPECT_TRUE(problems_.ok());
  EXPECT_EQ(problems_.warnings, 1U);
  EXPECT_NE(text_of(problems_).find("every user of this machine may read " + path), std::string::npos)
      << text_of(problems_);
}

TEST_F(SecretFiles, that_cannot_be_used_are_errors_without_their_content) {
  struct Case {
    std::string path, message;
  };
  ASSERT_EQ(::mkfifo((dir_.path() + "/pipe").c_str(), 0600), 0);
  for (const auto& c :
       {Case{dir_.path() + "/none", "cannot read " + dir_.path() + "/none: No such file or directory"},
        Case{secret("empty", "\n"), "it is empty"},
        Case{secret("nul", std::string("canary\0x", 8)), "there is a NUL in it"},
        Case{secret("long", std::string(kMostSecretBytes + 1, 'c')), "it has more than 65536 bytes"},
        Case{secret("longer", std::string(3 * kMostSecretBytes, 'c')), "it has more than 65536 bytes"},
        Case{dir_.path(), "it is no regular file"}, Case{dir_.path() + "/pipe", "it is no regular file"}}) {
    Problems problems;
    load("", {"HOLTER_CATALOG_POSTGRESQL_FILE=" + c.path}, problems);
    EXPECT_EQ(problems.errors, 1U) << c.path;
    EXPECT_NE(text_of(problems).find(c.message), std::string::npos) << text_of(problems);
    EXPECT_EQ(text_of(problems).find("canary"), std::string::npos) << text_of(problems);
  }
  Problems fits;
  load("", {"HOLTER_CATALOG_POSTGRESQL_FILE=" + secret("most", std::string(kMostSecretBytes, 'c') + "\r\n")}, fits);
  EXPECT_TRUE(fits.list.empty()) << text_of(fits);
}

TEST(Config, reads_the_server_of_promql_rules) {
  TempDir dir;
  auto secret = dir.file("token", "s3cret\n");
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  auto path = dir.file("holter.yml", R"(
alerts: {prometheus_url: "https://prometheus.example/prefix/", prometheus_token_file: token, prometheus_ca_file: ca.pem}
)");
  Problems problems;
  auto alerts = load(path, {}, problems).alerts;
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(alerts, (Config::Alerts{"https://prometheus.example/prefix", "", "", "s3cret", dir.path() + "/ca.pem"}));
}

TEST(Config, refuses_a_server_of_promql_rules_that_cannot_be) {
  const std::string url = "HOLTER_ALERTS_PROMETHEUS_URL=", user = "HOLTER_ALERTS_PROMETHEUS_USER=eva",
                    password = "HOLTER_ALERTS_PROMETHEUS_PASSWORD=canary",
                    token = "HOLTER_ALERTS_PROMETHEUS_TOKEN=canary", there = url + "https://p.example";
  const std::vector<std::pair<Environment, std::string>> cases{
      {{url + "p.example:9090"}, "http:// or https:// is needed"},
      {{url + "https://"}, "a host is needed"},
      {{url + "https://eva:x@p.example"}, "'@'"},
      {{url + "https://p.example/?a=b"}, "'?'"},
      {{url + "https://p.example/a b"}, "printable ASCII"},
      {{there, user}, "are needed together"},
      {{there, user, password, token}, "cannot log in twice"},
      {{token}, "alerts.prometheus_url is needed"},
      {{there, "HOLTER_ALERTS_PROMETHEUS_TOKEN=a b"}, "printable ASCII"},
  };
  for (const auto& [environment, message] : cases) {
    Problems problems;
    load("", environment, problems);
    EXPECT_EQ(problems.errors, 1U) << message << ": " << text_of(problems);
    EXPECT_NE(text_of(problems).find(message), std::string::npos) << text_of(problems);
    EXPECT_EQ(text_of(problems).find("canary"), std::string::npos) << text_of(problems);
  }
  Problems open;
  load("", {url + "http://p.example:9090", token}, open);
  EXPECT_TRUE(open.ok());
  EXPECT_EQ(open.warnings, 1U) << text_of(open);
  Problems loopback;
  load("", {url + "http://127.0.0.1:9090", token}, loopback);
  EXPECT_TRUE(loopback.list.empty()) << text_of(loopback);
}

TEST(Config, each_key_that_is_a_secret_has_one_for_a_file) {
  auto keys = config_keys();
  std::size_t secrets = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].secret) continue;
    ++secrets;
    ASSERT_LT(i + 1, keys.size());
    EXPECT_EQ(keys[i + 1].path, std::string(keys[i].path) + "_file");
  }
  EXPECT_GE(secrets, 1U);
}

TEST(Config, tells_where_each_value_was_given) {
  TempDir dir;
  auto path = dir.file("etc/holter.yml", "memory:\n  budget: 64MiB\n  stretch: 3\n");
  Problems problems;
  GivenValues given;
  load_config(path, std::vector<std::string>{"HOLTER_MEMORY_BUDGET=128MiB"}, problems, &given);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(given["memory.budget"].where, "HOLTER_MEMORY_BUDGET");
  EXPECT_EQ(given["memory.budget"].text, "128MiB");
  EXPECT_EQ(given["memory.stretch"].where, path + ":3");
  EXPECT_EQ(given["data_dir"].text, dir.path() + "/etc/data") << "paths are what they mean";
  EXPECT_EQ(given["data_dir"].where, "default");
  EXPECT_FALSE(given.contains("log_level"));
}

}  // namespace
}  // namespace holter::define
