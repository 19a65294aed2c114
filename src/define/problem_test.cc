#include "define/problem.h"

#include <gtest/gtest.h>

namespace holter::define {
namespace {

using Severity = Problem::Severity;

TEST(Problem, reads_like_a_compiler_message) {
  EXPECT_EQ(to_string({Severity::kError, "a.yml", 7, 5, "monitors[0].app", "cannot x"}),
            "a.yml:7:5: error: monitors[0].app: cannot x");
  EXPECT_EQ(to_string({Severity::kWarning, "a.yml", 0, 0, "", "cannot x"}), "a.yml: warning: cannot x");
  EXPECT_EQ(to_string({Severity::kError, "", 0, 0, "host", "cannot x"}), "error: host: cannot x");
}

TEST(Problems, counts_all_and_keeps_a_bounded_number) {
  Problems problems;
  for (int i = 0; i < 250; ++i) problems.add({Severity::kError, "", i, 0, "", ""});
  EXPECT_EQ(problems.errors, 250U);
  EXPECT_EQ(problems.list.size(), Problems::kMost);
  EXPECT_EQ(problems.list.front().line, 0);
}

TEST(Problems, never_hide_an_error_behind_warnings) {
  Problems problems;
  for (int i = 0; i < 250; ++i) problems.add({Severity::kWarning, "", i, 0, "", ""});
  EXPECT_TRUE(problems.ok());
  problems.add({Severity::kError, "", 1000, 0, "", ""});
  EXPECT_FALSE(problems.ok());
  EXPECT_EQ(problems.list.size(), Problems::kMost);
  EXPECT_EQ(problems.list.back().line, 1000);
  EXPECT_EQ(problems.list.front().line, 0);
  EXPECT_EQ(problems.warnings, 250U);
}

}  // namespace
}  // namespace holter::define
