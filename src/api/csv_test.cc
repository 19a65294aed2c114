#include "api/csv.h"

#include <random>

#include <gtest/gtest.h>

namespace holter::api {
namespace {

std::vector<std::vector<std::string>> rows(std::string_view text) {
  CsvReader reader(text);
  std::vector<std::vector<std::string>> out;
  for (;;) {
    auto row = reader.next();
    if (!row) {
      out.push_back({row.error().message()});
      return out;
    }
    if (!*row) return out;
    out.push_back(**row);
  }
}

TEST(Csv, is_read_as_it_is_meant) {
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(rows("a,b\r\n1,\"x,\"\"y\"\"\nz\"\r\n"), (Rows{{"a", "b"}, {"1", "x,\"y\"\nz"}}));
  EXPECT_EQ(rows("a\n\n\nb"), (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(rows("a,\n,"), (Rows{{"a", ""}, {"", ""}}));
  EXPECT_EQ(rows(""), Rows{});
}

TEST(Csv, that_is_none_is_told_by_line) {
  EXPECT_EQ(rows("a\n\"b").back().front(), "cannot read the CSV: line 2: a quote is not closed");
  EXPECT_EQ(rows("a\"b").back().front(), "cannot read the CSV: line 1: a quote stands within a cell");
  EXPECT_EQ(rows("\"a\"b").back().front(), "cannot read the CSV: line 1: something stands behind a closing quote");
  EXPECT_EQ(rows("\"a\"\r").back().front(), "cannot read the CSV: line 1: something stands behind a closing quote");
  EXPECT_TRUE(rows(std::string(1000, ',')).back().front().contains("more than 300 cells"));
}

TEST(Csv, whatever_is_written_is_read_back) {
  std::mt19937 random(7);  // NOLINT: the same each time
  memory::Budget budget(1 << 20);
  constexpr std::string_view kLetters = "ab,\"\r\n'=+-@\t ;";
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::string> cells(1 + random() % 4);
    for (auto& cell : cells)
      for (auto n = random() % 6; n > 0; --n) cell += kLetters[random() % kLetters.size()];
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    Body body(budget.account("test"));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) body.append(",");
      write_cell(body, cells[i]);
    }
    body.append("\r\n");
    EXPECT_EQ(rows(body.text()), (std::vector<std::vector<std::string>>{cells})) << body.text();
  }
}

}  // namespace
}  // namespace holter::api
