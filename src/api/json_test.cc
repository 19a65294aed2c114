#include "api/json.h"

#include <boost/json.hpp>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

namespace holter::api {
namespace {

using namespace std::string_view_literals;

std::string written(const std::function<void(JsonWriter&)>& write, std::size_t limit = 1U << 20) {
  memory::Budget budget(limit);
  Body body(budget.account("bodies"));
  JsonWriter json(body);
  write(json);
  return std::string(body.text());
}

TEST(JsonWriter, puts_commas_between_members_and_items_only) {
  auto text = written([](JsonWriter& json) {
    json.begin_object();
    json.member("a", 1);
    json.key("b");
    json.begin_array();
    json.begin_object();
    json.end_object();
    json.value("x");
    json.null();
    json.begin_array();
    json.end_array();
    json.end_array();
    json.member("c", true);
    json.end_object();
  });
  EXPECT_EQ(text, R"({"a":1,"b":[{},"x",null,[]],"c":true})");
}

TEST(JsonWriter, escapes_quotes_control_bytes_and_markup) {
  auto text = written([](JsonWriter& json) { json.value("\"\\\n\r\t\0\x1f\x7f</script>&"sv); });
  EXPECT_EQ(text, R"("\"\\\n\r\t\u0000\u001f\u007f\u003c/script\u003e\u0026")");
}

TEST(JsonWriter, keeps_utf8_and_replaces_what_is_not) {
  auto text =
      written([](JsonWriter& json) { json.value("网关 \xc3\x28 \xff \xed\xa0\x80 \xf4\x90\x80\x80 \xe7\xbd"); });
  EXPECT_TRUE(is_utf8(text));
  EXPECT_TRUE(text.starts_with("\"网关 \xef\xbf\xbd( "));
}

TEST(JsonWriter, any_two_bytes_give_a_text_that_a_strict_parser_takes) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const char bytes[] = {static_cast<char>(a), static_cast<char>(b)};
      auto text = written([&](JsonWriter& json) { json.value(std::string_view(bytes, 2)); });
      boost::system::error_code failure;
      boost::json::parse(text, failure);
      ASSERT_FALSE(failure) << a << ' ' << b << ' ' << text;
    }
  }
}

TEST(JsonWriter, writes_null_for_never_and_for_numbers_that_are_none) {
  auto text = written([](JsonWriter& json) {
    json.begin_array();
    json.time(0);
    json.time(1'764'000'060'500);
    json.value(std::numeric_limits<double>::quiet_NaN());
    json.value(-std::numeric_limits<double>::infinity());
    json.value(0.1);
    json.id(0xabULL);
    json.value(std::numeric_limits<std::uint64_t>::max());
    json.end_array();
  });
  EXPECT_EQ(text, R"([null,"2025-11-24T16:01:00.500Z",null,null,0.1,"00000000000000ab",18446744073709551615])");
}

TEST(Body, forgets_its_text_and_says_why_when_the_account_refuses) {
  memory::Budget budget(64 * 1024);
  auto& account = budget.account("bodies");
  {
    Body body(account);
    for (int i = 0; i < 100'000; ++i) body.append("0123456789");
    EXPECT_TRUE(body.refused());
    EXPECT_TRUE(body.text().empty());
    EXPECT_TRUE(body.refusal().starts_with("cannot reserve")) << body.refusal();
    EXPECT_EQ(account.used(), 0U);
  }
}

TEST(Body, charges_what_it_holds_and_gives_it_back) {
  memory::Budget budget(1U << 20);
  auto& account = budget.account("bodies");
  {
    Body body(account);
    for (int i = 0; i < 10'000; ++i) body.append("0123456789");
    EXPECT_EQ(body.size(), 100'000U);
    EXPECT_GE(account.used(), 100'000U);
    Body moved = std::move(body);
    EXPECT_GE(account.used(), 100'000U);
    EXPECT_EQ(moved.size(), 100'000U);
  }
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::api
