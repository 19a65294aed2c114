#include <sstream>
#include <unordered_set>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/log_line.h"
#include "base/result.h"

namespace holter {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error(ErrorCode::kInvalidArgument, "cannot halve " + std::to_string(n));
  return n / 2;
}

Result<int> quarter(int n) {
  TRY(int once, half(n));
  TRY(int twice, half(once));
  return twice;
}

Status both_even(int a, int b) {
  TRY_OK(half(a));
  TRY_OK(half(b));
  return {};
}

TEST(Result, try_hands_on_the_value_or_returns_the_error) {
  EXPECT_EQ(quarter(12).value(), 3);
  auto failed = quarter(6);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().message(), "cannot halve 3");
  EXPECT_TRUE(both_even(2, 4).has_value());
  EXPECT_EQ(both_even(2, 5).error().message(), "cannot halve 5");
}

TEST(Result, try_moves_values_that_cannot_be_copied) {
  auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  auto use = [&]() -> Result<int> {
    TRY(auto owned, make());
    return *owned;
  };
  EXPECT_EQ(use().value(), 7);
}

TEST(Result, context_stands_in_front_and_keeps_the_code) {
  auto error = Error(ErrorCode::kTimeout, "no answer").with_context("ping 127.0.0.1");
  EXPECT_EQ(error.message(), "ping 127.0.0.1: no answer");
  EXPECT_EQ(error.code(), ErrorCode::kTimeout);
}

TEST(ErrorCode, every_code_has_a_name_of_its_own) {
  std::unordered_set<std::string_view> names;
  for (int code = 1; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    auto name = to_string(static_cast<ErrorCode>(code));
    EXPECT_NE(name, "unknown") << code;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(to_string(static_cast<ErrorCode>(200)), "unknown");
}

TEST(CheckDeathTest, says_what_does_not_hold_and_where) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  int n = 1;
  CHECK(n == 1);
  EXPECT_DEATH(CHECK(n == 2), "BUG: .*base_test.cc:[0-9]+: this does not hold: n == 2");
}

TEST(Repeats, lets_the_powers_of_two_through) {
  log::Repeats repeats;
  std::vector<std::uint64_t> shown;
  for (int i = 0; i < 1000; ++i)
    if (auto n = repeats.count()) shown.push_back(n);
  EXPECT_EQ(shown, (std::vector<std::uint64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}));
}

/// Runs `write`, and returns what went to standard error.
template <class F>
std::string logged(F write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, writes_time_level_folder_and_message) {
  log::open(log::Level::kInfo);
  auto line = logged([] { log::info("memory", "{} of {}", 1, 2); });
  EXPECT_TRUE(line.ends_with(" info memory: 1 of 2\n")) << line;
  EXPECT_EQ(line.find('Z'), std::string_view("2026-11-24T10:05:40.123").size()) << line;
  log::open(log::Level::kWarning);
}

TEST(Log, leaves_out_what_is_below_the_level) {
  log::open(log::Level::kError);
  EXPECT_EQ(logged([] { log::warning("memory", "unwanted"); }), "");
  log::open(log::Level::kWarning);
}

TEST(Log, cuts_a_line_of_foreign_length) {
  auto line = logged([] { log::error("net", "{}", std::string(1 << 20, 'x')); });
  EXPECT_LT(line.size(), 4200U);
  EXPECT_TRUE(line.ends_with("x...\n"));
}

TEST(Log, has_three_forms_of_a_line) {
  auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'796'041'940'007));
  auto as = [&](log::Format format) {
    return log::line(format, time, log::Level::kWarning, "net", "no \"x\" in c:\\d");
  };
  EXPECT_EQ(as(log::Format::kText), "2026-11-30T12:32:20.007Z warning net: no \"x\" in c:\\d");
  EXPECT_EQ(as(log::Format::kLogfmt),
            R"(time=2026-11-30T12:32:20.007Z level=warning where=net msg="no \"x\" in c:\\d")");
  EXPECT_EQ(as(log::Format::kJson),
            R"({"time":"2026-11-30T12:32:20.007Z","level":"warning","where":"net","msg":"no \"x\" in c:\\d"})");
  EXPECT_TRUE(log::line(log::Format::kText, std::chrono::system_clock::time_point(std::chrono::milliseconds(-1)),
                        log::Level::kInfo, "net", "")
                  .starts_with("1969-12-31T23:59:59.999Z"));
}

TEST(Log, keeps_a_hostile_message_on_its_line) {
  std::string_view hostile("a\nb\tc\r\x1b[2J\0d\x7f\xff", 14);
  auto time = std::chrono::system_clock::time_point();
  for (auto format : {log::Format::kText, log::Format::kLogfmt, log::Format::kJson}) {
    auto line = log::line(format, time, log::Level::kInfo, "net", hostile);
    EXPECT_NE(line.find("a\\nb\\tc\\u000d\\u001b[2J\\u0000d\\u007f\xEF\xBF\xBD"), std::string::npos) << line;
    for (char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
  }
}

TEST(Log, changes_its_form_while_it_runs) {
  log::open(log::Level::kInfo, log::Format::kJson);
  EXPECT_TRUE(logged([] { log::info("memory", "one"); }).starts_with("{\"time\":"));
  log::open(log::Level::kWarning, log::Format::kLogfmt);
  EXPECT_TRUE(logged([] { log::warning("memory", "two"); }).ends_with(" level=warning where=memory msg=\"two\"\n"));
  log::open(log::Level::kWarning);
}

TEST(Ids, compare_and_hash_by_value_and_do_not_mix) {
  static_assert(!std::is_convertible_v<MonitorId, SeriesId> && !std::is_convertible_v<MonitorId, std::uint64_t>);
  std::unordered_set<MonitorId, IdHash> set{MonitorId{1}, MonitorId{2}, MonitorId{1}};
  EXPECT_EQ(set.size(), 2U);
  EXPECT_LT(MonitorId{1}, MonitorId{2});
}

}  // namespace
}  // namespace holter
