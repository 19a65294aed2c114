#include "stress/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::stress {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Outcome run_of(std::size_t samples) {
  Outcome outcome{.name = "overload", .what = "100,000 <pings> & more", .budget = 64 << 20};
  for (std::size_t i = 0; i < samples; ++i)
    outcome.samples.push_back({.time_s = 0.2 * static_cast<double>(i),
                               .resident = (30 << 20) + i * 1000,
                               .child_resident = 50 << 20,
                               .level = i < samples / 2 ? 0 : 3,
                               .paused = i < samples / 2 ? 0U : 70'000U,
                               .answered = true});
  outcome.phases = {{0, "before"}, {1, "load"}};
  return outcome;
}

TEST(Draw, shows_memory_budget_level_and_paused_monitors) {
  auto svg = draw(run_of(100));
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  for (const char* part : {"class=\"main\"", "class=\"child\"", "class=\"budget\"", "class=\"paused\"", "normal",
                           "critical", "budget 64.0 MiB", "at most 70000"})
    EXPECT_THAT(svg, HasSubstr(part));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
}

TEST(Draw, escapes_what_it_is_told) {
  EXPECT_THAT(draw(run_of(2)), HasSubstr("100,000 &lt;pings> &amp; more"));
}

TEST(Draw, has_no_line_of_paused_monitors_where_none_was_paused) {
  auto outcome = run_of(10);
  for (auto& sample : outcome.samples) sample.paused = 0;
  EXPECT_THAT(draw(outcome), Not(HasSubstr("class=\"paused\"")));
}

TEST(Draw, stays_small_for_a_long_run_and_keeps_its_highest_point) {
  auto outcome = run_of(20'000);
  outcome.samples[7'001].resident = 64 << 20;
  auto svg = draw(outcome);
  EXPECT_LT(svg.size(), 100'000U);
  // 64 MiB of an axis that ends at 1.08 budgets.
  EXPECT_THAT(svg, HasSubstr(" 72.2"));
}

TEST(Draw, can_draw_a_run_without_samples) {
  EXPECT_TRUE(draw(Outcome{.name = "faults", .ran = false}).ends_with("</svg>\n"));
}

}  // namespace
}  // namespace holter::stress
