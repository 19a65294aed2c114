#include "read/exporter.h"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "read/exporter_line.h"
#include "read/test_json.h"

namespace holter::read {
namespace {

using testing::Lines;
using Rows = std::vector<std::string>;

/// Samples and comments as lines.
class Told final : public ExporterSink {
 public:
  Status sample(const ExporterSample& s) override {
    std::string line(s.name);
    for (const auto& l : s.labels) line += fmt::format(" {}={}", l.name, l.value);
    line += fmt::format(" -> {}", s.value);
    if (s.timestamp_ms) line += fmt::format(" @{}", *s.timestamp_ms);
    lines.push_back(line);
    return {};
  }
  Status meta(Meta kind, std::string_view family, std::string_view text) override {
    lines.push_back(fmt::format("#{} {} {}", static_cast<int>(kind), family, text));
    return {};
  }
  Rows lines;
};

Rows tell(std::string_view text, ExporterOptions options = {}) {
  memory::Account account("test", nullptr, 16 << 20);
  Told told;
  auto read = read_exporter(text, options, account, told);
  EXPECT_EQ(account.used(), 0U);
  if (!read) told.lines.push_back("error: " + read.error().message());
  return told.lines;
}
Rows rows(std::string_view text, std::string_view name, std::vector<std::string> aliases) {
  memory::Account account("test", nullptr, 16 << 20);
  Lines lines;
  auto read = read_exporter_rows(text, {.wanted = name}, aliases, account, lines);
  if (!read) lines.rows.push_back("error: " + read.error().message());
  return lines.rows;
}

TEST(Exporter, reads_names_labels_values_and_times) {
  EXPECT_EQ(tell("# HELP up Is it \\n up\n# TYPE up gauge\nup 1\nup{} 0\nup{a=\"b\"} 2.5 1700000000123\n"
                 "h_bucket{le=\"+Inf\",x = \"y\",} +Inf -5\nn:m NaN\n\nz -Inf"),
            (Rows{"#0 up Is it \\n up", "#1 up gauge", "up -> 1", "up -> 0", "up a=b -> 2.5 @1700000000123",
                  "h_bucket le=+Inf x=y -> inf @-5", "n:m -> nan", "z -> -inf"}));
}

TEST(Exporter, takes_escapes_from_label_values_only_where_there_are_any) {
  EXPECT_EQ(tell(R"(a{p="C:\\dir\"q\"\n\x",q="plain",r="\\"} 1)"), Rows{"a p=C:\\dir\"q\"\n\\x q=plain r=\\ -> 1"});
}

TEST(Exporter, takes_all_kinds_of_line_ends_and_blanks) {
  EXPECT_EQ(tell("a 1\r\nb 2\n\rc 3\n\n \t\n  d\t{x=\"y\"}\t4 \r\n\r\n"),
            (Rows{"a -> 1", "b -> 2", "c -> 3", "d x=y -> 4"}));
}

TEST(Exporter, lets_label_values_span_lines_in_lines_of_other_names_too) {
  const std::string text = "first 0\nother{x=\"1\nwanted 7\n\"} 1\nwanted{y=\"a\nb\"} 2\nbad line\nwanted 3\n";
  EXPECT_EQ(tell(text, {.wanted = "wanted"}), (Rows{"wanted y=a\nb -> 2", "wanted -> 3"}));
}

TEST(Exporter, unpacks_only_the_name_that_is_wanted) {
  EXPECT_EQ(tell("a_b 1\na 2\na{x=\"y\"} 3\nab 4\n# HELP a x\na\t5\n", {.wanted = "a"}),
            (Rows{"a -> 2", "a x=y -> 3", "a -> 5"}));
  memory::Account account("test", nullptr, 1 << 20);
  Told told;
  auto read = read_exporter("a 1\nb 2\n\nb 3\n", {.wanted = "b"}, account, told);
  EXPECT_EQ(read->samples, 3U);
  EXPECT_EQ(read->unpacked, 2U);
  EXPECT_EQ(read->lines, 4U);
}

