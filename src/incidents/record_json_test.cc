#include "incidents/record_json.h"

#include <gtest/gtest.h>

namespace holter::incidents {
namespace {

alert::SeriesRecord series() {
  alert::SeriesRecord record;
  record.rule = "Disk \"full\"";
  record.meaning = 0xfedcba9876543210;
  record.monitor = {0xffffffffffffffff};
  record.set = "disk";
  record.labels = "path=\"/\"";
  record.interval_s = 60;
  record.fingerprint = {7};
  record.machine.newest_ms = 1'764'000'000'123;
  record.machine.since_ms = -1;
  record.machine.results = 0x8000000000000001;
  record.machine.phase = 2;
  record.machine.was_firing = true;
  record.evidence = {{{"used", "95"}, {"total", "100"}}, "used=95 total=100 -> true", true};
  return record;
}

TEST(SeriesJson, comes_back_as_it_was) {
  auto back = series_from_json(to_json(series()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, series());
  EXPECT_EQ(*series_from_json(to_json(alert::SeriesRecord())), alert::SeriesRecord());
}

TEST(SeriesJson, has_a_key_for_each_rule_monitor_set_and_row) {
  auto other = series();
  other.machine.phase = 1;
  EXPECT_EQ(key_of(series()), key_of(other));
  other.labels = "path=\"/var\"";
  EXPECT_NE(key_of(series()), key_of(other));
}

TEST(SeriesJson, refuses_what_is_torn) {
  auto text = to_json(series());
  for (std::size_t cut = 0; cut < text.size(); cut += 7) EXPECT_FALSE(series_from_json(text.substr(0, cut))) << cut;
  EXPECT_EQ(series_from_json("{\"v\":2}").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(series_from_json("{\"v\":1}").error().code(), ErrorCode::kCorruption);
}

TEST(GroupJson, comes_back_as_it_was) {
  alert::GroupRecord record;
  record.route = "{}/{severity=\"critical\"}";
  record.labels = {{"site", "lab"}};
  record.next_check = WallTime(milliseconds(1'764'000'000'123));
  record.notified = true;
  model::Labels labels{{"alertname", "Down"}, {"monitor", "web"}};
  record.told.push_back({model::fingerprint_of(labels), labels, WallTime(milliseconds(5))});
  model::Alert ended;
  ended.labels = labels;
  ended.fingerprint = model::fingerprint_of(labels);
  ended.annotations = {{"summary", "it is \xe4\xb8\x8a"}};
  ended.ends = WallTime(milliseconds(9));
  ended.resolution = model::Resolution::kVanished;
  ended.generator_url = "http://a/b";
  record.resolved.push_back(ended);
  auto back = group_from_json(to_json(record));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, record);
}

}  // namespace
}  // namespace holter::incidents
