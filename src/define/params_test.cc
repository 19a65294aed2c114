#include "define/params.h"

#include <gtest/gtest.h>

namespace holter::define {
namespace {

using model::ParamDef;
using model::ParamType;

bool good(const ParamDef& def, const std::string& value) {
  auto checked = check_param(def, value);
  if (!checked) {
    EXPECT_EQ(checked.error().code(), ErrorCode::kInvalidArgument) << value;
    EXPECT_TRUE(checked.error().message().starts_with("cannot ")) << checked.error().message();
  }
  return checked.has_value();
}

TEST(Host, may_be_a_name_an_address_or_either_with_scheme_and_port) {
  ParamDef def{.type = ParamType::kHost};
  for (const char* value :
       {"localhost", "127.0.0.1", "example.org", "a_b-c.example", "xn--bcher-kva.example", "::1", "fe80::1%eth0",
        "[::1]", "[::1]:8080", "example.org:8080", "http://example.org", "HTTPS://example.org:8443", "https://[::1]:1"})
    EXPECT_TRUE(good(def, value)) << value;
}

TEST(Host, is_refused_when_it_cannot_be_one) {
  ParamDef def{.type = ParamType::kHost};
  for (const char* value : {"a b",      "a/b",      "http://",     "http://http://a",
                            "a..b",     ".a",       "a.",          "a:",
                            "a:0",      "a:65536",  "a:http",      "[::1",
                            "::g",      "[::1]x",   "[::1]:",      "[a]",
                            "1:2:3",    "fe80::1%", "fe80::1%a b", "bücher.example",
                            "a;reboot", "$(id)"})
    EXPECT_FALSE(good(def, value)) << value;
  EXPECT_FALSE(good(def, std::string("a\0b", 3)));
  EXPECT_TRUE(good(def, std::string(253, 'a')));
  EXPECT_FALSE(good(def, std::string(254, 'a')));
}

TEST(Number, is_finite_and_inside_its_range) {
  ParamDef def{.type = ParamType::kNumber, .range = "[0,65535]"};
  for (const char* value : {"0", "80", "65535", "1e3", "0.5"}) EXPECT_TRUE(good(def, value)) << value;
  for (const char* value : {"-1", "65536", "80x", "0x50", "nan", "inf", "1e999", "8 0"})
    EXPECT_FALSE(good(def, value)) << value;
  EXPECT_FALSE(good({.type = ParamType::kNumber}, "nan"));
}

TEST(Range, has_open_and_closed_ends_infinities_and_alternatives) {
  EXPECT_TRUE(check_range("(0,1]", 1));
  EXPECT_FALSE(check_range("(0,1]", 0));
  EXPECT_TRUE(check_range("[0,1)", 0));
  EXPECT_FALSE(check_range("[0,1)", 1));
  EXPECT_TRUE(check_range("(-∞,-1]||[1,+∞)", -5));
  EXPECT_TRUE(check_range("(-∞,-1]||[1,+∞)", 1e300));
  EXPECT_FALSE(check_range("(-∞,-1]||[1,+∞)", 0));
  for (const char* bad : {"0,1", "[0;1]", "[0,1", "[,1]", "[a,b]", "[0,1]|[2,3]", "[0,1]||x"})
    EXPECT_EQ(check_range(bad, 0.5).error().code(), ErrorCode::kCorruption) << bad;
}

TEST(Boolean, is_true_or_false_in_any_case) {
  ParamDef def{.type = ParamType::kBoolean};
  for (const char* value : {"true", "FALSE"}) EXPECT_TRUE(good(def, value)) << value;
  for (const char* value : {"yes", "1", "truee"}) EXPECT_FALSE(good(def, value)) << value;
}

TEST(Radio, is_one_of_its_options_in_any_case) {
  ParamDef def{.type = ParamType::kRadio, .options = {{"Get", "GET"}, {"Post", "POST"}}};
  EXPECT_TRUE(good(def, "get"));
  EXPECT_FALSE(good(def, "PUT"));
}

TEST(Text, is_limited_in_characters_not_in_bytes) {
  ParamDef def{.type = ParamType::kText, .limit = 3};
  EXPECT_TRUE(good(def, "日本語"));
  EXPECT_FALSE(good(def, "abcd"));
  EXPECT_TRUE(good({.type = ParamType::kText}, std::string(64 * 1024, 'x')));
  EXPECT_FALSE(good({.type = ParamType::kText}, std::string(64 * 1024 + 1, 'x')));
}

TEST(KeyValue, is_a_json_object_of_texts) {
  ParamDef def{.type = ParamType::kKeyValue};
  for (const char* value : {"{}", R"({"a": "b", "c": ""})"}) EXPECT_TRUE(good(def, value)) << value;
  for (const char* value : {"a=b", "[]", R"({"a": 1})", R"({"a": {}})", R"({"a": "b")", "null"})
    EXPECT_FALSE(good(def, value)) << value;
}

TEST(Array, has_at_least_one_element) {
  ParamDef def{.type = ParamType::kArray};
  for (const char* value : {"200", "200, 201", "[200,201]"}) EXPECT_TRUE(good(def, value)) << value;
  for (const char* value : {",", "[]", "[,,]"}) EXPECT_FALSE(good(def, value)) << value;
}

TEST(MetricsField, is_json) {
  EXPECT_TRUE(good({.type = ParamType::kMetricsField}, R"([{"a": 1}])"));
  EXPECT_FALSE(good({.type = ParamType::kMetricsField}, "[{"));
}

TEST(Param, passes_when_empty_but_some_types_must_be_filled_when_required) {
  EXPECT_TRUE(good({.type = ParamType::kHost}, ""));
  EXPECT_TRUE(must_be_filled({.type = ParamType::kHost, .required = true}));
  EXPECT_TRUE(must_be_filled({.type = ParamType::kNumber, .required = true}));
  EXPECT_FALSE(must_be_filled({.type = ParamType::kPassword, .required = true}));
  EXPECT_FALSE(must_be_filled({.type = ParamType::kHost, .required = false}));
}

TEST(ParamType, is_known_by_name_and_suggests_the_nearest) {
  EXPECT_EQ(param_type("key-value"), ParamType::kKeyValue);
  EXPECT_EQ(param_type("hots"), std::nullopt);
  EXPECT_NE(unknown_type("hots").find("did you mean 'host'?"), std::string::npos);
}

TEST(Trimmed, takes_white_space_off_both_ends) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n"), "");
}

}  // namespace
}  // namespace holter::define
