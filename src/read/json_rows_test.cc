#include "read/json_rows.h"

#include <gtest/gtest.h>

#include "read/test_json.h"

namespace holter::read {
namespace {

using testing::Lines;
using Rows = std::vector<std::string>;

struct Outcome {
  Rows rows;
  std::string error;
};

Outcome run(const Result<JsonRows>& rows, std::string_view document, Lines sink = Lines()) {
  if (!rows) return {{}, rows.error().message()};
  memory::Account account("test", nullptr, 64 << 20);
  auto status = rows->read(document, account, sink);
  EXPECT_EQ(account.used(), 0U);
  return {sink.rows, status ? "" : status.error().message()};
}
Rows by_path(std::string_view script, std::vector<std::string> aliases, std::string_view document) {
  auto out = run(JsonRows::by_path(script, std::move(aliases)), document);
  EXPECT_EQ(out.error, "");
  return out.rows;
}

TEST(JsonRows, makes_a_row_of_each_object) {
  EXPECT_EQ(
      by_path("$.items.*", {"name", "$.status.phase", "responseTime"},
              R"({"kind":"List","items":[{"name":"a","status":{"phase":"Up","x":[1,2]}},{"name":"b"},7,null,[1]]})"),
      (Rows{"a|Up|-", "b|-|-", "7|7|-"}));
  EXPECT_EQ(by_path("$", {"a"}, R"({"a":1})"), Rows{"1"});
  EXPECT_EQ(by_path("", {"a"}, R"({"a":1})"), Rows{"1"});
  EXPECT_EQ(by_path("$", {"a"}, R"([{"a":1}])"), Rows{});
}

TEST(JsonRows, makes_a_row_of_each_text_and_number) {
  EXPECT_EQ(by_path("$.tags[?(@.tag == \"state\")].values[*]", {"state", "again", "Keyword"},
                    R"({"tags":[{"tag":"id","values":["x"]},{"tag":"state","values":["new","runnable",3,true]}]})"),
            (Rows{"new|new|-", "runnable|runnable|-", "3|3|-"}));
  EXPECT_EQ(by_path("$.items.length()", {"count"}, R"({"items":[1,2,3]})"), Rows{"3"});
}

TEST(JsonRows, looks_for_a_member_before_it_follows_a_path) {
  EXPECT_EQ(by_path("$", {"$.a.b", "a.b", "$.a"}, R"({"$.a.b":"plain","a":{"b":"deep"},"a.b":"dotted"})"),
            Rows{"plain|dotted|{b=deep}"});
  EXPECT_EQ(by_path("$", {"$.a.b"}, R"({"$.a.b":null,"a":{"b":"deep"}})"), Rows{"deep"});
}

TEST(JsonRows, writes_values_as_the_format_says) {
  EXPECT_EQ(
      by_path(
          "$", {"i", "d", "e", "t", "n", "o", "l", "s"},
          R"({"i":12,"d":12.50,"e":1e10,"t":true,"n":null,"o":{"k":"v","k2":[1,"x"],"k3":2.0},"l":["a","b"],"s":""})"),
      Rows{"12|12.5|1.0E10|true|-|{k=v, k2=[1,\"x\"], k3=2.0}|[\"a\",\"b\"]|"});
}

TEST(JsonRows, lists_what_a_path_of_a_column_leads_to) {
  EXPECT_EQ(by_path("$.all[*]", {"$.c[*].n", "$.c[0].n", "$.x.y.z", "$.c[?(@.n == 'q')].v", "$.c.length()"},
                    R"({"all":[{"c":[{"n":"p","v":1},{"n":"q","v":2.5}]},{"c":[{"n":"r"}]},{"c":null}]})"),
            (Rows{"[\"p\",\"q\"]|p|-|2.5|2", "r|r|-|-|1", "-|-|-|-|-"}));
}

TEST(JsonRows, sees_the_row_as_the_root_in_its_columns) {
  EXPECT_EQ(by_path("$.all[*]", {"$.l[?(@.id == $.want)].v"},
                    R"({"want":9,"all":[{"want":1,"l":[{"id":1,"v":"one"},{"id":2,"v":"two"}]}]})"),
            Rows{"one"});
  EXPECT_EQ(by_path("$..row", {"$.a"}, R"({"x":{"row":{"a":1}},"row":{"a":2}})"), (Rows{"2", "1"}));
}

TEST(JsonRows, filters_rows_and_keeps_only_their_columns) {
  EXPECT_EQ(by_path("$.beans[?(@.name =~ /java.lang:.*/)]", {"$.load", "id"},
                    R"({"beans":[{"name":"java.lang:x","load":1,"big":[1,2,3],"id":7},{"name":"other","load":2}]})"),
            Rows{"1|7"});
  EXPECT_EQ(by_path("$.b[?(@.a[0] == 1 && @.c.length() == 2)]", {"d"},
                    R"({"b":[{"a":[1],"c":"xy","d":1},{"a":[2],"c":"xy","d":2}]})"),
            Rows{"1"});
}

TEST(JsonRows, names_a_wrong_script_or_alias) {
  EXPECT_EQ(run(JsonRows::by_path("$.a[", {"b"}), "{}").error,
            "cannot compile JSONPath \"$.a[\": column 5: expected a name, an index, '*' or '?(' in the brackets");
  EXPECT_TRUE(run(JsonRows::by_path("$", {"$.x[?"}), "{}").error.starts_with("cannot compile JSONPath \"$.x[?\""));
  EXPECT_EQ(run(JsonRows::by_path("$.a.b", {"c"}), "{}").error,
            "cannot read JSONPath \"$.a.b\": part 1 ('a'): there is no such member");
}

TEST(JsonRows, has_no_rows_for_a_blank_answer) {
  EXPECT_EQ(by_path("$.a.b", {"c"}, " \r\n"), Rows{});
}

TEST(JsonRows, ends_when_the_sink_is_full) {
  auto out = run(JsonRows::by_path("$.*", {"a"}), "[1,2,3]", Lines(2));
  EXPECT_EQ(out.rows.size(), 2U);
  EXPECT_EQ(out.error, "cannot keep the rows of the answer: there is no room for more");
}

TEST(JsonRows, hands_on_utf8_only) {
  EXPECT_EQ(by_path("$", {"a"}, "{\"a\":\"x\xFFy\"}"), Rows{"x\xEF\xBF\xBDy"});
}

TEST(JsonRows, reads_top_level_members_of_the_default_parse_type) {
  auto rows = [](std::string_view document) {
    return run(Result<JsonRows>(JsonRows::top_level({"a", "b.c"})), document);
  };
  EXPECT_EQ(rows(R"({"a":1.50,"b.c":"x","z":{"a":2}})").rows, Rows{"1.50|x"});
  EXPECT_EQ(rows(R"([{"a":1},{"b.c":true},3,[{"a":4}],{}])").rows, (Rows{"1|-", "-|true", "-|-"}));
  EXPECT_EQ(rows(R"({"a":["one"],"b.c":null})").rows, Rows{"one|-"});
  EXPECT_EQ(rows("12").rows, Rows{});
  EXPECT_EQ(rows("").rows, Rows{});
  EXPECT_EQ(rows(R"({"a":{"x":1}})").error, "cannot read the member \"a\": it is an object of 1, not a scalar");
  EXPECT_EQ(rows(R"({"a":[1,2]})").error, "cannot read the member \"a\": it is an array of 2, not a scalar");
  EXPECT_TRUE(rows("<html>").error.starts_with("cannot read the JSON document: "));
}

}  // namespace
}  // namespace holter::read
