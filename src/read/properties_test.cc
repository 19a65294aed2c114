#include "read/properties.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "read/test_json.h"

namespace holter::read {
namespace {

using testing::Lines;
using Rows = std::vector<std::string>;

class Told final : public PropertySink {
 public:
  Status property(std::string_view key, std::string_view value) override {
    lines.push_back(fmt::format("{}={}", key, value));
    return {};
  }
  Rows lines;
};

Rows tell(std::string_view text) {
  memory::Account account("test", nullptr, 64 << 20);
  Told told;
  auto status = read_properties(text, account, told);
  if (!status) told.lines.push_back("error: " + status.error().message());
  EXPECT_EQ(account.used(), 0U);
  return told.lines;
}
Rows rows(std::string_view script, std::vector<std::string> aliases, std::string_view text) {
  memory::Account account("test", nullptr, 64 << 20);
  Lines lines;
  auto status = PropertyRows(script, std::move(aliases)).read(text, account, lines);
  if (!status) lines.rows.push_back("error: " + status.error().message());
  EXPECT_EQ(account.used(), 0U);
  return lines.rows;
}

TEST(Properties, takes_all_separators) {
  EXPECT_EQ(tell("a=1\nb:2\nc 3\nd = 4\r\n  e\t:\t5\rf\ng=\n=h\ni==j\nk   l m "),
            (Rows{"a=1", "b=2", "c=3", "d=4", "e=5", "f=", "g=", "=h", "i==j", "k=l m "}));
}

TEST(Properties, passes_over_comments_and_blank_lines) {
  EXPECT_EQ(tell("# x=1\n  ! y=2 \\\n\n\t\na#b=c#d"), Rows{"a#b=c#d"});
}

TEST(Properties, joins_continued_lines_and_decodes_escapes) {
  EXPECT_EQ(
      tell(
          "a=1,\\\n   2,\\\r\n\t3\nk\\ e\\=y\\:=v\\t\\n\\\\\\z\nu=\\u00e9\\ud83d\\ude00\\ud83d!\nlong\\\n key=x\ne=\\"),
      (Rows{"a=1,2,3", "k e=y:=v\t\n\\z", "u=\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD!", "longkey=x", "e="}));
  EXPECT_EQ(tell("a=1\nb=\\u12x4"),
            (Rows{"a=1", "error: cannot read the properties: line 2: \\u12x4 is not \\u and four hexadecimal digits"}));
}

TEST(Properties, make_one_row_by_full_keys) {
  EXPECT_EQ(rows("", {"table.Network.eth0.Dns[0]", "b", "keyword"}, "table.Network.eth0.Dns[0]=8.8.8.8\nb=1\nb=2\n"),
            Rows{"8.8.8.8|2|-"});
  EXPECT_EQ(rows("", {"c"}, "a=1"), Rows{});
  EXPECT_EQ(rows("", {"a", "a"}, "a=1"), Rows{"1|1"});
}

TEST(Properties, make_a_row_for_each_number_of_a_script) {
  EXPECT_EQ(rows("users", {"Name", "Id"},
                 "users[10].Name=j\nusers[2].Id=7\nusers[2].Name=b\nusersx[1].Id=0\nusers[x].Id=0\nusers[3].Other=1\n"
                 "users[2].Id=8\n"),
            (Rows{"b|8", "-|-", "j|-"}));
}

TEST(Properties, refuse_an_empty_answer_and_what_is_too_large) {
  EXPECT_EQ(rows("", {"a"}, " \n"), Rows{"error: cannot read the properties: the answer is empty"});
  EXPECT_EQ(tell("a=" + std::string(10 << 20, 'x')),
            Rows{"error: cannot read the properties: the entry at line 1 is longer than 1.00 MiB"});
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += fmt::format("u[{}].a=1\n", i);
  EXPECT_EQ(rows("u", {"a"}, many).back(), "error: cannot read the properties: they have more than 10000 rows");
}

}  // namespace
}  // namespace holter::read
