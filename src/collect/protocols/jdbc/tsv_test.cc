#include "collect/protocols/jdbc/tsv.h"

#include <gmock/gmock.h>

namespace holter::collect::jdbc {
namespace {

using ::testing::HasSubstr;

std::string round_trip(std::string_view text) {
  std::string out;
  auto read = read_lines(text, [&](std::span<const Cell> cells) -> Result<bool> {
    append_line(cells, out);
    return true;
  });
  return read ? out : read.error().message();
}

TEST(JdbcLines, keep_every_text_and_tell_null_from_its_letter) {
  std::string_view all("a\\tb\t\\N\tN\t\n\\\\N\t\\n\\r\\0\t\tx\n");
  EXPECT_EQ(round_trip(all), all);
  EXPECT_EQ(round_trip("a\nb"), "a\nb\n");
  EXPECT_EQ(round_trip(""), "");
}

TEST(JdbcLines, say_what_is_wrong_with_them) {
  EXPECT_THAT(round_trip("a\tb\nc\n"), HasSubstr("cannot read line 2: it has 1 cells, the first has 2"));
  EXPECT_THAT(round_trip("a\\\n"), HasSubstr("cannot read line 1: it ends in a backslash"));
  EXPECT_THAT(round_trip(std::string(5000, '\t')), HasSubstr("more than 4096 cells"));
}

}  // namespace
}  // namespace holter::collect::jdbc
