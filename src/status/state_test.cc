#include "status/state.h"

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

namespace holter::status {
namespace {

Tally tally(std::initializer_list<model::State> states, bool by_user = true) {
  Tally out;
  for (auto state : states) out.add(state, by_user);
  return out;
}
constexpr auto kUp = model::State::kUp, kDown = model::State::kDown, kStale = model::State::kStale,
               kPaused = model::State::kPaused, kUnreachable = model::State::kUnreachable;

TEST(State, of_a_component_is_the_worst_of_its_monitors) {
  EXPECT_EQ(state_of(tally({kUp, kUp}), false), State::kOperational);
  EXPECT_EQ(state_of(tally({kUp, kDown}), false), State::kDegraded);
  EXPECT_EQ(state_of(tally({kDown, kUnreachable}), false), State::kOutage);
  EXPECT_EQ(state_of(tally({kUp, model::State::kUnknown}), false), State::kUnknown);
  EXPECT_EQ(state_of(tally({kStale}), false), State::kUnknown) << "old is never shown as new";
  EXPECT_EQ(state_of(tally({kDown, kStale}), false), State::kDegraded) << "of the other nobody knows";
  EXPECT_EQ(state_of({}, false), State::kUnknown);
}

TEST(State, does_not_count_what_users_have_paused) {
  EXPECT_EQ(state_of(tally({kUp, kPaused}), false), State::kOperational);
  EXPECT_EQ(state_of(tally({kDown, kPaused}), false), State::kOutage);
  EXPECT_EQ(state_of(tally({kPaused}), false), State::kUnknown);
  EXPECT_EQ(state_of(tally({kUp, kPaused}, false), false), State::kUnknown) << "paused for want of memory";
}

TEST(State, is_maintenance_where_that_is_announced) {
  EXPECT_EQ(state_of(tally({kDown}), true), State::kMaintenance);
  EXPECT_EQ(state_of({}, true), State::kMaintenance);
}

TEST(State, of_all_is_an_outage_only_where_all_are_out) {
  using enum State;
  EXPECT_EQ(overall(std::vector{kOutage, kOutage}), kOutage);
  EXPECT_EQ(overall(std::vector{kOutage, kOperational}), kDegraded);
  EXPECT_EQ(overall(std::vector{kOperational, kMaintenance}), kMaintenance);
  EXPECT_EQ(overall(std::vector{kMaintenance, kUnknown}), kUnknown);
  EXPECT_EQ(overall(std::vector{kOperational}), kOperational);
  EXPECT_EQ(overall(std::vector<State>()), kUnknown);
}

}  // namespace
}  // namespace holter::status
