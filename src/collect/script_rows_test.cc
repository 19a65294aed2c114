#include "collect/script_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/probe_harness.h"
#include "testing/replay_world.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

class ScriptRowsTest : public ::testing::Test {
 protected:
  Result<ScriptLayout> layout(std::string type, std::string charset = "") {
    auto block = testing::block_of({entry("parseType", type), entry("charset", charset)});
    return ScriptLayout::of({"linux", "memory", aliases_, block}, split_, split_ == ScriptSplit::kWhiteSpace);
  }
  /// The rows as "a|b|-;c|d|-": "-" is null, a number is "#12".
  std::string rows(std::string type, const ScriptOutput& output, std::string charset = "") {
    testing::ReplayAttempt attempt(world_, aliases_.size());
    outcome_ = read_script(attempt, layout(type, charset).value(), output, 12);
    return text_of(attempt.table());
  }
  std::string rows(std::string type, std::string_view out) { return rows(type, {.out = out, .exit_status = 0}); }
  std::string replayed(std::string type, std::string_view answer) {
    testing::ReplayAttempt attempt(world_, aliases_.size());
    outcome_ = replay_script(attempt, layout(type).value(), answer);
    return text_of(attempt.table());
  }
  static std::string text_of(const RawTable& table) {
    std::string text;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (row > 0) text += ';';
      for (std::size_t column = 0; column < table.columns(); ++column) {
        const auto& cell = table.at(row, column);
        if (column > 0) text += '|';
        if (cell.kind == RawTable::Kind::kNull) text += '-';
        if (cell.kind == RawTable::Kind::kDouble) text += fmt::format("#{}", cell.number);
        if (cell.kind == RawTable::Kind::kText) text += table.text(cell);
      }
    }
    return text;
  }

  testing::ReplayWorld world_;
  std::vector<std::string> aliases_{"a", "b", "c"};
  ScriptSplit split_ = ScriptSplit::kSpace;
  Outcome outcome_;
};

TEST_F(ScriptRowsTest, one_row_takes_a_line_for_each_alias) {
  EXPECT_EQ(rows("oneRow", "host-1\n  5.10 \n"), "host-1|5.10|-");
  EXPECT_EQ(rows("oneRow", "1\n\n3\n4\n"), "1||3");
  EXPECT_EQ(rows("onerow", "1\r\n2\r\n3"), "1|2|3");
  aliases_ = {"a", "RESPONSETIME", "b"};
  EXPECT_EQ(rows("oneRow", "1\n2\n"), "1|#12|2");
}

TEST_F(ScriptRowsTest, multi_row_of_ssh_splits_at_single_spaces) {
  EXPECT_EQ(rows("multiRow", "a b c\n1 2 3\n4  6\n7\n"), "1|2|3;4||6;7|-|-");
  EXPECT_EQ(rows("multiRow", "C junk A\n3 x 1\n"), "1|-|3");
  EXPECT_EQ(rows("multiRow", " a b\n 1 2  \n"), "1|2|-");
  EXPECT_EQ(rows("multiRow", "a b c\n"), "");
  EXPECT_EQ(outcome_.code, ResultCode::kSuccess);
  EXPECT_EQ(rows("multiRow", "a b\n\n1 2\n\n"), "1|2|-");
}

TEST_F(ScriptRowsTest, multi_row_of_script_splits_at_runs_of_white_space) {
  split_ = ScriptSplit::kWhiteSpace;
  EXPECT_EQ(rows("multiRow", "\n  a    b \t c\n\n 1  2\t3 \r\n\n40 50   60\n"), "1|2|3;40|50|60");
}

TEST_F(ScriptRowsTest, white_space_beyond_ascii_is_part_of_a_name) {
  aliases_ = {"free\u2002memory", "responseTime"};
  EXPECT_EQ(rows("multiRow", "name FREE\u2002memory\nx 7\n"), "7|#12");
}

TEST_F(ScriptRowsTest, the_last_of_two_columns_of_a_name_counts) {
  EXPECT_EQ(rows("multiRow", "a b a\n1 2 3\n"), "3|2|-");
}

TEST_F(ScriptRowsTest, refuses_a_table_without_any_of_the_columns) {
  rows("multiRow", "command not found\nx\n");
  EXPECT_EQ(outcome_.code, ResultCode::kFail);
  EXPECT_THAT(outcome_.message, HasSubstr("names none of the columns that are asked for: 'command not found'"));
  std::string wide = "a";
  for (int i = 0; i < 4096; ++i) wide += " x";
  rows("multiRow", wide);
  EXPECT_THAT(outcome_.message, HasSubstr("more than 4096 columns"));
}

TEST_F(ScriptRowsTest, netcat_reads_pairs) {
  EXPECT_EQ(rows("netcat", "a=1\nx\nb = 2\nc=3=4\n"), "1|2|-");
  EXPECT_EQ(rows("netcat", "a\t1\nb\t2\nc=3\n"), "1|2|-");
  EXPECT_EQ(rows("netcat", "a=1\n"), "");
  EXPECT_EQ(outcome_.code, ResultCode::kSuccess);
  rows("netcat", "a=1\na=2\n");
  EXPECT_EQ(outcome_.code, ResultCode::kFail);
  EXPECT_THAT(outcome_.message, HasSubstr("it has 'a' twice"));
}

