#include "net/http_charset.h"

#include <gtest/gtest.h>

namespace holter::net {
namespace {

class HttpCharsetTest : public ::testing::Test {
 protected:
  std::string decoded(std::string body, std::string_view charset) {
    HttpResponse response;
    response.body = std::move(body);
    auto status = decode_body(response, charset, account_);
    return status ? response.body : status.error().message();
  }
  memory::Account account_{"test", nullptr, 1 << 20};
};

TEST_F(HttpCharsetTest, finds_the_charset_of_a_type) {
  EXPECT_EQ(charset_of("text/html; charset=GBK"), "GBK");
  EXPECT_EQ(charset_of("text/html;Charset=\"utf-8\" ; x=y"), "utf-8");
  EXPECT_EQ(charset_of("text/html; a=b; charset = latin1"), "latin1");
  EXPECT_EQ(charset_of("text/html"), "");
  EXPECT_EQ(charset_of("text/html; charset"), "");
  EXPECT_EQ(charset_of("charset=x"), "");
}

TEST_F(HttpCharsetTest, finds_the_encoding_of_a_document) {
  EXPECT_EQ(xml_encoding_of("<?xml version=\"1.0\" encoding=\"GB2312\"?><a/>"), "GB2312");
  EXPECT_EQ(xml_encoding_of("\xEF\xBB\xBF<?xml version='1.0' encoding = 'latin1' ?>"), "latin1");
  EXPECT_EQ(xml_encoding_of("<?xml version='1.0'?><a encoding='x'/>"), "");
  EXPECT_EQ(xml_encoding_of("<a encoding='x'/>"), "");
  EXPECT_EQ(xml_encoding_of("<?xml encoding="), "");
  EXPECT_EQ(xml_encoding_of(""), "");
}

TEST_F(HttpCharsetTest, decodes) {
  EXPECT_EQ(decoded("caf\xe9 \x80", "ISO-8859-1"), "caf\xc3\xa9 \xe2\x82\xac");
  EXPECT_EQ(decoded("\xc4\xe3\xba\xc3", "gb2312"), "\xe4\xbd\xa0\xe5\xa5\xbd");
  EXPECT_EQ(decoded("\x93\xfa", "Shift_JIS"), "\xe6\x97\xa5");
  EXPECT_EQ(decoded(std::string("a\0b\0", 4), "utf-16le"), "ab");
  EXPECT_EQ(decoded("\xEF\xBB\xBFx", "utf-8"), "x");
  EXPECT_EQ(decoded("", "gbk"), "");
  EXPECT_EQ(decoded(std::string(100'000, '\xe9'), "latin1").size(), 200'000);
}

TEST_F(HttpCharsetTest, replaces_what_stands_for_nothing) {
  EXPECT_EQ(decoded("a\xff\xff"
                    "b",
                    "gbk"),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(decoded("a\xc4", "gbk"), "a\xEF\xBF\xBD");
}

TEST_F(HttpCharsetTest, knows_no_charset_but_those_of_the_list) {
  for (const char* charset : {"", "x", "ISO-2022-CN-EXT", "UTF-7", "gbk//TRANSLIT", "../../tmp/evil", "utf-8\n"}) {
    HttpResponse response;
    response.body = "as it was\xff";
    auto status = decode_body(response, charset, account_);
    ASSERT_FALSE(status) << charset;
    EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(response.body, "as it was\xff");
    EXPECT_FALSE(is_known_charset(charset));
  }
}

TEST_F(HttpCharsetTest, is_refused_by_a_full_account) {
  account_.set_limit(1000);
  HttpResponse response;
  response.body = std::string(5000, '\xe9');
  EXPECT_EQ(decode_body(response, "latin1", account_).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(response.body.size(), 5000);
  EXPECT_EQ(account_.used(), 0);
}

}  // namespace
}  // namespace holter::net
