#include "expr/test_table.h"

namespace holter::expr {
namespace {

using testing::check_lines;
using testing::lines_of;

TEST(Expr, agrees_with_the_golden_vectors) {
  EXPECT_GE(check_lines(lines_of("src/expr/testdata/golden.txt"), true), 230u);
}

TEST(Expr, agrees_with_the_golden_vectors_without_folding) {
  EXPECT_GE(check_lines(lines_of("src/expr/testdata/golden.txt"), false), 230u);
}

/// The lines of all ```expr blocks.
std::vector<std::string> examples_of(const char* path) {
  std::vector<std::string> out;
  bool inside = false;
  for (auto& line : lines_of(path)) {
    if (line.starts_with("```"))
      inside = line == "```expr";
    else if (inside)
      out.push_back(line);
  }
  return out;
}

TEST(Expr, does_what_the_page_says) {
  EXPECT_GE(check_lines(examples_of("docs/expressions.md"), true), 40u);
}

}  // namespace
}  // namespace holter::expr
