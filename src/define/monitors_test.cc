#include "define/monitors.h"

#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "define/config.h"
#include "define/test_fixture.h"

namespace holter::define {
namespace {

using model::Criticality;
using testing::TempDir;
using testing::text_of;

class Monitors : public ::testing::Test {
 protected:
  TempDir dir;
  Problems problems;
  Registry registry = testing::definitions(problems);

  std::vector<model::Monitor> load(const std::string& path) {
    return load_monitors(path, registry, std::chrono::seconds(1), problems);
  }
  std::vector<model::Monitor> load_text(std::string_view text) { return load(dir.file("m.yml", text)); }

  /// A definition with a parameter of every type that takes more than a text.
  void add_rich() {
    registry.add(load_definition("rich.yml", R"(
app: rich
params:
  - {field: host, type: host, required: true, defaultValue: localhost}
  - {field: headers, type: key-value}
  - {field: codes, type: array}
  - {field: secret, type: password, required: true}
metrics:
  - {name: s, priority: 0, protocol: icmp, fields: [{field: a}], icmp: {host: ^_^host^_^}}
)",
                                 testing::protocols(), problems));
  }
};

TEST_F(Monitors, have_places_and_parents_wherever_those_stand) {
  dir.file("monitors/a.yml", R"(
monitors:
  - {name: web, app: ping, params: {host: a}, folder: dc1/rack 2, depends_on: [switch, of the catalog]}
  - {name: alone, app: ping, params: {host: a}}
)");
  dir.file("monitors/b.yml", R"(
monitors:
  - {name: switch, app: ping, params: {host: a}, folder: "", depends_on: []}
)");
  std::map<std::string, Placement> places;
  MonitorFiles files;
  load_monitors(
      dir.path() + "/monitors", registry, std::chrono::seconds(1), problems,
      [&](model::Monitor&& monitor) {
        places[monitor.name] = files.place;
        return true;
      },
      &files);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(places.at("web"), (Placement{"dc1/rack 2", {"switch", "of the catalog"}}));
  EXPECT_EQ(places.at("alone"), Placement());
  EXPECT_EQ(places.at("switch"), Placement());
  ASSERT_EQ(files.missing.size(), 1U);
  EXPECT_EQ(files.missing[0].child, "web");
  EXPECT_EQ(files.missing[0].parent, "of the catalog");
  EXPECT_EQ(files.missing[0].at.message, "cannot let 'web' depend on 'of the catalog': there is no such monitor");
  EXPECT_EQ(files.missing[0].at.line, 3);
  EXPECT_EQ(files.missing[0].at.key, "monitors[0].depends_on");
}

TEST_F(Monitors, may_not_depend_on_themselves_over_several_files) {
  dir.file("monitors/a.yml", "monitors:\n  - {name: a, app: ping, params: {host: a}, depends_on: [b]}\n");
  dir.file("monitors/b.yml", R"(
monitors:
  - {name: b, app: ping, params: {host: a}, depends_on: [leaf, c]}
  - {name: c, app: ping, params: {host: a}, depends_on: [a]}
  - {name: leaf, app: ping, params: {host: a}}
  - {name: d, app: ping, params: {host: a}, depends_on: [c]}
)");
  (void)load(dir.path() + "/monitors");
  EXPECT_EQ(problems.errors, 1U) << text_of(problems);
  EXPECT_EQ(problems.list.at(0).message, "cannot depend on itself: a -> b -> c -> a");
}

TEST_F(Monitors, may_depend_on_each_other_in_great_numbers) {
  std::string text = "monitors:\n";
  constexpr int kChain = 20'000;  // deeper than a stack of calls would go
  for (int i = 0; i < kChain; ++i)
    text += fmt::format("  - {{name: m{}, app: ping, params: {{host: a}}, depends_on: [m{}]}}\n", i, i + 1);
  text += fmt::format("  - {{name: m{}, app: ping, params: {{host: a}}}}\n", kChain);
  EXPECT_EQ(load_text(text).size(), kChain + 1U);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
}

TEST_F(Monitors, may_have_exact_times_in_a_time_zone) {
  auto monitors = load_text(R"(
monitors:
  - {name: a, app: ping, cron: "0 */5 9-17 * * MON-FRI", timezone: Europe/Berlin, params: {host: a}}
  - {name: b, app: ping, cron: "0 */5 9-17 * * MON-FRI", timezone: Europe/Berlin, params: {host: b}}
  - {name: c, app: ping, cron: "@daily", params: {host: c}}
)");
  ASSERT_TRUE(problems.list.empty()) << text_of(problems);
  ASSERT_EQ(monitors.size(), 3U);
  EXPECT_EQ(monitors[0].cron->zone(), "Europe/Berlin");
  EXPECT_EQ(monitors[0].cron->text(), "0 */5 9-17 * * MON-FRI");
  EXPECT_EQ(monitors[0].cron, monitors[1].cron);  // shared
  EXPECT_EQ(monitors[0].interval, std::chrono::minutes(5));
  EXPECT_GE(monitors[2].interval, std::chrono::hours(23));
}

TEST_F(Monitors, are_read_with_all_keys) {
  auto monitors = load_text(R"(
monitors:
  - name: gateway
    app: Port
    interval: 1m30s
    params: {host: 127.0.0.1, port: 80}
    labels: {site: lab, floor: 2}
    criticality: critical
    paused: true
  - {name: " plain ", app: ping, params: {host: " ::1 "}}
)");
  ASSERT_TRUE(problems.list.empty()) << text_of(problems);
  ASSERT_EQ(monitors.size(), 2U);
  const auto& gateway = monitors[0];
  EXPECT_EQ(gateway.name, "gateway");
  EXPECT_EQ(gateway.id.value, stable_hash("gateway"));
  EXPECT_EQ(gateway.definition->app, "port");
  EXPECT_EQ(gateway.interval, std::chrono::seconds(90));
  EXPECT_EQ(*gateway.param("port"), "80");
  EXPECT_EQ(*gateway.param("timeout"), "6000") << "the default";
  EXPECT_EQ(*gateway.labels, (model::Labels{{"floor", "2"}, {"site", "lab"}})) << "sorted";
  EXPECT_EQ(gateway.criticality, Criticality::kCritical);
  EXPECT_TRUE(gateway.paused);
  const auto& plain = monitors[1];
  EXPECT_EQ(plain.name, "plain") << "trimmed";
  EXPECT_EQ(*plain.param("host"), "::1") << "trimmed";
  EXPECT_EQ(plain.interval, std::chrono::seconds(60));
  EXPECT_EQ(plain.criticality, Criticality::kNormal);
  EXPECT_FALSE(plain.paused);
  EXPECT_TRUE(plain.labels->empty());
}

TEST_F(Monitors, with_equal_labels_share_them) {
  auto monitors = load_text(R"(
monitors:
  - {name: a, app: ping, params: {host: h}, labels: {x: 1, y: 2}}
  - {name: b, app: ping, params: {host: h}, labels: {y: 2, x: 1}}
  - {name: c, app: ping, params: {host: h}, labels: {x: 1}}
  - {name: d, app: ping, params: {host: h}}
  - {name: e, app: ping, params: {host: h}}
)");
  ASSERT_EQ(monitors.size(), 5U) << text_of(problems);
  EXPECT_EQ(monitors[0].labels, monitors[1].labels);
  EXPECT_NE(monitors[0].labels, monitors[2].labels);
  EXPECT_EQ(monitors[3].labels, monitors[4].labels);
}

TEST_F(Monitors, keep_the_source_text_of_their_parameters) {
  auto monitors =
      load_text("monitors: [{name: a, app: website, params: {host: h, uri: 0x10, keyword: false, ssl: True}}]");
  ASSERT_EQ(monitors.size(), 1U) << text_of(problems);
  EXPECT_EQ(*monitors[0].param("uri"), "0x10");
  EXPECT_EQ(*monitors[0].param("keyword"), "false");
  EXPECT_EQ(*monitors[0].param("ssl"), "True");
}

TEST_F(Monitors, take_maps_and_lists_for_parameters_that_hold_such) {
  add_rich();
  auto monitors = load_text(R"(
monitors:
  - name: a
    app: rich
    params: {headers: {X-A: 1, "X\"B": two}, codes: [200, 201], secret: ""}
  - name: b
    app: rich
    params: {headers: '{"X-A": "1"}', codes: "200,201", secret: s}
)");
  ASSERT_EQ(monitors.size(), 2U) << text_of(problems);
  EXPECT_EQ(*monitors[0].param("headers"), R"({"X-A":"1","X\"B":"two"})");
  EXPECT_EQ(*monitors[0].param("codes"), "200,201");
  EXPECT_EQ(*monitors[0].param("secret"), "") << "a required password may be empty, but must be said";
  EXPECT_EQ(*monitors[0].param("host"), "localhost") << "required, but there is a default";
  EXPECT_EQ(*monitors[1].param("headers"), R"({"X-A": "1"})");
}

