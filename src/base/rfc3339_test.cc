#include "base/rfc3339.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace holter {
namespace {

TEST(Rfc3339, comes_back_from_what_format_time_writes) {
  for (std::int64_t ms : {0LL, 1'764'000'000'123LL, 1'709'164'800'000LL, -1LL}) {
    WallTime time{milliseconds(ms)};
    EXPECT_EQ(parse_rfc3339(format_time(time)), time) << format_time(time);
  }
}

TEST(Rfc3339, knows_offsets_and_fractions) {
  WallTime noon{milliseconds(1'764'000'000'000)};  // 2025-11-24T16:00:00Z
  EXPECT_EQ(parse_rfc3339("2025-11-25T00:00:00+08:00"), noon);
  EXPECT_EQ(parse_rfc3339("2025-11-25T00:00:00 08:00"), noon);
  EXPECT_EQ(parse_rfc3339("2025-11-24 15:30:00.2509-00:30"), noon + milliseconds(250));
}

TEST(Rfc3339, refuses_what_is_no_time) {
  for (std::string_view bad : {"", "2025-11-24", "2025-11-24T16:00Z", "2025-11-24T16:00:00", "2025-11-24T16:00:00.Z",
                               "2025-11-24T16:00:00+8:00", "2025-11-24T16:00:00Zx", "2025-02-29T00:00:00Z",
                               "2025-11-24T24:00:00Z", "-025-11-24T16:00:00Z"})
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace holter
