#include "read/promql_answer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::read {
namespace {

using Type = PromqlAnswer::Type;

/// "a="1" @1000=2 3000=4; ..." or "error: ...".
std::string shown(std::string_view document, std::size_t memory = 64 << 20) {
  memory::Account account("test", nullptr, memory);
  std::string out;
  {
    auto answer = read_promql(document, account);
    if (!answer) {
      out = "error: " + answer.error().message();
    } else if (!answer->error.empty()) {
      out = fmt::format("failed: {}: {}", answer->error_type, answer->error);
    } else {
      for (const auto& series : answer->series) {
        for (const auto& [name, value] : series.labels) out += fmt::format("{}={},", name, value);
        out += "@";
        for (const auto& point : series.points) out += fmt::format(" {}={}", point.time_ms, point.value);
        out += "; ";
      }
      for (const auto& warning : answer->warnings) out += fmt::format("[{}]", warning);
    }
  }
  EXPECT_EQ(account.held(), 0U);
  return out;
}
std::string success(std::string_view type, std::string_view result) {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"{}","result":{}}}}})", type, result);
}

TEST(PromqlAnswer, has_the_series_of_a_vector) {
  EXPECT_EQ(shown(success("vector", R"([{"metric":{"__name__":"up","job":"a"},"value":[1435781451.781,"1"]},
                                        {"metric":{},"value":[1435781451,"+Inf"]}])")),
            "__name__=up,job=a,@ 1435781451781=1; @ 1435781451000=+Inf; ");
  EXPECT_EQ(shown(success("vector", "[]")), "");
}

TEST(PromqlAnswer, has_the_points_of_a_matrix_and_the_sample_of_a_scalar) {
  EXPECT_EQ(shown(success("matrix", R"([{"metric":{"a":"b"},"values":[[1.5,"1"],[2,"2"]]}])")),
            "a=b,@ 1500=1 2000=2; ");
  EXPECT_EQ(shown(success("scalar", R"([5,"7"])")), "@ 5000=7; ");
  EXPECT_EQ(shown(R"({"data":{"result":[5,"7"],"resultType":"scalar"},"status":"success"})"), "@ 5000=7; ");
}

TEST(PromqlAnswer, sorts_labels_and_takes_the_first_of_two) {
  EXPECT_EQ(shown(success("vector", R"([{"value":[1,"1"],"metric":{"z":"1","a":"2","z":"3"}}])")),
            "a=2,z=1,@ 1000=1; ");
}

TEST(PromqlAnswer, keeps_a_series_whose_sample_is_a_histogram) {
  EXPECT_EQ(shown(success("vector", R"([{"metric":{"a":"b"},"histogram":[1,{"count":"3","buckets":[[0,"1"]]}]}])")),
            "a=b,@ 0=; ");
}

TEST(PromqlAnswer, tells_what_the_server_says_of_a_failure_and_warnings) {
  EXPECT_EQ(shown(R"({"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected \"x\""})"),
            "failed: bad_data: 1:3: parse error: unexpected \"x\"");
  EXPECT_EQ(shown(R"({"status":"odd"})"), "failed: : status 'odd'");
  EXPECT_EQ(
      shown(R"({"status":"success","data":{"resultType":"vector","result":[]},"warnings":["partial"],"infos":["x"]})"),
      "[partial][x]");
}

TEST(PromqlAnswer, passes_over_what_it_does_not_know) {
  EXPECT_EQ(
      shown(R"({"x":{"data":[{"metric":1}]},"status":"success","data":{"stats":{"result":[1]},"resultType":"vector",
      "result":[{"metric":{"a":"b"},"value":[1,"1"],"more":{"metric":{"c":"d"}}}]}})"),
      "a=b,@ 1000=1; ");
}

TEST(PromqlAnswer, refuses_what_is_no_such_answer) {
  for (const auto& [document, why] : std::vector<std::pair<std::string, std::string>>{
           {"<html>", "byte 0"},
           {"[]", "no status"},
           {"{}", "no status"},
           {R"({"status":"success"})", "no result"},
           {success("streams", "[]"), "'streams'"},
           {success("scalar", "[]"), "no scalar"},
           {success("vector", R"([1,"2"])"), "no vector"},
           {success("vector", R"([{"metric":{"a":1},"value":[1,"1"]}])"), "a label is a text"},
           {success("vector", R"([{"metric":{},"value":[1]}])"), "a sample is"},
           {success("vector", R"([{"metric":{},"value":["1",1]}])"), "a sample is"},
           {success("vector", R"([{"metric":{},"value":[1e300,"1"]}])"), "out of range"},
           {R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]})",
            "incomplete"},
       }) {
    auto said = shown(document);
    EXPECT_TRUE(said.starts_with("error: cannot read")) << document << ": " << said;
    EXPECT_TRUE(said.contains(why)) << document << ": " << said;
  }
}

TEST(PromqlAnswer, is_bounded) {
  std::string many;
  for (std::size_t i = 0; i <= PromqlAnswer::kMostSeries; ++i)
    many += fmt::format(R"({}{{"metric":{{"i":"{}"}},"value":[1,"1"]}})", i == 0 ? "" : ",", i);
  EXPECT_EQ(shown(success("vector", "[" + many + "]")),
            "error: cannot take an answer with more than 10000 series: ask for less");
  std::string labels;
  for (int i = 0; i <= 64; ++i) labels += fmt::format(R"({}"l{}":"")", i == 0 ? "" : ",", i);
  EXPECT_TRUE(shown(success("vector", R"([{"metric":{)" + labels + R"(},"value":[1,"1"]}])")).contains("64 labels"));
  EXPECT_TRUE(shown(success("vector", R"([{"metric":{"a":")" + std::string(5000, 'x') + R"("},"value":[1,"1"]}])"))
                  .contains("4096 bytes in a label"));
  std::string points;
  for (std::size_t i = 0; i <= PromqlAnswer::kMostPoints; ++i) points += i == 0 ? R"([1,"1"])" : R"(,[1,"1"])";
  EXPECT_TRUE(shown(success("matrix", R"([{"metric":{},"values":[)" + points + "]}]")).contains("200000 samples"));
  EXPECT_TRUE(shown(success("vector", "[" + many + "]"), 256 * 1024).starts_with("error: cannot reserve"))
      << shown(success("vector", "[" + many + "]"), 256 * 1024);
}

TEST(PromqlAnswer, makes_foreign_text_fit_to_be_stored) {
  EXPECT_EQ(shown(success("vector", "[{\"metric\":{\"a\":\"b\xff\"},\"value\":[1,\"1\"]}]")),
            "a=b\xEF\xBF\xBD,@ 1000=1; ");
}

}  // namespace
}  // namespace holter::read
