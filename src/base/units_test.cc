#include "base/units.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace holter {
namespace {

using std::chrono::milliseconds;

TEST(Size, reads_binary_and_decimal_units) {
  EXPECT_EQ(parse_size("512MiB").value(), 512ULL << 20);
  EXPECT_EQ(parse_size("64 MB").value(), 64'000'000ULL);
  EXPECT_EQ(parse_size("0B").value(), 0ULL);
  EXPECT_EQ(parse_size("16TiB").value(), 16ULL << 40);
}

TEST(Size, refuses_what_is_not_a_size_and_says_what_to_write) {
  for (const char* bad : {"", "64", "-1MiB", "1.5GiB", "900%", "1EiB", "MiB", "64MiBx", "99999999999999999999B",
                          "99999999999TiB", "6 4MiB"}) {
    auto size = parse_size(bad);
    ASSERT_FALSE(size.has_value()) << bad;
    EXPECT_EQ(size.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(size.error().message().starts_with("cannot read the size")) << size.error().message();
  }
  EXPECT_NE(parse_size("64").error().message().find("unit is missing"), std::string::npos);
}

TEST(Size, prints_three_digits) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1536), "1.50 KiB");
  EXPECT_EQ(format_size(40ULL << 20), "40.0 MiB");
  EXPECT_EQ(format_size(512ULL << 20), "512 MiB");
  EXPECT_EQ(format_size((1ULL << 20) - 1), "1.00 MiB");
}

TEST(Duration, reads_what_people_write) {
  EXPECT_EQ(parse_duration("500ms").value(), milliseconds(500));
  EXPECT_EQ(parse_duration("1h30m").value(), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("7d").value(), milliseconds(604'800'000));
}

TEST(Duration, refuses_what_is_not_a_duration) {
  for (const char* bad : {"", "60", "s", "-5s", "1y", "5 parsecs", "99999999999d", "1h30"})
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  EXPECT_NE(parse_duration("60").error().message().find("did you mean 60s"), std::string::npos);
}

TEST(Duration, survives_a_round_trip) {
  for (std::int64_t ms : {1LL, 999LL, 1000LL, 90'000LL, 5'400'000LL, 86'400'000LL, 90'061'001LL}) {
    auto text = format_duration(milliseconds(ms));
    EXPECT_EQ(parse_duration(text).value(), milliseconds(ms)) << text;
  }
}

TEST(Time, prints_rfc_3339_in_utc) {
  EXPECT_EQ(format_time(std::chrono::sys_time<milliseconds>(milliseconds(1'700'000'000'123))),
            "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(format_time(std::chrono::sys_time<milliseconds>(milliseconds(253'402'300'799'999))),
            "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(std::chrono::sys_time<milliseconds>(milliseconds(-62'135'596'800'000))),
            "0001-01-01T00:00:00.000Z");
}

TEST(Nearest, finds_a_slip_and_nothing_far_away) {
  EXPECT_EQ(nearest("intervall", {"interval", "name", "app"}), "interval");
  EXPECT_EQ(nearest("hots", {"host", "port"}), "host");
  EXPECT_EQ(nearest("completely", {"host", "port"}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), {"host"}), "");
}

TEST(Excerpt, cuts_and_escapes_foreign_text) {
  EXPECT_EQ(excerpt("a\nb"), "a\\x0ab");
  EXPECT_EQ(excerpt(std::string(100, 'x'), 5), "xxxxx...");
}

TEST(Hash, is_the_same_in_every_release) {
  EXPECT_EQ(stable_hash("gateway"), stable_hash(std::string("gateway")));
  EXPECT_NE(stable_hash("ab", "c"), stable_hash("a", "bc"));
  // Stored in files: another value here means that history is lost.
  EXPECT_EQ(stable_hash("gateway"), 0x8a67b247dbc3f57bULL);
  EXPECT_EQ(stable_hash("gateway", "summary", "responseTime", ""), 0x9591d7d024b0306cULL);
}

}  // namespace
}  // namespace holter
