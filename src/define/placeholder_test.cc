#include "define/placeholder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace holter::define {
namespace {

std::vector<std::string> names(std::string_view text) {
  std::vector<std::string> out;
  for (auto found = find_placeholder(text); found; found = find_placeholder(text, found->end)) {
    EXPECT_EQ(text.substr(found->begin, 3), "^_^");
    EXPECT_EQ(text.substr(found->end - 3, 3), "^_^");
    out.emplace_back(found->name);
  }
  return out;
}

using Names = std::vector<std::string>;

TEST(Placeholder, is_found_anywhere_in_a_text) {
  EXPECT_EQ(names("^_^host^_^"), Names{"host"});
  EXPECT_EQ(names("http://^_^host^_^:^_^port^_^/"), (Names{"host", "port"}));
  EXPECT_EQ(names("^_^a^_^^_^b^_^"), (Names{"a", "b"}));
}

TEST(Placeholder, has_a_name_of_letters_digits_and_three_marks) {
  EXPECT_EQ(names("^_^a.B-c_9^_^"), Names{"a.B-c_9"});
  EXPECT_EQ(names("^_^_^_^"), Names{"_"});
  for (const char* none : {"", "^_^", "^_^^_^", "^_^a b^_^", "^_^a$^_^", "^_^host", "host^_^", "^o^host^o^", "^_^ä^_^"})
    EXPECT_EQ(names(none), Names{}) << none;
}

TEST(Placeholder, may_begin_at_the_end_of_what_is_none) {
  EXPECT_EQ(names("^_^a b^_^host^_^"), Names{"host"});
  EXPECT_EQ(names("^_^^_^host^_^"), Names{"host"});
}

TEST(Placeholder, knows_when_it_is_the_whole_text) {
  EXPECT_EQ(whole_placeholder("^_^host^_^"), "host");
  for (const char* none : {"", "^_^host^_^ ", " ^_^host^_^", "^_^a^_^^_^b^_^", "^_^^_^host^_^", "host"})
    EXPECT_EQ(whole_placeholder(none), "") << none;
}

}  // namespace
}  // namespace holter::define
