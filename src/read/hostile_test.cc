// Answers meant to hurt: each ends with a result or a clear error, in memory that is bounded and given back. What would
// take time that grows with the square of the input takes minutes here, and the test ends with its time limit.
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "read/exporter.h"
#include "read/exporter_catalog.h"
#include "read/json_rows.h"
#include "read/promql_rows.h"
#include "read/properties.h"
#include "read/test_json.h"
#include "read/xml_rows.h"

namespace holter::read {
namespace {

using testing::Lines;
using namespace std::string_view_literals;

constexpr std::size_t kMillion = 1'000'000;
constexpr std::size_t kTenMiB = 10 << 20;

std::string repeat(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

/// A reader by name: what it made of an answer, "ok" or the message.
struct Reader {
  const char* name;
  std::function<Status(std::string_view, memory::Account&, RowSink&)> read;
};

std::vector<Reader> all_readers() {
  std::vector<Reader> out;
  for (const char* script : {"$", "$.a[*]", "$..a", "$.*.*", "$.a[?(@.b == 'x' || @.c =~ /y.*/)]", "$.a[-1]",
                             "$..*.length()", "$.a[?(@.b == $.c)]"})
    out.push_back({script, [rows = JsonRows::by_path(script, {"a", "$.b.c", "$..d"}).value()](
                               auto text, auto& account, auto& sink) { return rows.read(text, account, sink); }});
  out.push_back({"default", [](auto text, auto& account, auto& sink) {
                   return JsonRows::top_level({"a", "b"}).read(text, account, sink);
                 }});
  out.push_back({"PromQL", [](auto text, auto& account, auto& sink) {
                   return PromqlRows({"a", "value"}).read(text, account, sink);
                 }});
  for (const char* wanted : {"a", ""})
    out.push_back({"exporter", [wanted](auto text, auto& account, auto& sink) {
                     const std::string aliases[] = {"value", "b"};
                     auto read = read_exporter_rows(text, {.wanted = wanted}, aliases, account, sink);
                     return read ? Status() : Status(read.error());
                   }});
  out.push_back(
      {"catalog", [](auto text, auto& account, auto&) { return ExporterCatalog(text, false, account).discover(); }});
  out.push_back({"xml", [](auto text, auto& account, auto& sink) {
                   auto read = XmlRows::compile("//a//a", {"b", "@c"})->read(text, account, sink);
                   return read ? Status() : Status(read.error());
                 }});
  for (const char* script : {"", "users"})
    out.push_back({"properties", [script](auto text, auto& account, auto& sink) {
                     return PropertyRows(script, {"a", "b"}).read(text, account, sink);
                   }});
  return out;
}

/// Feeds `text` to all readers: bounded, given back, and errors say "cannot".
void feed(std::string_view text, std::size_t limit = 64 << 20) {
  for (const auto& reader : all_readers()) {
    memory::Account account("test", nullptr, limit);
    Lines sink(10'000);
    auto status = reader.read(text, account, sink);
    EXPECT_EQ(account.used(), 0U) << reader.name;
    if (!status)
      EXPECT_TRUE(status.error().message().starts_with("cannot ")) << reader.name << status.error().message();
    if (!status) EXPECT_LT(status.error().message().size(), 1000U) << reader.name;
  }
}

TEST(Hostile, a_million_open_brackets_of_each_kind) {
  for (const char* piece : {"[", "{\"a\":", "{\"a\":[", "[{\"a\":", "<a>", "<a b='", "a{", "a[", "(", "((("})
    feed(repeat(piece, kMillion));
  EXPECT_EQ(testing::read("$..x", repeat("[", kMillion)),
            "error: cannot read the JSON document: it nests deeper than 256 levels");
  EXPECT_EQ(testing::read("$.x", repeat("[", 256) + repeat("]", 256)),
            "error: cannot read JSONPath \"$.x\": part 1 ('x') needs an object, but there is an array");
  EXPECT_EQ(testing::read("$", repeat("[", 256) + repeat("]", 256)), "[" + repeat("[", 256) + repeat("]", 256) + "]");
  EXPECT_TRUE(testing::read("$", repeat("[", 257) + repeat("]", 257)).contains("deeper than 256 levels"));
  feed(repeat("<a>", kMillion) + repeat("</a>", kMillion));
  feed("<a>" + repeat("<a>", 250) + repeat("<a/>", 10'000) + repeat("</a>", 251));
}

TEST(Hostile, one_line_of_ten_mebibytes) {
  feed(std::string(kTenMiB, 'a'));
  feed(std::string(kTenMiB, '\\'));
  feed(std::string(kTenMiB, '"'));
  feed(std::string(kTenMiB, '{'));
  feed("\"" + std::string(kTenMiB, 'x') + "\"");
  feed("{\"a\":\"" + repeat("\\n", kTenMiB / 2) + "\"}");
  feed("{\"" + std::string(kTenMiB, 'a') + "\":1}");
  feed("a{b=\"" + std::string(kTenMiB, 'x') + "\"} 1\n");
  feed("a{b=\"" + repeat("\\\\", kTenMiB / 2) + "\"} 1\n");
  feed("a 1\nb{b=\"" + std::string(kTenMiB, 'x'));
  feed("# HELP " + std::string(kTenMiB, 'x'));
  feed("<a " + repeat("b='c' ", kTenMiB / 6) + "/>");
  feed("<a>" + std::string(kTenMiB - 10, 'x') + "</a>");
}

TEST(Hostile, many_small_things) {
  feed("[" + repeat("[],", kMillion) + "[]]");
  feed("{\"a\":[" + repeat("{\"b\":{\"c\":1,\"d\":2}},", 100'000) + "1]}");
  feed("{" + repeat("\"a\":1,", kMillion) + "\"a\":1}");
  feed("{\"a\":{" + repeat("\"b\":1,", kMillion) + "\"b\":1}}");
  feed(repeat("a 1\n", kMillion));
  feed(repeat("a{b=\"\\\\\"} 1\n", 500'000));
  feed(repeat("b{a=\"\n\"} 1\n", 500'000));
  feed(repeat("\n", kMillion));
  feed(repeat("a{" + repeat("x=\"\",", 127) + "} 1\n", 5'000));
  feed("<a>" + repeat("<a/>", 100'000) + "</a>");
  feed(repeat("a=1\n", kMillion));
  feed(repeat("users[1].a=1\n", 500'000));
  feed(repeat("\\\n", kMillion));
  std::string names;
  for (int i = 0; i < 200'000; ++i) names += fmt::format("n{}{{l{}=\"\"}} 1\n", i % 2 == 0 ? i : -i + 400'000, i);
  feed(names);
}

TEST(Hostile, bytes_that_are_no_text) {
  feed(std::string(kMillion, '\0'));
  feed(std::string(kMillion, '\xFF'));
  feed("{\"a\":[\"\xC0\x80\xED\xA0\x80\xF8\"]}");
  feed("a{b=\"\xFF\xFE\"} 1\n");
  feed("a{b=\"x\0y\"} 1\na\0 1\n"sv);
  feed("<a>\xFF\xFE</a>");
  feed("\xFF\xFE<\0a\0/\0>\0"sv);
  feed("a=\xFF\\u0000");
  EXPECT_EQ(testing::read("$.a", "{\"a\":\"x\0y\"}"sv).substr(0, 44), "error: cannot read the JSON document: syntax");
}

TEST(Hostile, numbers_of_ten_thousand_digits) {
  const std::string digits(10'000, '7');
  for (const auto& number : {digits, "-" + digits, "0." + digits, digits + "." + digits, "1e" + digits, "1e-" + digits,
                             digits + "e" + digits}) {
    feed("{\"a\":" + number + "}");
    feed("{\"a\":[{\"b\":" + number + "}]}");
    feed("a " + number + "\na 1 " + number + "\n");
    feed("users[" + number + "].a=1\n");
    feed("<a>&#" + digits + ";</a>");
  }
  EXPECT_EQ(testing::read("$.a", "{\"a\":" + digits + "}"), "[" + digits + "]");
  EXPECT_EQ(testing::read("$.a.sum()", "{\"a\":[" + digits + ",1]}"), "[1]");  // too large for a number: passed over
}

TEST(Hostile, documents_cut_off_anywhere) {
  for (std::string_view whole :
       {std::string_view("{\"a\":[{\"b\":\"x\\u00e9\\n\",\"c\":-1.5e3},null,true],\"c\":\"x\"}"),
        std::string_view("# TYPE a gauge\na{b=\"x\\\"\",c=\"\"} 1.5 17 # {x=\"y\"} 1\nb +Inf\n"),
        std::string_view("<?xml version='1.0'?><a c='1'><!-- x --><a><b>&lt;<![CDATA[x]]></b></a></a>"),
        std::string_view("users[1].a\\u0041 = x\\\n  y\\n\r\n# x\nb:c")})
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      // A copy that ends where its memory ends, for the sanitizer.
      std::vector<char> copy(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      feed({copy.data(), copy.size()});
    }
}

TEST(Hostile, no_path_works_without_end) {
  const std::string deep = repeat("{\"a\":[", 127) + repeat("1,", 10'000) + "1" + repeat("]}", 127);
  const auto got = testing::read("$..*..*..*..*..*.length()", deep);
  EXPECT_TRUE(got.contains("more than 20000000 values") || got.contains("more than 16.0 MiB")) << got;
  std::string bait = "{\"ids\":[" + repeat("1,", 50'000) + "2],\"a\":[" + repeat("{\"x\":1},", 50'000) + "1]}";
  EXPECT_TRUE(testing::read("$.a[?(@.x == $.ids[50000])]", bait).contains("more than 20000000 values"));
  bait = "{\"t\":\"" + std::string(kMillion, 'x') + "\",\"a\":[" + repeat("1,", 50'000) + "1]}";
  EXPECT_TRUE(testing::read("$.a[?($.t =~ /y*z/)]", bait).contains("more than 20000000 values"));
}

TEST(Hostile, an_account_without_room) {
  const std::string json =
      "{\"a\":[{\"b\":\"" + repeat("\\n", 100'000) + "\"}],\"x\":[" + repeat("1,", 100'000) + "1]}";
  feed(json, 16 << 10);
  EXPECT_TRUE(testing::read("$.x", json, 64 << 10).contains("the memory account test has no room left"));
  EXPECT_EQ(testing::read("$.y", json, 0), "[]");  // needs no memory at all
  feed("a{b=\"" + repeat("\\\\", 100'000) + "\"} 1\n", 16 << 10);
  feed("<a>" + repeat("<a/>", 100'000) + "</a>", 16 << 10);
  feed("a=" + std::string(100'000, 'x'), 16 << 10);
  feed("a=1", 0);
}

}  // namespace
}  // namespace holter::read