TEST(Exporter, finds_an_answer_that_is_no_exporter_text) {
  EXPECT_EQ(rows("<!DOCTYPE html>\n<html>", "up", {"value"}),
            Rows{"error: cannot read the exporter text: line 1 (\"<!DOCTYPE html>\"): it is no line of an exporter"});
  EXPECT_EQ(rows("Not found\n", "up", {"value"}),
            Rows{"error: cannot read the exporter text: line 1 (\"Not found\"): the value \"found\" is no number"});
  EXPECT_EQ(rows("{\"status\":\"UP\"}", "up", {"value"}).front().substr(0, 35), "error: cannot read the exporter tex");
}

TEST(Exporter, tells_the_line_and_what_is_wrong) {
  for (const auto& [line, why] :
       std::initializer_list<std::pair<const char*, const char*>>{{"up", "the sample has no value"},
                                                                  {"up x", "the value \"x\" is no number"},
                                                                  {"up 1 x", "the timestamp \"x\" is no time"},
                                                                  {"up 1 2 3", "more follows after the timestamp"},
                                                                  {"up{a} 1", "expected '=' after the label \"a\""},
                                                                  {"up{a=b} 1", "expected '\"' after a="},
                                                                  {"up{=\"b\"} 1", "expected the name of a label"},
                                                                  {"up{a=\"b} 1", "a quoted text has no end"},
                                                                  {"up{a=\"b\"", "the labels have no end"},
                                                                  {"{} 1", "the metric has no name"},
                                                                  {"9up 1", "it is no line of an exporter"}}) {
    const auto got = tell(std::string("ok 1\n\n") + line).back();
    EXPECT_TRUE(got.starts_with("error: cannot read the exporter text: line 3 (\"") && got.contains(why)) << got;
  }
}

TEST(Exporter, reads_openmetrics_to_its_end) {
  const std::string text =
      "# TYPE a counter\n# UNIT a seconds\na_total{x=\"y\"} 17 1520879607.789 # {trace_id=\"K\"} 0.6 1.5\n"
      "b 1 # {t=\"\\\"\"} 2\n{\"my.metric\",\"l.x\"=\"v\"} 3\n";
  EXPECT_EQ(
      tell(text + "# EOF\n", {.openmetrics = true}),
      (Rows{"#1 a counter", "#2 a seconds", "a_total x=y -> 17 @1520879607789", "b -> 1", "my.metric l.x=v -> 3"}));
  EXPECT_EQ(tell(text, {.wanted = "none", .openmetrics = true}),
            Rows{"error: cannot read the exporter text: it ends after 5 lines without \"# EOF\""});
  EXPECT_TRUE(tell("a 1\n# EOF\nb 2\n", {.openmetrics = true}).back().contains("more follows after"));
}

TEST(Exporter, makes_rows_of_labels_and_the_value) {
  EXPECT_EQ(rows("q{queue=\"a\"} 3\nq{queue=\"b\",value=\"label\"} 1e9\nq NaN\nq{queue=\"c\"} +Inf\n", "q",
                 {"queue", "value", "metric_value", "responseTime"}),
            (Rows{"a|3.0|3.0|-", "b|label|1.0E9|-", "-|NaN|NaN|-", "c|Infinity|Infinity|-"}));
  EXPECT_EQ(rows("x 1\n", "q", {"value"}), Rows{});
}

TEST(Exporter, reads_values_as_go_writes_them) {
  EXPECT_EQ(parse_exporter_value("1e400"), HUGE_VAL);
  EXPECT_EQ(parse_exporter_value("-1e400"), -HUGE_VAL);
  EXPECT_EQ(parse_exporter_value("1e-400"), 0.0);
  EXPECT_EQ(parse_exporter_value("+3"), 3.0);
  EXPECT_EQ(parse_exporter_value(".5"), 0.5);
  EXPECT_EQ(parse_exporter_value("Infinity"), HUGE_VAL);
  for (const char* wrong : {"", "+", "-", "--1", "+-1", "1x", "0x10", "1,5", "infinit", "e5", "."})
    EXPECT_FALSE(parse_exporter_value(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace holter::read
