#pragma once

#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "expr/evaluate.h"
#include "expr/explain.h"
#include "expr/fake_json.h"

// Lines of the form `expression ;; name=literal, ... ;; expected`, as in testdata/golden.txt and docs/expressions.md.
// Expected is a literal, `none: <reason>`, or `error: <part of the message>`. `[rule]` and `[definition]` on a line of
// their own switch the dialect; in rules a name has the type of its value, or what `name:type=` says.
namespace holter::expr::testing {

inline constexpr std::int64_t kNow = 1'700'000'000'000;

inline std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Splits at `separator` outside of quotes, and trims.
inline std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> out;
  char quote = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == quote)
        quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text.substr(i).starts_with(separator)) {
      out.push_back(trim(text.substr(begin, i - begin)));
      i += separator.size() - 1;
      begin = i + 1;
    }
  }
  out.push_back(trim(text.substr(begin)));
  return out;
}

/// A literal of the language as a value; the text of it lives in `keep`.
inline Value literal(std::string_view text, std::vector<Program>& keep) {
  if (text == "NaN") return Value::of(std::numeric_limits<double>::quiet_NaN());
  if (text == "Infinity") return Value::of(std::numeric_limits<double>::infinity());
  auto program = compile(text, {});
  if (!program) {
    ADD_FAILURE() << "no literal: " << text << ": " << program.error().message();
    return {};
  }
  keep.push_back(*program);
  Scratch scratch;
  auto value = evaluate(*program, {}, scratch).value;
  EXPECT_EQ(program->instructions(), 1u) << text;  // else its text would be in the scratch
  return value;
}

inline Type type_of(std::string_view name, const Value& value) {
  if (name == "number") return Type::kNumber;
  if (name == "text") return Type::kText;
  if (name == "boolean") return Type::kBoolean;
  if (name == "unknown") return Type::kUnknown;
  EXPECT_TRUE(name.empty()) << name;
  if (value.is_text()) return Type::kText;
  if (value.is_boolean()) return Type::kBoolean;
  return value.is_null() ? Type::kUnknown : Type::kNumber;
}

inline void check_line(std::string_view line, Dialect dialect, bool fold) {
  auto columns = split(line, ";;");
  ASSERT_EQ(columns.size(), 3u) << "columns are expression ;; inputs ;; expected";
  std::vector<Program> keep;
  Scope scope{.dialect = dialect, .json = true, .fold = fold};
  std::vector<Value> slots;
  for (auto input : columns[1].empty() ? std::vector<std::string_view>{} : split(columns[1], ",")) {
    auto at = input.find('=');
    ASSERT_NE(at, std::string_view::npos) << input;
    slots.push_back(literal(trim(input.substr(at + 1)), keep));
    auto name = input.substr(0, at);
    auto colon = dialect == Dialect::kRule ? name.find(':') : std::string_view::npos;
    auto type = colon == std::string_view::npos ? "" : name.substr(colon + 1);
    scope.names.push_back({name.substr(0, colon), type_of(type, slots.back())});
  }
  auto program = compile(columns[0], scope);
  auto expected = columns[2];
  if (expected.starts_with("error: ")) {
    ASSERT_FALSE(program.has_value()) << "it compiles";
    EXPECT_TRUE(program.error().message().starts_with("cannot compile expression ")) << program.error().message();
    EXPECT_NE(program.error().message().find(expected.substr(7)), std::string::npos) << program.error().message();
    return;
  }
  ASSERT_TRUE(program.has_value()) << program.error().message();
  FakeJson json;
  Scratch scratch;
  scratch.set_now(WallTime(milliseconds(kNow)));
  scratch.set_json(&json);
  auto outcome = evaluate(*program, slots, scratch);
  if (expected.starts_with("none: ")) {
    EXPECT_EQ(to_string(outcome.reason), expected.substr(6)) << explain(*program, slots, scratch).summary();
    return;
  }
  EXPECT_TRUE(outcome.ok()) << explain(*program, slots, scratch).summary();
  EXPECT_TRUE(outcome.value.same_as(literal(expected, keep)))
      << "got " << to_literal(outcome.value) << ", expected " << expected;
}

/// Checks all lines in `lines`; returns how many there were.
template <class Lines>
std::size_t check_lines(const Lines& lines, bool fold) {
  auto dialect = Dialect::kDefinition;
  std::size_t count = 0;
  for (std::string_view line : lines) {
    if (trim(line).empty() || line.starts_with('#')) continue;
    if (line == "[rule]" || line == "[definition]") {
      dialect = line == "[rule]" ? Dialect::kRule : Dialect::kDefinition;
      continue;
    }
    SCOPED_TRACE(line);
    check_line(line, dialect, fold);
    ++count;
  }
  return count;
}

inline std::vector<std::string> lines_of(const char* path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

}  // namespace holter::expr::testing
