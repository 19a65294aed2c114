#include "collect/number.h"

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace holter::collect {
namespace {

// testdata/numbers.tsv holds the golden vectors: input, rounded value ("null": none), unit.
TEST(Number, agrees_with_the_golden_vectors) {
  std::ifstream file("src/collect/testdata/numbers.tsv");
  ASSERT_TRUE(file.good());
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    ++lines;
    std::istringstream in(line);
    std::string input;
    std::string value;
    std::string unit;
    std::getline(in, input, '\t');
    std::getline(in, value, '\t');
    std::getline(in, unit, '\t');
    auto got = recognise_number(input);
    if (value == "null") {
      EXPECT_FALSE(got.has_value()) << line;
      continue;
    }
    ASSERT_TRUE(got.has_value()) << line;
    EXPECT_EQ(round_field(got->value), std::stod(value)) << line;
    EXPECT_EQ(got->unit, unit) << line;
  }
  EXPECT_GE(lines, 25u);
}

TEST(Number, converts_units_of_one_family_only) {
  EXPECT_EQ(round_field(123456789 * unit_factor("B", "MB").value()), 117.7376);
  EXPECT_EQ(unit_factor("Mb", "MB"), 1.0);
  EXPECT_EQ(unit_factor("Ki", "Mi"), 1.0 / 1024);
  EXPECT_EQ(unit_factor("NS", "S"), 1e-9);
  EXPECT_EQ(unit_factor("S", "MB"), std::nullopt);
  EXPECT_EQ(unit_factor("TB", "GB"), std::nullopt);
}

TEST(Number, rounds_half_up_and_refuses_what_is_not_finite) {
  EXPECT_EQ(round_field(0.00005), 0.0001);
  EXPECT_EQ(round_field(-0.00005), -0.0001);
  EXPECT_EQ(round_field(29.535864), 29.5359);
  EXPECT_EQ(round_field(9007199254740992.0), 9007199254740992.0);
  EXPECT_TRUE(std::isnan(round_field(INFINITY)));
  EXPECT_TRUE(std::isnan(round_field(NAN)));
}

}  // namespace
}  // namespace holter::collect
