#include "catalog/alert_states.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class AlertStatesTest : public OpenCatalogFixture {
 protected:
  Status put(StateTable table, const std::vector<StoredState>& states, const std::vector<std::string>& gone = {},
             std::size_t most = 100) {
    return database_->write<void>("alerts", [&](Transaction& t) { return put_states(t, table, states, gone, most); });
  }
  /// All of them, by pages; sorted by key.
  std::vector<StoredState> all(StateTable table, std::size_t most = 1000) {
    std::vector<StoredState> found;
    std::string last;
    for (;;) {
      auto page = read_states(*database_, table, last, most);
      EXPECT_TRUE(page.has_value()) << text_of(page);
      if (!page || page->empty()) break;
      EXPECT_LE(page->size(), most);
      last = page->back().key;
      found.insert(found.end(), page->begin(), page->end());
    }
    std::ranges::sort(found, {}, &StoredState::key);
    return found;
  }
};
HOLTER_ON_BOTH_ENGINES(AlertStatesTest);

TEST_P(AlertStatesTest, are_stored_replaced_and_deleted_in_one_call) {
  auto first = clock_.wall();
  ASSERT_TRUE(put(StateTable::kAlerts, {{"a", "1", {}}, {"b", "2", {}}, {"c", "3", {}}}).has_value());
  clock_.advance(1s);
  auto done = put(StateTable::kAlerts, {{"b", "20", {}}, {"d", "4", {}}}, {"a", "d", "none"});
  ASSERT_TRUE(done.has_value()) << text_of(done);
  std::vector<StoredState> expected{{"b", "20", clock_.wall()}, {"c", "3", first}, {"d", "4", clock_.wall()}};
  EXPECT_EQ(all(StateTable::kAlerts), expected) << "d is in both, and stored";
  EXPECT_EQ(count_states(*database_, StateTable::kAlerts).value(), 3U);
}

TEST_P(AlertStatesTest, of_alerts_and_of_groups_are_apart) {
  ASSERT_TRUE(put(StateTable::kAlerts, {{"k", "alert", {}}}).has_value());
  ASSERT_TRUE(put(StateTable::kGroups, {{"k", "group", {}}, {"l", std::string(16 * 1024, 'x'), {}}}).has_value());
  EXPECT_EQ(all(StateTable::kAlerts).front().json, "alert");
  EXPECT_EQ(all(StateTable::kGroups).front().json, "group");
  ASSERT_TRUE(put(StateTable::kAlerts, {}, {"k"}).has_value());
  EXPECT_THAT(all(StateTable::kAlerts), IsEmpty());
  EXPECT_EQ(count_states(*database_, StateTable::kGroups).value(), 2U);
}

TEST_P(AlertStatesTest, are_all_read_whatever_their_keys_and_the_size_of_pages) {
  std::vector<StoredState> states;
  for (const char* key : {"a", "A", "aa", "Z", "z", "_", "-", "~", "\xc3\xa4", "\xe4\xbd\xa0", "\xf0\x9f\x94\xa5",
                          "a b", "a-b", "ab", "'; DROP TABLE alert_states; --", "%", "\"", "\\"})
    states.push_back({key, std::string("of ") + key, clock_.wall()});
  for (int i = 0; i < 60; ++i) states.push_back({fmt::format("rule{}:{:x}", i % 7, i * 7919), "{}", clock_.wall()});
  ASSERT_TRUE(put(StateTable::kAlerts, states).has_value());
  std::ranges::sort(states, {}, &StoredState::key);
  for (std::size_t most : {1U, 7U, 64U, 1000U}) EXPECT_EQ(all(StateTable::kAlerts, most), states) << most;
}

TEST_P(AlertStatesTest, a_page_is_bounded_by_bytes) {
  std::vector<StoredState> states;
  for (int i = 0; i < 200; ++i) states.push_back({fmt::format("g{:03}", i), std::string(16'000, 'x'), clock_.wall()});
  ASSERT_TRUE(put(StateTable::kGroups, states, {}, 1000).has_value());
  auto page = read_states(*database_, StateTable::kGroups, "");
  ASSERT_TRUE(page.has_value()) << text_of(page);
  EXPECT_LT(page->size(), 140U);
  EXPECT_EQ(all(StateTable::kGroups), states);
}

TEST_P(AlertStatesTest, what_breaks_a_bound_is_refused_with_all_that_came_with_it) {
  ASSERT_TRUE(put(StateTable::kAlerts, {{"a", "1", {}}, {"b", "2", {}}}, {}, 2).has_value());
  auto more = put(StateTable::kAlerts, {{"c", "3", {}}}, {}, 2);
  EXPECT_EQ(more.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(put(StateTable::kAlerts, {{"a", "10", {}}}, {}, 2).has_value()) << "it is there already";
  EXPECT_TRUE(put(StateTable::kAlerts, {{"c", "3", {}}}, {"b"}, 2).has_value());
  EXPECT_EQ(count_states(*database_, StateTable::kAlerts).value(), 2U);
  for (const auto& bad :
       std::vector<StoredState>{{"", "x", {}},
                                {std::string(513, 'k'), "x", {}},
                                {std::string("a\0b", 3), "x", {}},
                                {"k", std::string("a\0b", 3), {}},
                                {"k", "\xff", {}},
                                {"k", std::string(bounds_of(StateTable::kAlerts).json_bytes + 1, 'x'), {}}}) {
    auto refused = put(StateTable::kAlerts, {{"good", "x", {}}, bad});
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(count_states(*database_, StateTable::kAlerts).value(), 2U);
}

}  // namespace
}  // namespace holter::catalog
