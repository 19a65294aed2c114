// testdata/<source>/<case>.json (or .form) is what a product posts, the .expected beside it what is taken of it. With
// UPDATE_EXPECTED=1 in the environment the expectations are written instead: read the difference before you commit.
#include "intake/intake.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/property.h"
#include "intake/test_text.h"

namespace holter::intake {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFolder = "src/intake/testdata";

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class Intake : public ::testing::Test {
 protected:
  /// 2026-11-30T20:00:00Z
  Options options() {
    return {.account = budget_.account("intake"), .now = WallTime(std::chrono::seconds(1796068800))};
  }
  Result<Batch> read(std::string_view source, std::string_view body) { return intake::read(source, body, options()); }
  Batch batch(std::string_view source, std::string_view body) {
    auto read = intake::read(source, body, options());
    EXPECT_TRUE(read) << (read ? "" : read.error().message());
    if (!read) return {};
    check_batch(*read, source, options());
    return std::move(*read);
  }
  std::string error_of(std::string_view source, std::string_view body) {
    auto read = intake::read(source, body, options());
    EXPECT_FALSE(read);
    return read ? "" : read.error().message();
  }

  memory::Budget budget_{64 << 20};
};

class Golden : public Intake, public ::testing::WithParamInterface<std::string> {};

TEST_P(Golden, body_becomes_the_alerts_expected) {
  fs::path path = GetParam();
  auto source = path.parent_path().filename().string();
  auto text = testing::text_of(batch(source, read_file(path)));
  auto expected = fs::path(path).replace_extension(".expected");
  if (std::getenv("UPDATE_EXPECTED") != nullptr) std::ofstream(expected) << text;
  EXPECT_EQ(text, read_file(expected)) << path;
}

std::vector<std::string> files() {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder))
    if (entry.is_regular_file() && entry.path().extension() != ".expected") out.push_back(entry.path().string());
  std::ranges::sort(out);
  return out;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  fs::path path = info.param;
  auto name = path.parent_path().filename().string() + "_" + path.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(files, Golden, ::testing::ValuesIn(files()), test_name);

TEST_F(Intake, has_a_case_for_each_source) {
  for (auto source : sources())
    EXPECT_TRUE(std::ranges::any_of(files(), [&](const std::string& f) {
      return fs::path(f).parent_path().filename() == fs::path(source);
    })) << source;
}

TEST_F(Intake, names_the_sources_to_who_asks_for_another) {
  auto none = read("nagios", "[]");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(none.error().message(), HasSubstr("alertmanager, alibabacloud-cms"));
  EXPECT_TRUE(std::ranges::is_sorted(sources()));
}

TEST_F(Intake, tells_the_place_where_a_body_is_no_json) {
  EXPECT_THAT(error_of("prometheus", "[\n {\"labels\": }]"), HasSubstr("line 2, column 13"));
  EXPECT_THAT(error_of("prometheus", ""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(error_of("prometheus", "[] x"), HasSubstr("more follows its end at line 1, column 4"));
  EXPECT_THAT(error_of("alibabacloud-cms", "a=b&alertName=%4"), HasSubstr("byte 4"));
}

TEST_F(Intake, refuses_a_body_of_another_form_as_a_whole) {
  for (auto source : sources()) {
    auto wrong = read(source, "\"text\"");
    if (source == "alibabacloud-cms") continue;  // that is a form with one member
    ASSERT_FALSE(wrong) << source;
    EXPECT_EQ(wrong.error().code(), ErrorCode::kInvalidArgument) << source;
  }
  EXPECT_THAT(error_of("alertmanager", R"({"version":"5","alerts":[]})"), HasSubstr("another than 4"));
  EXPECT_THAT(error_of("grafana", R"({"alerts":{}})"), HasSubstr("'alerts' is an object, not a list"));
  EXPECT_THAT(error_of("tencent", "[]"), HasSubstr("not an object"));
}

TEST_F(Intake, takes_the_good_alerts_beside_the_bad_ones) {
  auto taken = batch("prometheus", R"([
    {"labels": {"alertname": "A"}},
    {"labels": {"severity": "warning"}},
    {"labels": {"alertname": "B", "n": 5}},
    {"labels": {"alertname": "C"}, "startsAt": "yesterday"},
    {"labels": {"alertname": "D", "a\u0001b": "x"}},
    {"labels": {"alertname": "E", "": "x"}},
    {"labels": []},
    {"labels": {"alertname": "F"}, "startsAt": "2026-11-30T19:00:00Z", "endsAt": "2026-11-30T18:00:00Z"},
    7,
    {"labels": {"alertname": "G", "z": "a\u0000b"}},
    {"labels": {"alertname": "H"}}
  ])");
  ASSERT_EQ(taken.alerts.size(), 2U);
  EXPECT_EQ(model::label_of(taken.alerts[1].alert.labels, "alertname"), "H");
  EXPECT_EQ(taken.refused, 9U);
  EXPECT_THAT(taken.reasons,
              ::testing::ElementsAre("[1]: it has no name (alertname)", "[2]: 'labels.n' is a number, not a string",
                                     "[3]: startsAt: cannot read the time 'yesterday'",
                                     HasSubstr("[4]: the label 'a\\x01b' has a control character in its name"),
                                     "[5]: a label has no name", "[6]: 'labels' is a list, not an object",
                                     HasSubstr("before it starts"), "[8]: it is a number, not an object",
                                     "[9]: the label 'z' has a byte of value zero"));
}

TEST_F(Intake, refuses_only_the_alert_that_is_not_utf8) {
  auto taken = batch("prometheus",
                     "[{\"labels\":{\"alertname\":\"A\",\"x\":\"\xff\"}},{\"labels\":{\"alertname\":\"B\"}},"
                     "{\"labels\":{\"alertname\":\"C\"},\"annotations\":{\"summary\":\"\xc3\"}}]");
  EXPECT_EQ(taken.alerts.size(), 1U);
  EXPECT_THAT(taken.reasons,
              ::testing::ElementsAre("[0]: the label 'x' is not UTF-8", "[2]: the annotation 'summary' is not UTF-8"));
}

TEST_F(Intake, takes_label_names_that_prometheus_would_not) {
  auto taken = batch("prometheus", R"([{"labels": {"alertname": "A", "app.kubernetes.io/name": "x", "主机": "y"}}])");
  ASSERT_EQ(taken.alerts.size(), 1U);
  EXPECT_EQ(model::label_of(taken.alerts[0].alert.labels, "app.kubernetes.io/name"), "x");
  EXPECT_EQ(model::label_of(taken.alerts[0].alert.labels, "主机"), "y");
}

TEST_F(Intake, expires_what_prometheus_does_not_repeat) {
  auto taken = batch("prometheus", R"([
    {"labels": {"alertname": "A"}},
    {"labels": {"alertname": "B"}, "endsAt": "2026-11-30T20:04:00Z"},
    {"labels": {"alertname": "C"}, "endsAt": "2026-11-30T20:00:00Z"},
    {"labels": {"alertname": "D"}, "endsAt": "0001-01-01T00:00:00Z"}
  ])");
  ASSERT_EQ(taken.alerts.size(), 4U);
  EXPECT_EQ(taken.alerts[0].expires, options().now + std::chrono::minutes(5));
  EXPECT_EQ(taken.alerts[1].expires, options().now + std::chrono::minutes(4));
  EXPECT_FALSE(taken.alerts[2].expires);
  EXPECT_EQ(taken.alerts[2].alert.resolution, model::Resolution::kRecovered);
  EXPECT_EQ(taken.alerts[3].expires, options().now + std::chrono::minutes(5));
}

