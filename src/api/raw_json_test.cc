#include "api/raw_json.h"

#include <gtest/gtest.h>

namespace holter::api {
namespace {

class RawJson : public ::testing::Test {
 protected:
  /// The object with the member, and the name of the error behind it.
  std::string written(std::string_view text, memory::Account& account) {
    Body body(account_);
    JsonWriter json(body);
    json.begin_object();
    json.member("before", 1);
    auto status = write_raw(json, "raw", text, account);
    json.member("after", 2);
    json.end_object();
    return std::string(body.text()) + (status ? "" : " " + std::string(to_string(status.error().code())));
  }
  std::string written(std::string_view text) { return written(text, account_); }

  memory::Budget budget_{16U << 20};
  memory::Account& account_ = budget_.account("bodies");
};

TEST_F(RawJson, is_written_anew_with_every_kind_of_value) {
  EXPECT_EQ(written(R"( {"a" : [1, -2, 18446744073709551615, 0.25, true, null, "x"], "b" : {"c" : {}}} )"),
            R"({"before":1,"raw":{"a":[1,-2,18446744073709551615,0.25,true,null,"x"],"b":{"c":{}}},"after":2})");
  EXPECT_EQ(written(""), R"({"before":1,"raw":{},"after":2})");
}

TEST_F(RawJson, is_harmless_in_a_page_as_everything_else_is) {
  EXPECT_EQ(written(R"({"<b>": "</script>&\n"})"),
            R"({"before":1,"raw":{"\u003cb\u003e":"\u003c/script\u003e\u0026\n"},"after":2})");
}

TEST_F(RawJson, cannot_break_out_of_its_member) {
  for (std::string_view bad : {R"({"a": 1}, "who": "root")", R"({"a": 1}})", "[]", "1", "{", "{\"a\": \"\xff\"}"})
    EXPECT_EQ(written(bad), R"({"before":1,"raw":null,"after":2} invalid_argument)") << bad;
}

TEST_F(RawJson, is_bounded_in_length_and_depth_and_by_the_account) {
  std::string deep, deeper;
  for (int i = 0; i < 23; ++i) deep += R"({"a":)", deeper += R"({"a":)";
  deep += "{}" + std::string(23, '}'), deeper += R"({"a":{}})" + std::string(23, '}');
  EXPECT_EQ(written(deep), R"({"before":1,"raw":)" + deep + R"(,"after":2})");
  EXPECT_EQ(written(deeper), R"({"before":1,"raw":null,"after":2} invalid_argument)");
  EXPECT_EQ(written(R"({"a": ")" + std::string(kLongestRaw, 'x') + "\"}"),
            R"({"before":1,"raw":null,"after":2} too_large)");
  memory::Budget little(4096);
  auto& account = little.account("bodies");
  EXPECT_EQ(written("{}", account), R"({"before":1,"raw":null,"after":2} resource_exhausted)");
  EXPECT_EQ(account.used(), 0U);
}

}  // namespace
}  // namespace holter::api
