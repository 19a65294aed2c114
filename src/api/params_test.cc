#include "api/params.h"

#include <gtest/gtest.h>

namespace holter::api {
namespace {

constexpr ParamSpec kSpecs[] = {{"limit"}, {"sort"}, {"from"}, {"step"}, {"text"}, {"label", true}};
constexpr Choice<int> kSorts[] = {{"name", 1}, {"state", 2}};
constexpr std::int64_t kNow = 1'764'000'000'000;

Target with(std::vector<std::pair<std::string, std::string>> query) {
  return {{}, std::move(query), ""};
}

TEST(ParamReader, absent_parameters_have_their_defaults) {
  auto target = with({});
  ParamReader params(target, kSpecs);
  EXPECT_EQ(params.number("limit", 50, 1, 100), 50U);
  EXPECT_FALSE(params.choice<int>("sort", kSorts));
  EXPECT_EQ(params.time("from", 7, kNow), 7);
  EXPECT_EQ(params.duration("step", 9), 9);
  EXPECT_EQ(params.text("text"), "");
  EXPECT_TRUE(params.pairs("label").empty());
  EXPECT_FALSE(params.failed());
}

TEST(ParamReader, an_unknown_parameter_is_named_with_the_nearest_known) {
  auto target = with({{"limt", "5"}});
  ParamReader params(target, kSpecs);
  ASSERT_TRUE(params.failed());
  EXPECT_EQ(params.problem().parameter, "limt");
  EXPECT_EQ(params.problem().status, 400U);
  EXPECT_EQ(params.problem().detail, "cannot use the parameter 'limt': did you mean 'limit'?");
}

TEST(ParamReader, only_repeatable_parameters_may_stand_twice) {
  auto labels = with({{"label", "a:b"}, {"label", "c:d:e"}});
  ParamReader params(labels, kSpecs);
  EXPECT_EQ(params.pairs("label"), (std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"c", "d:e"}}));
  auto limits = with({{"limit", "1"}, {"limit", "2"}});
  EXPECT_EQ(ParamReader(limits, kSpecs).problem().parameter, "limit");
}

TEST(ParamReader, numbers_out_of_range_name_the_range) {
  for (std::string bad : {"0", "101", "-1", "1.5", "", " 1", "1x", "99999999999999999999"}) {
    auto target = with({{"limit", bad}});
    ParamReader params(target, kSpecs);
    EXPECT_EQ(params.number("limit", 50, 1, 100), 50U);
    ASSERT_TRUE(params.failed()) << bad;
    EXPECT_TRUE(params.problem().detail.ends_with("from 1 to 100")) << params.problem().detail;
  }
}

TEST(ParamReader, choices_ignore_case_and_name_the_words) {
  auto good = with({{"sort", "STATE"}});
  ParamReader params(good, kSpecs);
  EXPECT_EQ(params.choice<int>("sort", kSorts), 2);
  auto bad = with({{"sort", "size"}});
  ParamReader reader(bad, kSpecs);
  EXPECT_FALSE(reader.choice<int>("sort", kSorts));
  EXPECT_EQ(reader.problem().detail, "cannot use sort='size': write one of name, state");
}

TEST(ParamReader, keeps_the_first_fault) {
  auto target = with({{"limit", "x"}, {"sort", "y"}});
  ParamReader params(target, kSpecs);
  (void)params.number("limit", 1, 1, 2);     // for the fault only
  (void)params.choice<int>("sort", kSorts);  // for the fault only
  EXPECT_EQ(params.problem().parameter, "limit");
}

TEST(ParamReader, a_text_longer_than_its_limit_is_refused) {
  auto target = with({{"text", std::string(300, 'a')}});
  ParamReader params(target, kSpecs);
  EXPECT_EQ(params.text("text"), "");
  EXPECT_TRUE(params.failed());
}

TEST(ParamReader, durations_take_a_unit_or_seconds) {
  auto step = [](std::string text) {
    auto target = with({{"step", std::move(text)}});
    ParamReader params(target, kSpecs);
    auto ms = params.duration("step", -1);
    return params.failed() ? -1 : ms;
  };
  EXPECT_EQ(step("30s"), 30'000);
  EXPECT_EQ(step("1h30m"), 5'400'000);
  EXPECT_EQ(step("15"), 15'000);
  for (std::string bad : {"0", "500ms", "", "x", "-1s", "4000d", "99999999999999"}) EXPECT_EQ(step(bad), -1) << bad;
}

TEST(ParseTime, reads_every_documented_form) {
  EXPECT_EQ(parse_time("2025-11-24T16:00:00Z", kNow), kNow);
  EXPECT_EQ(parse_time("2025-11-24t16:00:00.25z", kNow), kNow + 250);
  EXPECT_EQ(parse_time("2025-11-25T00:00:00+08:00", kNow), kNow);
  EXPECT_EQ(parse_time("2025-11-24T15:30:00.000000001-00:30", kNow), kNow);
  EXPECT_EQ(parse_time("1764000000", kNow), kNow);
  EXPECT_EQ(parse_time("1764000000.5", kNow), kNow + 500);
  EXPECT_EQ(parse_time("now", kNow), kNow);
  EXPECT_EQ(parse_time("-1h", kNow), kNow - 3'600'000);
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z", kNow), 1'709'164'800'000);
}

TEST(ParseTime, rejects_everything_else) {
  for (std::string_view bad : {"",
                               "-",
                               "-1",
                               "1h",
                               "yesterday",
                               "2025-02-29T00:00:00Z",
                               "2025-13-01T00:00:00Z",
                               "2025-11-24",
                               "2025-11-24T16:00Z",
                               "2025-11-24T24:00:00Z",
                               "2025-11-24T16:00:00",
                               "2025-11-24T16:00:00.Z",
                               "2025-11-24T16:00:00+8:00",
                               "2025-11-24T16:00:00Zx",
                               "1764000000.",
                               "9700000000",
                               "2262-01-01T00:00:00Z",
                               "1764000000.5x",
                               "99999999999999",
                               "-3650d1h",
                               "1960-01-01T00:00:00Z",
                               "NaN"})
    EXPECT_FALSE(parse_time(bad, kNow)) << bad;
}

}  // namespace
}  // namespace holter::api
