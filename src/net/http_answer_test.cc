#include "net/http_answer.h"

#include <gtest/gtest.h>

namespace holter::net {
namespace {

class HttpAnswerTest : public ::testing::Test {
 protected:
  memory::Account account_{"http", nullptr, 1 << 20};
  HttpAnswer answer_{account_, 100};
  HttpResponse response_;
};

TEST_F(HttpAnswerTest, trims_names_and_values) {
  EXPECT_TRUE(answer_.on_header("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(answer_.on_header("Name :\t value with blanks \r\n"));
  EXPECT_TRUE(answer_.on_header("no colon\r\n"));
  EXPECT_TRUE(answer_.on_header("\r\n"));
  answer_.move_to(response_);
  ASSERT_EQ(response_.headers.size(), 1);
  EXPECT_EQ(response_.headers[0].first, "Name");
  EXPECT_EQ(response_.headers[0].second, "value with blanks");
  EXPECT_EQ(response_.http_version, "1.1");
}

TEST_F(HttpAnswerTest, forgets_an_interim_answer) {
  EXPECT_TRUE(answer_.on_header("HTTP/1.1 401 No\r\n"));
  EXPECT_TRUE(answer_.on_header("WWW-Authenticate: Digest\r\n"));
  EXPECT_TRUE(answer_.on_body("no"));
  EXPECT_TRUE(answer_.on_header("HTTP/2 200\r\n"));
  EXPECT_TRUE(answer_.on_body("yes"));
  answer_.move_to(response_);
  EXPECT_TRUE(response_.headers.empty());
  EXPECT_EQ(response_.body, "yes");
  EXPECT_EQ(response_.http_version, "2");
}

TEST_F(HttpAnswerTest, refuses_more_lines_than_the_limit) {
  for (std::size_t i = 0; i < HttpAnswer::kMaxHeaders; ++i) ASSERT_TRUE(answer_.on_header("A: b\r\n"));
  EXPECT_FALSE(answer_.on_header("A: b\r\n"));
  ASSERT_TRUE(answer_.refusal());
  EXPECT_EQ(answer_.refusal()->code(), ErrorCode::kProtocolViolation);
}

TEST_F(HttpAnswerTest, refuses_a_body_beyond_the_limit) {
  EXPECT_TRUE(answer_.on_body(std::string(100, 'x')));
  EXPECT_FALSE(answer_.on_body("y"));
  ASSERT_TRUE(answer_.refusal());
  EXPECT_EQ(answer_.refusal()->code(), ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace holter::net
