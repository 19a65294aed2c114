#include "read/csv_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::read {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Telling final : public RowSink {
 public:
  explicit Telling(std::size_t most = 1000) : most_(most) {}
  bool begin_row() override {
    if (rows.size() == most_) return false;
    rows.emplace_back();
    return true;
  }
  bool cell(std::size_t, std::optional<std::string_view> text) override {
    rows.back() += (rows.back().empty() ? "" : "|") + std::string(text.value_or("-"));
    return true;
  }
  std::vector<std::string> rows;

 private:
  const std::size_t most_;
};

class CsvRowsTest : public ::testing::Test {
 protected:
  std::vector<std::string> rows_of(std::string_view text, std::vector<std::string> aliases = {"a", "b"}) {
    Telling told;
    auto status = CsvRows::make(separator_, std::move(aliases))->read(text, account_, told);
    if (!status) return {status.error().message()};
    EXPECT_EQ(account_.used(), 0);
    return told.rows;
  }
  memory::Account account_{"test", nullptr, 16 << 20};
  std::string separator_;
};

TEST_F(CsvRowsTest, takes_columns_by_their_names) {
  EXPECT_THAT(rows_of("b,x,a\n1,2,3\n4,5,6"), ElementsAre("3|1", "6|4"));
  EXPECT_THAT(rows_of("# a,b,\r\n1,2,\r\n\r\n3,4,\r\n"), ElementsAre("1|2", "3|4"));
  EXPECT_THAT(rows_of("\xEF\xBB\xBF"
                      "a,b\n1,2\n"),
              ElementsAre("1|2"));
  EXPECT_THAT(rows_of("a,a\n1,2\n"), ElementsAre("1|-"));
}

TEST_F(CsvRowsTest, has_nothing_for_empty_and_missing_fields) {
  EXPECT_THAT(rows_of("a,b\n,2\n1\n"), ElementsAre("-|2", "1|-"));
  EXPECT_THAT(rows_of("a,b\n"), ElementsAre());
}

TEST_F(CsvRowsTest, reads_quotes) {
  EXPECT_THAT(rows_of("\"a\",\"b\"\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",\"\"\n"),
              ElementsAre("x, y|say \"hi\"", "two\nlines|-"));
}

TEST_F(CsvRowsTest, takes_another_separator) {
  separator_ = ";";
  EXPECT_THAT(rows_of("a;b\n1,5;2\n"), ElementsAre("1,5|2"));
  separator_ = "\\t";
  EXPECT_THAT(rows_of("a\tb\n1\t2\n"), ElementsAre("1|2"));
  EXPECT_FALSE(CsvRows::make("\"", {}));
  EXPECT_THAT(CsvRows::make(";;", {}).error().message(), HasSubstr("cannot use the CSV separator ';;'"));
}

TEST_F(CsvRowsTest, refuses_what_is_none) {
  EXPECT_THAT(rows_of("")[0], HasSubstr("it is empty"));
  EXPECT_THAT(rows_of("<html>\n1,2\n")[0], HasSubstr("none of the columns asked for is named by its first line, which "
                                                     "begins '<html>'"));
  EXPECT_THAT(rows_of("a,b\n1,2\n3,\"4\n5,6\n")[0], HasSubstr("a quote in the record at line 3 does not end"));
  EXPECT_THAT(rows_of("a,b\n" + std::string(2 << 20, 'x'))[0], HasSubstr("longer than 1.00 MiB"));
  EXPECT_THAT(rows_of(std::string(10'000, ','))[0], HasSubstr("more than 4096 columns"));
}

TEST_F(CsvRowsTest, makes_utf_8_of_stray_bytes) {
  EXPECT_THAT(rows_of("a,b\n\xff,2\n"), ElementsAre("\xEF\xBF\xBD|2"));
}

TEST_F(CsvRowsTest, ends_when_there_is_no_room) {
  Telling one(1);
  EXPECT_EQ(CsvRows::make("", {"a"})->read("a\n1\n2\n", account_, one).error().code(), ErrorCode::kResourceExhausted);
  account_.set_limit(1000);
  Telling told;
  EXPECT_EQ(CsvRows::make("", {"a"})->read("a\n" + std::string(5000, '1'), account_, told).error().code(),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(account_.used(), 0);
}

}  // namespace
}  // namespace holter::read
