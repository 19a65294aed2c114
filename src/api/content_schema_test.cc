#include "api/content_schema.h"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include "api/fake_request.h"

namespace holter::api {
namespace {

namespace json = boost::json;

/// The problem that a value has under a schema, as "parameter: detail".
std::string fault(std::string_view schema, std::string_view value) {
  Schemas schemas;
  auto read = schemas.read(json::parse(schema).as_object(), {});
  EXPECT_TRUE(read) << read.error().message();
  auto problem = (*read)->check(json::parse(value));
  return problem ? problem->parameter + ": " + problem->detail : "";
}

TEST(ContentSchema, checks_types_words_and_limits) {
  EXPECT_EQ(fault(R"({"type": "string"})", R"("x")"), "");
  EXPECT_EQ(fault(R"({"type": "string"})", "1"), ": cannot use this value: string is needed");
  EXPECT_EQ(fault(R"({"type": ["string", "null"]})", "null"), "");
  EXPECT_EQ(fault(R"({"type": ["string", "null"]})", "[]"), ": cannot use this value: null or string is needed");
  EXPECT_EQ(fault(R"({"type": "number"})", "1"), "");
  EXPECT_EQ(fault(R"({"type": "integer"})", "1.5"), ": cannot use this value: integer is needed");
  EXPECT_EQ(fault(R"({"type": "string", "enum": ["a", "b"]})", R"("c")"), ": cannot use 'c': a, b is needed");
  EXPECT_EQ(fault(R"({"type": "integer", "minimum": 1, "maximum": 5})", "6"), ": cannot use 6: 1 to 5 is needed");
  EXPECT_EQ(fault(R"({"type": "string", "minLength": 1, "maxLength": 2})", R"("abc")"),
            ": cannot use a text of 3 bytes: 1 to 2 are needed");
  EXPECT_EQ(fault(R"({"type": "array", "maxItems": 1})", "[1, 2]"), ": cannot use 2 items: at most 1 are allowed");
}

TEST(ContentSchema, names_the_member_at_fault) {
  constexpr std::string_view kSchema = R"({"type": "object", "additionalProperties": false, "required": ["name"],
      "properties": {"name": {"type": "string"}, "list": {"type": "array", "items": {"type": "object",
      "additionalProperties": {"type": "boolean"}}}}})";
  EXPECT_EQ(fault(kSchema, R"({"name": "x"})"), "");
  EXPECT_EQ(fault(kSchema, R"({})"), "name: cannot do without 'name'");
  EXPECT_EQ(fault(kSchema, R"({"name": "x", "nane": 1})"), "nane: cannot use the key 'nane': did you mean 'name'?");
  EXPECT_EQ(fault(kSchema, R"({"name": "x", "list": [{}, {"a": true, "b": 1}]})"),
            "list[1].b: cannot use this value: boolean is needed");
}

TEST(ContentSchema, refuses_a_keyword_that_nothing_checks) {
  Schemas schemas;
  EXPECT_FALSE(schemas.read(json::parse(R"({"type": "string", "not": {}})").as_object(), {}));
  EXPECT_FALSE(schemas.read(json::parse(R"({"$ref": "#/components/schemas/Nothing"})").as_object(), {}));
}

TEST(ContentSchema, may_hold_itself_and_is_read_once) {
  auto named = json::parse(R"({"Tree": {"type": "object", "additionalProperties": false, "properties": {
      "name": {"type": "string"}, "trees": {"type": "array", "maxItems": 2, "items": {"$ref": "#/Tree"}}}},
      "Loop": {"$ref": "#/Loop"}})")
                   .as_object();
  Schemas schemas;
  auto tree = schemas.read(json::parse(R"({"$ref": "#/Tree"})").as_object(), named);
  ASSERT_TRUE(tree);
  auto fault_of = [&](std::string_view value) {
    auto problem = (*tree)->check(json::parse(value));
    return problem ? problem->parameter : "";
  };
  EXPECT_EQ(fault_of(R"({"name": "a", "trees": [{"name": "b", "trees": [{"name": "c"}]}]})"), "");
  EXPECT_EQ(fault_of(R"({"trees": [{}, {"trees": [{"name": 1}]}]})"), "trees[1].trees[0].name");
  EXPECT_EQ(fault_of(R"({"trees": [{"trees": [{}, {}, {}]}]})"), "trees[0].trees");
  auto before = schemas.bytes();
  EXPECT_EQ(*schemas.read(json::parse(R"({"$ref": "#/Tree"})").as_object(), named), *tree);
  EXPECT_EQ(schemas.bytes(), before);
  EXPECT_FALSE(schemas.read(json::parse(R"({"$ref": "#/Loop"})").as_object(), named));
}

TEST(ContentSchema, bounds_the_members_of_an_object) {
  constexpr std::string_view kSchema = R"({"type": "object", "maxProperties": 1})";
  EXPECT_EQ(fault(kSchema, R"({"a": 1})"), "");
  EXPECT_EQ(fault(kSchema, R"({"a": 1, "b": 2})"), ": cannot use 2 members: at most 1 are allowed");
}

TEST(ContentSchema, is_small) {
  EXPECT_LT(ContentSchemas::get().bytes(), 64U << 10);
  EXPECT_GT(ContentSchemas::get().bytes(), 1U << 10);
}

/// The file is what refuses, before any handler looks.
TEST(ContentSchema, of_the_file_is_what_requests_are_held_against) {
  Asker ask;
  for (const auto& route : routes()) {
    if (ContentSchemas::get().find(route) == nullptr) continue;
    std::string target(route.pattern);
    if (auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "0123456789abcdef");
    for (std::string_view segment : {"{name}", "{slug}"})
      if (auto at = target.find(segment); at != std::string::npos) target.replace(at, 6, "root");
    auto reply = ask.change(std::string(route.method), target, R"({"no such key": 1})");
    EXPECT_EQ(reply.status, 400U) << route.pattern << reply.body;
    EXPECT_TRUE(reply.body.contains(R"("parameter":"no such key")")) << route.pattern << reply.body;
  }
}

}  // namespace
}  // namespace holter::api
