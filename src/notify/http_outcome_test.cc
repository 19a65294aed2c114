#include "notify/http_outcome.h"

#include <gtest/gtest.h>

namespace holter::notify {
namespace {

using Kind = Outcome::Kind;

constexpr WallTime kNow{milliseconds(784'111'777'000)};  // Sun, 06 Nov 1994 08:49:37 GMT

Kind kind_of(int status) {
  return outcome_of(HttpAnswer{status, {}, ""}, kNow).kind;
}
std::optional<milliseconds> after(std::string value) {
  return outcome_of(HttpAnswer{503, {{"RETRY-AFTER", std::move(value)}}, ""}, kNow).retry_after;
}

TEST(HttpOutcome, follows_the_status) {
  for (int status : {200, 201, 204, 299}) EXPECT_EQ(kind_of(status), Kind::kDelivered) << status;
  for (int status : {408, 425, 429, 500, 502, 503, 504, 599}) EXPECT_EQ(kind_of(status), Kind::kRetry) << status;
  for (int status : {0, 100, 301, 400, 401, 403, 404, 410, 413}) EXPECT_EQ(kind_of(status), Kind::kGiveUp) << status;
}

TEST(HttpOutcome, reads_retry_after_as_seconds_and_as_a_date) {
  EXPECT_EQ(after("30"), seconds(30));
  EXPECT_EQ(after("0"), seconds(0));
  EXPECT_EQ(after("99999999999"), std::chrono::hours(24));
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:50:37 GMT"), seconds(60));
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:00:00 GMT"), seconds(0));
  EXPECT_EQ(after("Mon, 01 Jan 2035 00:00:00 GMT"), std::chrono::hours(24));
  for (const char* foreign :
       {"", "-5", "soon", "1.5", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT"})
    EXPECT_FALSE(after(foreign).has_value()) << foreign;
}

TEST(HttpOutcome, errors_of_the_wire_are_tried_again_unless_they_stay) {
  auto kind = [](ErrorCode code, std::string text = "x") { return outcome_of(Error(code, std::move(text))).kind; };
  for (auto code : {ErrorCode::kTimeout, ErrorCode::kUnavailable, ErrorCode::kNotFound, ErrorCode::kProtocolViolation,
                    ErrorCode::kResourceExhausted, ErrorCode::kCancelled})
    EXPECT_EQ(kind(code), Kind::kRetry) << to_string(code);
  EXPECT_EQ(kind(ErrorCode::kInvalidArgument), Kind::kGiveUp);
  EXPECT_EQ(kind(ErrorCode::kUnauthenticated), Kind::kGiveUp);
  EXPECT_EQ(kind(ErrorCode::kNotFound, "cannot reach a: 10.0.0.1 is forbidden (network.forbidden)"), Kind::kGiveUp);
}

TEST(HttpOutcome, finds_headers_whatever_their_case) {
  HttpAnswer answer{200, {{"X-One", "1"}, {"x-two", "2"}}, ""};
  EXPECT_EQ(header_of(answer, "x-one"), "1");
  EXPECT_EQ(header_of(answer, "X-TWO"), "2");
  EXPECT_EQ(header_of(answer, "X"), "");
}

TEST(HttpOutcome, makes_one_line_of_foreign_text) {
  EXPECT_EQ(one_line("  a\r\nb\tc \n"), "a  b c");
  EXPECT_EQ(one_line(""), "");
  EXPECT_EQ(one_line("\x01\x02"), "");
  EXPECT_EQ(one_line("告警告警", 7), "告警...");
  EXPECT_EQ(one_line("ab\xff"
                     "c"),
            "ab\xEF\xBF\xBD"
            "c");
  EXPECT_EQ(one_line(std::string(300, 'x')), std::string(200, 'x') + "...");
}

}  // namespace
}  // namespace holter::notify