TEST_F(Monitors, do_not_take_other_shapes_for_such_parameters) {
  add_rich();
  for (const char* params : {"{headers: [a], secret: s}", "{headers: {a: [1]}, secret: s}", "{headers: a=b, secret: s}",
                             "{headers: '{\"a\": 1}', secret: s}", "{codes: {a: b}, secret: s}",
                             "{codes: ['1,2'], secret: s}", "{codes: [], secret: s}", "{}"}) {
    problems = {};
    EXPECT_TRUE(load_text(fmt::format("monitors: [{{name: a, app: rich, params: {}}}]", params)).empty()) << params;
    EXPECT_EQ(problems.errors, 1U) << params << "\n" << text_of(problems);
  }
}

TEST_F(Monitors, come_from_all_files_of_a_directory_but_not_deeper) {
  dir.file("b.yml", "monitors: [{name: b, app: ping, params: {host: h}}]");
  dir.file("a.yaml", "monitors: [{name: a, app: ping, params: {host: h}}]");
  dir.file("c.txt", "neither");
  dir.file("deeper/d.yml", "monitors: [{name: d, app: ping, params: {host: h}}]");
  auto monitors = load(dir.path());
  ASSERT_TRUE(problems.list.empty()) << text_of(problems);
  ASSERT_EQ(monitors.size(), 2U);
  EXPECT_EQ(monitors[0].name, "a") << "in the order of the files' names";
}

