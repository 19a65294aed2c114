#include "net/http_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class HttpRecordTest : public ::testing::Test {
 protected:
  Result<HttpResponse> read(std::string_view text) { return read_answer(text, account_, 1000); }
  memory::Account account_{"test", nullptr, 1 << 20};
};

TEST_F(HttpRecordTest, reads_what_it_has_written) {
  HttpResponse response;
  response.status = 201;
  response.http_version = "2";
  response.headers = {{"content-type", "text/plain"}, {"x-empty", ""}};
  response.body = std::string("a\r\n\r\nb\0c", 8);
  auto text = write_answer(response);
  EXPECT_THAT(text, ::testing::StartsWith("HTTP/2 201\r\ncontent-type: text/plain\r\n"));
  auto back = read(text);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->status, 201);
  EXPECT_EQ(back->http_version, "2");
  EXPECT_EQ(back->headers, response.headers);
  EXPECT_EQ(back->body, response.body);
}

TEST_F(HttpRecordTest, takes_line_ends_of_editors) {
  auto response = read("HTTP/1.1 200 OK\nA: 1\n\nline\nline\n");
  ASSERT_TRUE(response);
  EXPECT_THAT(response->headers, ElementsAre(Pair("A", "1")));
  EXPECT_EQ(response->body, "line\nline\n");
}

TEST_F(HttpRecordTest, takes_the_last_of_several_answers) {
  auto response = read(
      "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\nHTTP is "
      "fun");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_THAT(response->headers, ElementsAre(Pair("A", "1")));
  EXPECT_EQ(response->body, "HTTP is fun");
}

TEST_F(HttpRecordTest, takes_an_answer_that_ends_with_its_header) {
  EXPECT_EQ(read("HTTP/1.1 204 No Content")->status, 204);
  EXPECT_EQ(read("HTTP/1.1 204 No Content\nA: 1")->headers.size(), 1);
}

TEST_F(HttpRecordTest, refuses_what_is_none_and_what_is_too_large) {
  for (const char* text : {"", "{}", "HTTP/1.1", "HTTP/1.1 OK", "HTTP/1.1 99 x"}) {
    auto response = read(text);
    ASSERT_FALSE(response) << text;
    EXPECT_EQ(response.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(response.error().message(), HasSubstr("cannot read the recorded answer: it begins with '"));
  }
  EXPECT_EQ(read("HTTP/1.1 200 OK\n\n" + std::string(1001, 'x')).error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(read("HTTP/1.1 200 OK\nA: " + std::string(70000, 'x')).error().code(), ErrorCode::kProtocolViolation);
  account_.set_limit(100);
  EXPECT_EQ(read("HTTP/1.1 200 OK\n\n" + std::string(500, 'x')).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(account_.used(), 0);
}

}  // namespace
}  // namespace holter::net
