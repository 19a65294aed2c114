#include "api/array_reader.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// All objects; the last is the error's message, where there is one.
std::vector<std::string> read(std::string_view text) {
  ArrayReader reader(text);
  std::vector<std::string> objects;
  for (;;) {
    auto object = reader.next();
    if (!object) {
      objects.push_back(object.error().message());
      EXPECT_FALSE(*reader.next());  // nothing comes behind an error
      return objects;
    }
    if (!*object) return objects;
    objects.emplace_back(**object);
  }
}

TEST(ArrayReader, takes_objects_one_by_one) {
  EXPECT_THAT(read("[]"), IsEmpty());
  EXPECT_THAT(read(" [ ] \n"), IsEmpty());
  EXPECT_THAT(read(R"([{"a": 1}])"), ElementsAre(R"({"a": 1})"));
  EXPECT_THAT(read("[{},\n {\"b\": {\"c\": []}} ]"), ElementsAre("{}", R"({"b": {"c": []}})"));
}

TEST(ArrayReader, braces_and_quotes_in_texts_end_nothing) {
  EXPECT_THAT(read(R"([{"a": "}"}, {"b": "\"}\\"}, {"{": "]"}])"),
              ElementsAre(R"({"a": "}"})", R"({"b": "\"}\\"})", R"({"{": "]"})"));
}

TEST(ArrayReader, what_is_no_array_of_objects_is_told_by_its_place) {
  EXPECT_THAT(read(""), ElementsAre(HasSubstr("an array of objects is needed at byte 0")));
  EXPECT_THAT(read("{}"), ElementsAre(HasSubstr("an array of objects")));
  EXPECT_THAT(read("[1]"), ElementsAre(HasSubstr("an object is needed at byte 1")));
  EXPECT_THAT(read("[{},]"), ElementsAre("{}", HasSubstr("an object is needed at byte 4")));
  EXPECT_THAT(read("[{} {}]"), ElementsAre("{}", HasSubstr("',' or ']' is needed at byte 4")));
  EXPECT_THAT(read("[{}"), ElementsAre("{}", HasSubstr("',' or ']'")));
  EXPECT_THAT(read("[{\"a\": {}"), ElementsAre(HasSubstr("an object")));
  EXPECT_THAT(read("[{\"a\\"), ElementsAre(HasSubstr("an object")));
  EXPECT_THAT(read("[{}] x"), ElementsAre("{}", HasSubstr("nothing more")));
}

}  // namespace
}  // namespace holter::api
