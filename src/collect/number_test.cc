#include "collect/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::collect {
namespace {

/// Lines of a table that are no comments, with their cells.
std::vector<std::pair<std::string, std::vector<std::string>>> rows_of(const char* path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> cells;
    std::istringstream in(line + '\t');
    for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
    out.emplace_back(line, std::move(cells));
  }
  return out;
}

// testdata/numbers.tsv: input, rounded value ("null": none), unit.
TEST(Number, agrees_with_the_golden_vectors) {
  std::size_t lines = 0;
  for (auto [line, cells] : rows_of("src/collect/testdata/numbers.tsv")) {
    ++lines;
    cells.resize(3);
    auto got = recognise_number(cells[0]);
    if (cells[1] == "null") {
      EXPECT_FALSE(got.has_value()) << line;
      continue;
    }
    ASSERT_TRUE(got.has_value()) << line;
    EXPECT_EQ(round_field(got->value), std::stod(cells[1])) << line;
    EXPECT_EQ(got->unit, cells[2]) << line;
  }
  EXPECT_GE(lines, 25u);
}

// testdata/rounding.tsv: value, unit, unit wanted ("" for both: no conversion), what is kept.
TEST(Number, is_converted_and_rounded_as_the_decimal_it_is) {
  std::size_t lines = 0;
  for (const auto& [line, cells] : rows_of("src/collect/testdata/rounding.tsv")) {
    ++lines;
    ASSERT_EQ(cells.size(), 4u) << line;
    auto change = cells[1].empty() ? Conversion{} : conversion(cells[1], cells[2]).value();
    double value = std::stod(cells[0]);
    EXPECT_EQ(round_field(value, change), std::stod(cells[3])) << line;
    EXPECT_EQ(round_field(-value, change), -std::stod(cells[3])) << line;
  }
  EXPECT_GE(lines, 25u);
}

TEST(Number, converts_units_of_one_family_only) {
  EXPECT_EQ(conversion("Mb", "MB"), Conversion(1 << 20, 1 << 20));
  EXPECT_EQ(conversion("Ki", "Mi"), Conversion(1 << 10, 1 << 20));
  EXPECT_EQ(conversion("NS", "s"), Conversion(1, 1'000'000'000));
  EXPECT_EQ(conversion("S", "MB"), std::nullopt);
  EXPECT_EQ(conversion("TB", "GB"), std::nullopt);
  EXPECT_EQ(conversion("", ""), std::nullopt);
}

/// Half-up to four decimals by the digits of the shortest text, another way.
double round_text(double value) {
  std::array<char, 400> buffer{};
  auto* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
  std::string text(buffer.data(), end);
  auto point = text.find('.');
  if (point == std::string::npos || text.size() <= point + 5) return value;
  bool up = text[point + 5] >= '5';
  text.resize(point + 5);
  for (auto at = text.size(); up && at-- > 0;) {
    if (text[at] == '.') continue;
    up = text[at] == '9';
    text[at] = up ? '0' : static_cast<char>(text[at] + 1);
  }
  return std::stod(up ? "1" + text : text);
}

TEST(Number, rounds_thousands_of_values_as_their_digits_say) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> digits(0, 99'999'999'999'999'999);
  std::uniform_int_distribution<int> shift(0, 18);
  for (int i = 0; i < 200'000; ++i) {
    double value = static_cast<double>(digits(random)) / std::pow(10, shift(random));
    ASSERT_EQ(round_field(value), round_text(value)) << fmt::format("{}", value);
    double half = std::floor(value) / 1e5 + 0.00005;  // ends in a half more often
    ASSERT_EQ(round_field(half), round_text(half)) << fmt::format("{}", half);
  }
}

TEST(Number, is_nothing_when_it_is_not_finite) {
  EXPECT_TRUE(std::isnan(round_field(INFINITY)));
  EXPECT_TRUE(std::isnan(round_field(NAN)));
  EXPECT_TRUE(std::isnan(round_field(1e308, conversion("GB", "B").value())));
  EXPECT_FALSE(std::signbit(round_field(-0.00001)));
}

TEST(Number, is_a_time_of_day_of_24_hours) {
  EXPECT_EQ(seconds_of_day("00:00"), 0);
  EXPECT_EQ(seconds_of_day("23:59"), 86'340);
  EXPECT_EQ(seconds_of_day("00:00:10"), 10);
  EXPECT_EQ(seconds_of_day("01:02:03.999999"), 3723);
  for (auto wrong : {"", "1:02", "24:00", "12:60", "12:00:60", "12:00:", "12:00:1", "12:00:10.", "12:00:10.x", "-1:00",
                     "12:0a", "12:00 ", "12:00:00.1234567890", "838:59:59", "12-00", "+1:00", "12:00:00,5"})
    EXPECT_EQ(seconds_of_day(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace holter::collect