TEST_F(Monitors, with_one_name_in_two_files_are_an_error_that_names_both_places) {
  auto first = dir.file("a.yml", "monitors:\n  - {name: x, app: ping, params: {host: h}}\n");
  auto second = dir.file("b.yml", "monitors:\n\n  - {name: x, app: ping, params: {host: h}}\n");
  load(dir.path());
  EXPECT_EQ(text_of(problems),
            fmt::format("{}:3:12: error: monitors[0].name: cannot use the name 'x' twice: it stands in {}:2 already\n",
                        second, first));
}

TEST_F(Monitors, after_a_wrong_one_are_checked_all_the_same) {
  load_text(R"(
monitors:
  - {name: a, app: pong, params: {host: h}}
  - {name: b, app: ping, params: {hst: h}}
  - {name: c, app: ping, params: {host: h}}
  - {name: c, app: ping, params: {host: h}}
)");
  EXPECT_EQ(problems.errors, 4U) << text_of(problems);  // pong; hst is unknown and host missing; c twice
}

TEST_F(Monitors, stop_being_read_after_so_many_errors_that_nobody_reads_on) {
  std::string text = "monitors:\n";
  for (int i = 0; i < 100'000; ++i) text += "  - {}\n";
  load_text(text);
  EXPECT_LE(problems.errors, Problems::kMost + 2);
  EXPECT_EQ(problems.list.size(), Problems::kMost);
}

TEST_F(Monitors, may_be_none) {
  EXPECT_TRUE(load_text("monitors:\n").empty());
  EXPECT_TRUE(load_text("").empty());
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  std::filesystem::remove(dir.path() + "/m.yml");
  EXPECT_TRUE(load(dir.path()).empty());
  EXPECT_EQ(problems.warnings, 1U) << "a directory without files is likely a mistake";
}

TEST_F(Monitors, in_a_place_that_is_not_there_are_an_error) {
  load(dir.path() + "/none");
  EXPECT_EQ(text_of(problems), dir.path() + "/none: error: cannot open: No such file or directory\n");
}

TEST_F(Monitors, of_the_example_have_no_findings) {
  auto config = load_config("examples/holter.yml", {}, problems);
  EXPECT_EQ(config.monitors, "examples/monitors");
  EXPECT_EQ(config.definitions, std::vector<std::string>{"definitions"});
  auto monitors = load(config.monitors);
  EXPECT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_GE(monitors.size(), 5U);
}

TEST_F(Monitors, by_the_hundred_thousand_keep_their_order_and_names) {
  std::string text = "monitors:\n";
  for (int i = 0; i < 100'000; ++i)
    text += fmt::format("  - {{name: p{}, app: ping, interval: 60s, params: {{host: 127.0.0.1}}}}\n", i);
  auto monitors = load_text(text);
  ASSERT_EQ(monitors.size(), 100'000U) << text_of(problems);
  EXPECT_EQ(monitors[99'999].name, "p99999");
  EXPECT_EQ(monitors.capacity(), monitors.size());
}

TEST_F(Monitors, have_parameters_that_a_command_line_can_give) {
  auto port = registry.find("port");
  std::vector<std::string> good = {"host=127.0.0.1", "port= 80 "};
  auto params = parse_params(*port, good, problems);
  ASSERT_TRUE(problems.list.empty()) << text_of(problems);
  EXPECT_EQ(params, (std::vector<std::pair<std::uint16_t, std::string>>{{0, "127.0.0.1"}, {1, "80"}}));
}

TEST_F(Monitors, have_parameters_of_a_command_line_checked_like_those_of_a_file) {
  auto port = registry.find("port");
  for (std::vector<std::string> bad : {std::vector<std::string>{"host=h"},
                                       {"host=h", "port=x"},
                                       {"host=h", "port=80", "prot=1"},
                                       {"host=h", "port=80", "port=81"},
                                       {"host=", "port=80"},
                                       {"host=h", "port=80", "timeout"}}) {
    problems = {};
    parse_params(*port, bad, problems);
    EXPECT_EQ(problems.errors, 1U) << fmt::format("{}", fmt::join(bad, " ")) << "\n" << text_of(problems);
  }
}

TEST_F(Monitors, of_a_text_are_read_as_those_of_a_file) {
  auto monitors = load_monitors_text("here", "monitors: [{name: a, app: ping, params: {host: 192.0.2.1}}]", registry,
                                     std::chrono::seconds(1), problems);
  ASSERT_EQ(monitors.size(), 1U);
  EXPECT_EQ(*monitors.front().param("host"), "192.0.2.1");
  load_monitors_text("here", "monitors: [{name: a, app: ping}]", registry, std::chrono::seconds(1), problems);
  EXPECT_THAT(text_of(problems), ::testing::HasSubstr("here:1:12: error: monitors[0].params.host: cannot do without"));
}

YamlNode text(std::string value) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(value)};
}
YamlNode map(std::vector<std::pair<std::string, YamlNode>> members) {
  YamlNode node{.kind = YamlNode::Kind::kMap};
  for (auto& [key, value] : members) {
    node.keys.push_back({key});
    node.items.push_back(std::move(value));
  }
  return node;
}

TEST_F(Monitors, of_no_file_are_checked_alike_with_keys_of_their_own) {
  MonitorReader reader(registry, std::chrono::seconds(1));
  auto good = map({{"name", text("a")},
                   {"app", text("port")},
                   {"labels", map({{"site", text("lab")}})},
                   {"params", map({{"host", text("192.0.2.1")}, {"port", text("80")}})}});
  auto first = reader.read(good, problems);
  auto second = reader.read(good, problems);  // names are not claimed
  ASSERT_TRUE(first && second) << text_of(problems);
  EXPECT_EQ(*first->param("port"), "80");
  EXPECT_EQ(first->labels, second->labels);
  EXPECT_EQ(first->id.value, 0U);

  auto bad = map({{"name", text("a")},
                  {"app", text("port")},
                  {"params", map({{"host", text("192.0.2.1")}, {"port", text("70000")}})}});
  EXPECT_FALSE(reader.read(bad, problems));
  ASSERT_EQ(problems.list.size(), 1U);
  EXPECT_EQ(problems.list[0].key, "params.port");
  problems = {};
  EXPECT_FALSE(reader.read(map({{"name", text("a")}, {"ap", text("port")}}), problems));
  EXPECT_EQ(problems.list.front().key, "app") << text_of(problems);
  EXPECT_THAT(text_of(problems), ::testing::HasSubstr("did you mean 'app'?"));
  EXPECT_TRUE(reader.read(good, problems));
}

TEST_F(Monitors, know_which_file_they_stand_in_also_when_files_are_read_again) {
  testing::TempDir dir;
  dir.file("b.yml", "monitors: [{name: two, app: ping, params: {host: 192.0.2.1}}]");
  MonitorFiles files;
  std::map<std::string, std::string> places;
  auto read = [&] {
    places.clear();
    load_monitors(
        dir.path(), registry, std::chrono::seconds(1), problems,
        [&](model::Monitor&& monitor) {
          places[monitor.name] = files.names.at(files.current - 1U);
          return true;
        },
        &files);
  };
  read();
  EXPECT_EQ(places["two"], dir.path() + "/b.yml");
  auto before = files.names;
  dir.file("a.yml", "monitors: [{name: one, app: ping, params: {host: 192.0.2.1}}]");
  read();
  EXPECT_EQ(places["one"], dir.path() + "/a.yml");
  EXPECT_EQ(places["two"], dir.path() + "/b.yml");
  ASSERT_EQ(files.names.size(), 2U);
  EXPECT_EQ(files.names.front(), before.front());  // numbers stay
}

}  // namespace
}  // namespace holter::define