TEST_F(ScriptRowsTest, log_is_a_row_for_each_line) {
  aliases_ = {"line", "responseTime"};
  EXPECT_EQ(rows("log", "first one\nsecond\n"), "first one|#12;second|#12");
  aliases_ = {"x", "y", "z", "u"};
  EXPECT_EQ(rows("log", "1\n2\n"), "");
}

TEST_F(ScriptRowsTest, decodes_the_charset) {
  EXPECT_EQ(rows("oneRow", {.out = "\xc4\xe3\xba\xc3\n", .exit_status = 0}, "GBK"), "\xe4\xbd\xa0\xe5\xa5\xbd|-|-");
  EXPECT_EQ(rows("oneRow", {.out = "\xEF\xBB\xBFx\n", .exit_status = 0}, "utf-8"), "x|-|-");
  EXPECT_THAT(layout("oneRow", "EBCDIC").error().message(), HasSubstr("cannot decode the charset 'EBCDIC'"));
  EXPECT_THAT(layout("json").error().message(), HasSubstr("cannot use the parseType 'json'"));
}

TEST_F(ScriptRowsTest, output_makes_status_and_errors_no_matter) {
  EXPECT_EQ(rows("oneRow", {.out = "1\n", .err = "warning", .exit_status = 3}), "1|-|-");
  EXPECT_EQ(outcome_.code, ResultCode::kSuccess);
}

TEST_F(ScriptRowsTest, no_output_is_a_success_only_for_one_row_that_has_nothing_to_say) {
  aliases_.emplace_back("responseTime");
  EXPECT_EQ(rows("oneRow", {.out = " \n", .err = "\n", .exit_status = 1}), "-|-|-|#12");
  EXPECT_EQ(outcome_.code, ResultCode::kSuccess);
  struct Case {
    std::string type;
    ScriptOutput output;
    std::string message;
  };
  for (const auto& [type, output, message] :
       {Case{"oneRow", {.out = "", .exit_status = 2}, "the command printed nothing and exited with status 2"},
        Case{"oneRow", {.out = ""}, "the command printed nothing"},
        Case{"oneRow", {.err = "no such file\n", .exit_status = 0}, "the command printed nothing: no such file"},
        Case{"multiRow", {.out = "", .exit_status = 0}, "the command printed nothing"},
        Case{"log",
             {.err = "x: not found", .exit_status = 127},
             "printed nothing and exited with status 127: x: not"}}) {
    EXPECT_EQ(rows(type, output), "") << type;
    EXPECT_EQ(outcome_.code, ResultCode::kFail) << type;
    EXPECT_THAT(outcome_.message, HasSubstr(message));
  }
}

TEST_F(ScriptRowsTest, reads_recorded_answers) {
  EXPECT_EQ(replayed("multiRow", "a b\n1 2\n"), "1|2|-");
  EXPECT_EQ(replayed("oneRow", "! 1\n"), "-|-|-");
  replayed("oneRow", "! 127\nsh: free: not found\n");
  EXPECT_THAT(outcome_.message, HasSubstr("printed nothing and exited with status 127: sh: free: not found"));
  replayed("oneRow", "! -\n");
  EXPECT_EQ(outcome_.code, ResultCode::kFail);
  EXPECT_EQ(replayed("oneRow", "! wait\n"), "! wait|-|-");
}

class ScriptNotesTest : public testing::ProbeTest {};

TEST_F(ScriptNotesTest, what_is_noted_reads_the_same_again) {
  auto block = testing::block_of({entry("parseType", "oneRow")});
  const std::vector<std::string> aliases{"a"};
  auto layout = ScriptLayout::of({"linux", "memory", aliases, block}, ScriptSplit::kSpace, false).value();
  for (auto output : {ScriptOutput{.out = "7\n", .err = "careful", .exit_status = 0},
                      ScriptOutput{.out = "\n", .err = "no\n", .exit_status = 3}, ScriptOutput{.exit_status = {}}}) {
    OneShot shot(services_, 1, account_);
    auto outcome = read_script(shot, layout, output, 5);
    OneShot again(services_, 1, account_);
    auto repeated = replay_script(again, layout, shot.trace().answer);
    EXPECT_EQ(repeated.code, outcome.code) << shot.trace().answer;
    EXPECT_EQ(repeated.message, outcome.message);
    EXPECT_EQ(again.table().rows(), shot.table().rows());
    if (!output.err.empty()) EXPECT_THAT(story(shot), HasSubstr("standard error: "));
  }
}

TEST_F(ScriptRowsTest, output_beyond_the_table_is_a_failure_that_says_so) {
  aliases_ = {"line"};
  std::string many(RawTable::kMaxCells * 2 + 2, '\n');
  for (std::size_t i = 0; i < many.size(); i += 2) many[i] = 'x';
  rows("log", many);
  EXPECT_EQ(outcome_.code, ResultCode::kFail);
  EXPECT_THAT(outcome_.message, HasSubstr("cannot keep the result: it has more than 1048576 cells"));
}

TEST_F(ScriptRowsTest, a_full_account_is_our_own_want) {
  std::string text(100'000, '\xe9');
  world_.account.set_limit(10'000);
  rows("log", {.out = text, .exit_status = 0}, "latin1");
  EXPECT_EQ(outcome_.code, ResultCode::kUnavailable);
  world_.account.set_limit(64 << 20);
}

}  // namespace
}  // namespace holter::collect
