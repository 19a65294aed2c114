#include "read/promql_rows.h"

#include <gtest/gtest.h>

#include "read/test_json.h"

namespace holter::read {
namespace {

using testing::Lines;
using Rows = std::vector<std::string>;

Rows rows(std::string_view document, std::vector<std::string> aliases = {"job", "value", "timestamp"}) {
  memory::Account account("test", nullptr, 1 << 20);
  Lines sink(3);
  auto status = PromqlRows(std::move(aliases)).read(document, account, sink);
  EXPECT_EQ(account.used(), 0U);
  if (!status) sink.rows.push_back("error: " + status.error().message());
  return sink.rows;
}

TEST(PromqlRows, makes_a_row_of_each_series_of_a_vector) {
  EXPECT_EQ(rows(R"({"status":"success","data":{"resultType":"vector","result":[
      {"metric":{"__name__":"up","job":"a"},"value":[1435781451.781,"1"]},
      {"metric":{"job":"b"},"value":[1435781451,"NaN"]},{"metric":{},"value":[1,"+Inf"]}]}})"),
            (Rows{"a|1|1435781451781", "b|NaN|1435781451000", "-|+Inf|1000"}));
}

TEST(PromqlRows, makes_a_row_of_each_point_of_a_matrix) {
  EXPECT_EQ(
      rows(
          R"({"data":{"result":[{"metric":{"job":"a"},"values":[[1.5,"1"],[2,"2"],["x"],3]}],"resultType":"matrix"}})"),
      (Rows{"a|1|1500", "a|2|2000"}));
}

TEST(PromqlRows, takes_a_label_before_the_sample) {
  EXPECT_EQ(rows(R"({"data":{"result":[{"metric":{"value":"label"},"value":[1,"2"]}]}})",
                 {"value", "metric_value", "responseTime"}),
            Rows{"label|2|-"});
}

TEST(PromqlRows, has_no_rows_for_scalars_and_what_it_does_not_know) {
  EXPECT_EQ(rows(R"({"data":{"resultType":"scalar","result":[1,"2"]}})"), Rows{});
  EXPECT_EQ(rows(R"({"data":{"resultType":"streams","result":[{"stream":{},"values":[["1","line"]]}]}})"), Rows{});
  EXPECT_EQ(
      rows(R"({"data":{"result":[{"value":[{},"2"]},{"value":[1,[2]]},{"value":7},{"metric":3,"value":[1,"2"]}]}})"),
      Rows{"-|2|1000"});
}

TEST(PromqlRows, fails_for_an_answer_without_a_result_and_when_the_sink_is_full) {
  EXPECT_EQ(rows(R"({"status":"error","error":"bad query"})"),
            Rows{"error: cannot read JSONPath \"$.data.result[*]\": part 1 ('data'): there is no such member"});
  EXPECT_EQ(rows(R"({"data":{"result":[{"values":[[1,"1"],[1,"1"],[1,"1"],[1,"1"]]}]}})").back(),
            "error: cannot keep the rows of the answer: there is no room for more");
}

}  // namespace
}  // namespace holter::read
