#include "catalog/sealed_values.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<SealedValue> found(std::string_view json) {
  auto values = find_sealed_values(json);
  EXPECT_TRUE(values.has_value()) << values.error().message();
  return values.value_or(std::vector<SealedValue>());
}

TEST(SealedValues, are_members_of_objects_at_any_depth) {
  EXPECT_THAT(found(R"({"url":"x","token":"sealed:v1.ab.C-_","channels":[{"a":1,"password" : "sealed:v1.2.3"}]})"),
              ElementsAre(SealedValue{"token", "v1.ab.C-_"}, SealedValue{"password", "v1.2.3"}));
  EXPECT_THAT(found("{}"), IsEmpty());
  EXPECT_THAT(found(""), IsEmpty());
}

TEST(SealedValues, texts_that_only_speak_of_them_are_none) {
  EXPECT_THAT(found(R"({"a":"not sealed:v1","b":"x\",\"c\":\"sealed:v1.2","sealed:v1.2":"name","d":"\u0073ealed:x"})"),
              IsEmpty());
}

TEST(SealedValues, what_could_not_be_found_again_is_refused_without_its_value) {
  std::string many = "{";
  for (std::size_t i = 0; i <= kMostSealedValues; ++i)
    many += fmt::format("{}\"f{}\":\"sealed:v1.secret\"", i ? "," : "", i);
  std::string long_name = "{\"" + std::string(257, 'n') + "\":\"sealed:v1.secret\"}";
  for (const std::string& json : {std::string(R"(["sealed:v1.secret"])"), std::string(R"({"a":["sealed:v1.secret"]})"),
                                  std::string(R"({"a":"sealed:v1.secret\n"})"), std::string(R"({"a":"sealed:"})"),
                                  std::string(R"({"a\u0062":"sealed:v1.secret"})"),
                                  std::string(R"({"a":"sealed:v1.secret)"), many + "}", long_name}) {
    auto values = find_sealed_values(json);
    ASSERT_FALSE(values.has_value()) << json;
    EXPECT_EQ(values.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(values.error().message(), ::testing::Not(HasSubstr("secret"))) << json;
  }
}

TEST(SealedValues, one_is_replaced_and_the_rest_of_the_document_stays_byte_for_byte) {
  const std::string json = "{ \"a\" : \"sealed:v1.x\",\n\"b\":\"sealed:v1.x\", \"c\":\"v1.x\" }";
  EXPECT_EQ(replace_sealed_value(json, {"a", "v1.x"}, "v2.longer"),
            "{ \"a\" : \"sealed:v2.longer\",\n\"b\":\"sealed:v1.x\", \"c\":\"v1.x\" }");
  EXPECT_EQ(replace_sealed_value(json, {"c", "v1.x"}, "v2"), std::nullopt);
  EXPECT_EQ(replace_sealed_value(json, {"a", "v1.y"}, "v2"), std::nullopt);
  EXPECT_EQ(replace_sealed_value(R"({"a":"sealed:v1.x","n":{"a":"sealed:v1.x"}})", {"a", "v1.x"}, "v2"),
            R"({"a":"sealed:v2","n":{"a":"sealed:v2"}})");
}

}  // namespace
}  // namespace holter::catalog
