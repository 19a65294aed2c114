#include "expr/regex_pool.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "expr/program.h"

namespace holter::expr {
namespace {

TEST(RegexPool, holds_equal_expressions_of_many_programs_once) {
  RegexPool pool;
  const Scope scope{.names = {{"t"}}, .regexes = &pool};
  std::vector<Program> programs;
  for (int i = 0; i < 100; ++i)
    programs.push_back(compile("t =~ 'up|down' || t =~ 'x" + std::to_string(i % 2) + "'", scope).value());
  EXPECT_EQ(pool.size(), 3u);
  EXPECT_LT(programs[0].held_bytes(), 1024u);
  EXPECT_GE(pool.held_bytes(), 3 * kRegexBytes);
  EXPECT_LT(pool.held_bytes(), 4 * kRegexBytes);
  programs.clear();
  EXPECT_EQ(pool.size(), 0u);
}

TEST(RegexPool, refuses_more_than_its_limit_until_some_are_given_back) {
  RegexPool pool(2);
  const Scope scope{.names = {{"t"}}, .regexes = &pool};
  auto kept = compile("t =~ 'a'", scope).value();
  auto given_back = compile("t =~ 'b'", scope);
  auto refused = compile("t =~ 'c'", scope);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kTooLarge);
  EXPECT_TRUE(refused.error().message().ends_with(
      "column 6: \"c\" would be one more than 2 different regular expressions in all"));
  EXPECT_TRUE(compile("t =~ 'a'", scope).has_value());
  EXPECT_EQ(pool.refused(), 1u);
  given_back = kept;
  EXPECT_TRUE(compile("t =~ 'c'", scope).has_value());
}

TEST(RegexPool, serves_threads) {
  RegexPool pool;
  std::vector<std::jthread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&pool] {
      for (int i = 0; i < 100; ++i) {
        auto program = compile("t =~ 'a" + std::to_string(i % 5) + "'", {.names = {{"t"}}, .regexes = &pool});
        EXPECT_TRUE(program.has_value());
      }
    });
  threads.clear();
  EXPECT_EQ(pool.size(), 0u);
}

}  // namespace
}  // namespace holter::expr
