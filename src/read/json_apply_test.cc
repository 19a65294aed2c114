#include "read/json_apply.h"

#include <gtest/gtest.h>

#include "expr/evaluate.h"
#include "expr/program.h"

namespace holter::read {
namespace {

using Found = expr::JsonLookup::Found;
using expr::Value;

class JsonApplyTest : public ::testing::Test {
 protected:
  Found look(std::string_view document, std::vector<std::string_view> path) {
    arena_.clear();
    value_ = Value();
    return JsonApply(account_).lookup(document, path, arena_, value_);
  }
  memory::Account account_{"test", nullptr, 4 << 20};
  expr::TextArena arena_;
  Value value_;
};

TEST_F(JsonApplyTest, follows_names_to_a_value) {
  constexpr std::string_view kDocument =
      R"({"a":{"b":12,"c":1.5,"t":true,"n":null,"s":"x","e":"\u0041"},"l":[1, {"q":"\n"}]})";
  EXPECT_EQ(look(kDocument, {"a", "b"}), Found::kValue);
  EXPECT_TRUE(value_.same_as(Value::of(12)));
  EXPECT_EQ(look(kDocument, {"a", "c"}), Found::kValue);
  EXPECT_TRUE(value_.same_as(Value::of(1.5)));
  EXPECT_EQ(look(kDocument, {"a", "t"}), Found::kValue);
  EXPECT_TRUE(value_.same_as(Value::of(true)));
  EXPECT_EQ(look(kDocument, {"a", "n"}), Found::kValue);
  EXPECT_TRUE(value_.is_null());
  EXPECT_EQ(look(kDocument, {"a", "s"}), Found::kValue);
  EXPECT_EQ(value_.text().data(), kDocument.data() + kDocument.find("x"));
  EXPECT_EQ(look(kDocument, {"a", "e"}), Found::kValue);
  EXPECT_EQ(value_.text(), "A");
  EXPECT_EQ(look(kDocument, {"l"}), Found::kValue);
  EXPECT_EQ(value_.text(), R"([1,{"q":"\n"}])");
  EXPECT_EQ(look(kDocument, {"a"}), Found::kValue);
  EXPECT_EQ(value_.text(), R"({"b":12,"c":1.5,"t":true,"n":null,"s":"x","e":"A"})");
  EXPECT_EQ(look(kDocument, {}), Found::kValue);
  EXPECT_EQ(value_.text(), kDocument);
}

TEST_F(JsonApplyTest, tells_a_missing_member_from_a_missing_object) {
  EXPECT_EQ(look(R"({"a":{}})", {"a", "b"}), Found::kMissing);
  EXPECT_EQ(look(R"({"a":1})", {"a", "b"}), Found::kNoObject);
  EXPECT_EQ(look(R"({"a":[{"b":1}]})", {"a", "b"}), Found::kNoObject);
  EXPECT_EQ(look(R"({"x":{"b":1}})", {"a", "b"}), Found::kNoObject);
  EXPECT_EQ(look(R"({"x":{"b":1}})", {"b"}), Found::kMissing);
  for (std::string_view none : {"", "  ", "[1]", "12", "null", "{", "{\"b\":1", "<html>", "{\"b\":1} x"})
    EXPECT_EQ(look(none, {"b"}), Found::kNoObject) << none;
}

TEST_F(JsonApplyTest, takes_the_first_of_members_with_one_name) {
  EXPECT_EQ(look(R"({"a":1,"a":2})", {"a"}), Found::kValue);
  EXPECT_TRUE(value_.same_as(Value::of(1)));
}

TEST_F(JsonApplyTest, refuses_what_is_too_large) {
  EXPECT_EQ(look("{\"a\":[\"" + std::string(100'000, 'x') + "\"]}", {"a"}), Found::kTooLarge);
  EXPECT_EQ(look("{\"a\":" + std::string(1'000'000, '['), {"a"}), Found::kTooLarge);
  EXPECT_EQ(look("{\"b\":\"\\n" + std::string(1'000'000, 'x') + "\"}", {"a"}), Found::kTooLarge);
  EXPECT_EQ(account_.used(), 0U);
}

TEST_F(JsonApplyTest, serves_expressions) {
  auto program = expr::compile("json:apply(info).job.runs + 1", {.names = {{"info"}}, .json = true});
  ASSERT_TRUE(program.has_value()) << program.error().message();
  const JsonApply json(account_);
  expr::Scratch scratch;
  scratch.set_json(&json);
  const Value slots[] = {Value::of(R"({"job":{"runs":41}})")};
  auto outcome = expr::evaluate(*program, slots, scratch);
  EXPECT_TRUE(outcome.value.same_as(Value::of(42)));
}

}  // namespace
}  // namespace holter::read
