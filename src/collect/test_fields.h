#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "collect/layout.h"
#include "expr/test_table.h"

// Lines of the form `field type [unit] ;; rule; rule ;; alias=literal, ... ;; kept`, as in testdata/fields.txt and
// docs/definitions.md: a field, its calculations and unit rules, a raw row, and what is kept (a literal, null).
// And `condition ;; field=literal, ... ;; stays` (or `goes`), for filters.
namespace holter::collect::testing {

namespace table = holter::expr::testing;

/// A raw row as a table, with its aliases.
struct RawRow {
  std::vector<std::string> aliases;
  std::vector<expr::Value> values;
  std::vector<expr::Program> keep;  ///< texts of the values
  RawTable raw;

  explicit RawRow(std::string_view text) {
    for (auto cell : text.empty() ? std::vector<std::string_view>{} : table::split(text, ",")) {
      auto at = cell.find('=');
      if (at == std::string_view::npos) {
        ADD_FAILURE() << "no alias=literal: " << cell;
        continue;
      }
      aliases.emplace_back(table::trim(cell.substr(0, at)));
      values.push_back(table::literal(table::trim(cell.substr(at + 1)), keep));
    }
    raw.reset(values.size());
    EXPECT_TRUE(values.empty() || raw.add_row());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& value = values[i];
      if (value.is_integer()) raw.set(i, value.integer());
      if (value.is_double()) raw.set(i, value.number());
      if (value.is_text()) EXPECT_TRUE(raw.set(i, value.text()));
    }
  }
};

/// The set of one field that the first two columns of a line tell.
struct FieldLine {
  model::SetDef set{.name = "s"};
  std::vector<model::Calculate> calculates;
  std::vector<model::UnitRule> units;

  FieldLine(std::string_view field, std::string_view rules, const RawRow& row) {
    auto words = table::split(field, " ");
    EXPECT_GE(words.size(), 2u) << field;
    words.resize(3);
    auto type = words[1] == "number"   ? model::FieldType::kNumber
                : words[1] == "time"   ? model::FieldType::kTime
                : words[1] == "secret" ? model::FieldType::kSecret
                                       : model::FieldType::kString;
    EXPECT_TRUE(type != model::FieldType::kString || words[1] == "text") << field;
    set.fields.push_back({.field = std::string(words[0]), .type = type, .unit = std::string(words[2])});
    for (auto rule : table::split(rules, ";")) add(rule, row);
  }

 private:
  void add(std::string_view rule, const RawRow& row) {
    if (rule.empty()) return;
    auto at = rule.find('=');
    ASSERT_NE(at, std::string_view::npos) << rule;
    std::string left(table::trim(rule.substr(0, at)));
    auto right = table::trim(rule.substr(at + 1));
    auto arrow = right.find("->");
    if (arrow == std::string_view::npos || std::ranges::find(row.aliases, right) != row.aliases.end())
      calculates.push_back({left, std::string(right)});
    else
      units.push_back({left, std::string(right.substr(0, arrow)), std::string(right.substr(arrow + 2))});
  }
};

inline void check_field(std::string_view line) {
  auto columns = table::split(line, ";;");
  ASSERT_EQ(columns.size(), 4u) << "columns are field ;; rules ;; raw ;; kept";
  RawRow row(columns[2]);
  FieldLine field(columns[0], columns[1], row);
  auto layout = Layout::make(field.set, row.aliases, field.calculates, field.units).value();
  memory::Account account("scratch", nullptr, 1 << 20);
  Layout::Scratch scratch(account);
  ASSERT_TRUE(scratch.prepare(layout, WallTime(milliseconds(table::kNow))));
  std::vector<expr::Program> keep;
  auto expected = table::literal(columns[3], keep);
  auto told = layout.explain(row.raw, 0, 0, scratch);  // first: what it leaves behind must not matter
  auto got = layout.value(row.raw, 0, 0, scratch);
  EXPECT_EQ(got.is_null, expected.is_null());
  EXPECT_EQ(told.result == "(none)", got.is_null) << told.result;
  EXPECT_EQ(told.why.empty(), !got.is_null) << told.why;
  if (got.is_null || expected.is_null()) return;
  if (layout.fields()[0].number)
    EXPECT_EQ(got.number, expected.as_double());
  else
    EXPECT_EQ(got.text, expected.text());
}

inline void check_filter(std::string_view line) {
  auto columns = table::split(line, ";;");
  ASSERT_EQ(columns.size(), 3u) << "columns are condition ;; row ;; stays";
  RawRow row(columns[1]);
  model::SetDef set{.name = "s"};
  for (std::size_t i = 0; i < row.aliases.size(); ++i)
    set.fields.push_back({.field = row.aliases[i],
                          .type = row.values[i].is_text() ? model::FieldType::kString : model::FieldType::kNumber});
  auto layout = Layout::make(set, row.aliases, {}, {}, {std::string(columns[0])}).value();
  memory::Account account("scratch", nullptr, 1 << 20);
  Layout::Scratch scratch(account);
  ASSERT_TRUE(scratch.prepare(layout, WallTime(milliseconds(table::kNow))));
  ASSERT_TRUE(columns[2] == "stays" || columns[2] == "goes") << columns[2];
  EXPECT_EQ(layout.keeps(row.raw, 0, scratch), columns[2] == "stays");
}

/// Calls `check` for each line that is no comment; returns how many there were.
inline std::size_t check_lines(const std::vector<std::string>& lines, void (*check)(std::string_view)) {
  std::size_t count = 0;
  for (std::string_view line : lines) {
    if (table::trim(line).empty() || line.starts_with('#')) continue;
    SCOPED_TRACE(line);
    check(line);
    ++count;
  }
  return count;
}

}  // namespace holter::collect::testing