TEST_F(Intake, keeps_the_source_that_an_alert_names_itself) {
  auto taken = batch("prometheus", R"([{"labels": {"alertname": "A", "source": "lab"}}])");
  ASSERT_EQ(taken.alerts.size(), 1U);
  EXPECT_EQ(model::label_of(taken.alerts[0].alert.labels, "source"), "prometheus");
  EXPECT_EQ(model::label_of(taken.alerts[0].alert.labels, "exported_source"), "lab");
}

TEST_F(Intake, gives_an_alert_and_its_recovery_the_same_fingerprint) {
  auto folder = [](const char* name) { return std::string(kFolder) + "/" + name; };
  auto fingerprints = [&](const char* source, const char* first, const char* second) {
    auto a = batch(source, read_file(folder(source) + "/" + first)),
         b = batch(source, read_file(folder(source) + "/" + second));
    ASSERT_EQ(a.alerts.size(), 1U);
    ASSERT_EQ(b.alerts.size(), 1U);
    EXPECT_TRUE(a.alerts[0].alert.firing());
    EXPECT_FALSE(b.alerts[0].alert.firing());
    EXPECT_EQ(a.alerts[0].alert.labels, b.alerts[0].alert.labels) << source;
  };
  fingerprints("zabbix", "problem.json", "recovery.json");
  fingerprints("uptime-kuma", "down.json", "up.json");
  fingerprints("tencent", "metric.json", "metric_recovered.json");
  fingerprints("huaweicloud-ces", "alarm.json", "ok.json");
  fingerprints("alibabacloud-sls", "firing.json", "resolved.json");
  fingerprints("alibabacloud-cms", "alert.form", "ok.form");
  fingerprints("skywalking", "alarm.json", "recovered.json");
}

TEST_F(Intake, never_tells_the_address_that_confirms_a_subscription) {
  auto taken = batch("huaweicloud-ces", R"({"type": "SubscriptionConfirmation", "message": "m",
    "subscribe_url": "https://smn.example.org/confirm?token=geheim"})");
  EXPECT_EQ(taken.refused, 1U);
  EXPECT_THAT(taken.reasons, Contains(HasSubstr("subscribe_url")));
  EXPECT_THAT(taken.reasons, Not(Contains(HasSubstr("geheim"))));
}

TEST_F(Intake, follows_the_paths_of_a_mapping) {
  auto with = options();
  with.mapping.alerts = {"data.events"};
  with.mapping.name = {"rule.title"};
  with.mapping.instance = {"hosts.0.name"};
  with.mapping.severity = {"rule.prio"};
  with.mapping.status = {"what"};
  with.mapping.starts = {"at"};
  auto taken = intake::read("generic", R"({"data": {"events": [
    {"rule": {"title": "Disk", "prio": "P0"}, "hosts": [{"name": "web1"}], "what": "PROBLEM", "at": 1796068000},
    {"rule": {"title": "Disk"}, "hosts": [], "what": "maybe"}]}})",
                            with);
  ASSERT_TRUE(taken);
  EXPECT_EQ(testing::text_of(*taken),
            "taken 1, refused 1, cut 0\n"
            "refused [1]: the status 'maybe' is neither one that fires nor one that is over\n"
            "\n"
            "firing since 2026-11-30T19:46:40.000Z\n"
            "  alertname = Disk\n"
            "  generic_severity = P0\n"
            "  instance = web1\n"
            "  severity = emergency\n"
            "  source = generic\n");
}

}  // namespace
}  // namespace holter::intake
