#include "collect/protocols/http/readers.h"

#include "collect/protocols/http/test_probe.h"

namespace holter::collect::http {
namespace {

using model::ResultCode;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using HttpReadersTest = HttpProbeTest;

TEST_F(HttpReadersTest, website_has_status_time_and_keyword_whatever_the_case) {
  aliases_ = {"STATUScode", "responsetime", "keyWord", "other"};
  auto shot = replay("website", "", "banana");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0), (Row{"200", "0", "3", "-"}));
}

TEST_F(HttpReadersTest, header_takes_the_first_of_a_name_whatever_the_case) {
  aliases_ = {"content-type", "X-Twice", "missing", "responseTime", "X-Empty"};
  auto shot = replay("header", "", "", "Content-Type: text/html\nx-twice: 1\nX-Twice: 2\nX-Empty:\n");
  EXPECT_EQ(row(*shot, 0), (Row{"text/html", "1", "-", "0", ""}));
}

TEST_F(HttpReadersTest, default_takes_top_level_scalars) {
  aliases_ = {"i", "d", "b", "one", "deep.key", "responseTime", "none"};
  auto shot =
      replay("default", "", R"({"i":-7,"d":1.250,"b":true,"one":["x"],"deep.key":9007199254740993,"z":{"q":1}})");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0), (Row{"-7", "1.250", "true", "x", "9007199254740993", "0", "-"}));
  EXPECT_EQ(replay("default", "", R"([{"i":1},5,{"i":2}])")->table().rows(), 2);
  EXPECT_EQ(replay("default", "", "")->table().rows(), 0);
  EXPECT_EQ(replay("default", "", R"({"i":{"b":1}})")->code(), ResultCode::kFail);
  EXPECT_EQ(replay("default", "", "<html>")->code(), ResultCode::kFail);
}

TEST_F(HttpReadersTest, json_path_makes_a_row_of_each_object) {
  aliases_ = {"name", "$.size.kb", "keyword"};
  auto shot =
      replay("jsonPath", "$.disks[?(@.on == true)]",
             R"({"disks":[{"name":"a","on":true,"size":{"kb":5}},{"name":"b","on":false},{"name":"c","on":true}]})");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 2);
  EXPECT_EQ(row(*shot, 0), (Row{"a", "5", "5"}));
  EXPECT_EQ(row(*shot, 1), (Row{"c", "-", "5"}));
}

TEST_F(HttpReadersTest, prometheus_takes_samples_of_the_sets_name) {
  set_ = "up";
  aliases_ = {"job", "value", "none"};
  auto shot = replay("prometheus", "", "# HELP up x\nup{job=\"a\"} 1\nup_total 5\nup{job=\"b\"} NaN\n");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 2);
  EXPECT_EQ(row(*shot, 0), (Row{"a", "1.0", "-"}));
  EXPECT_EQ(row(*shot, 1), (Row{"b", "NaN", "-"}));
}

TEST_F(HttpReadersTest, prometheus_goes_by_the_type_for_openmetrics) {
  set_ = "up";
  aliases_ = {"value"};
  const char* type = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\n";
  EXPECT_EQ(replay("prometheus", "", "up 1\n# EOF\n", type)->code(), ResultCode::kSuccess);
  auto cut_off = replay("prometheus", "", "up 1\n", type);
  EXPECT_EQ(cut_off->code(), ResultCode::kFail);
  EXPECT_THAT(cut_off->message(), HasSubstr("# EOF"));
}

TEST_F(HttpReadersTest, prometheus_without_the_metric_is_a_success_that_says_so) {
  set_ = "up";
  auto shot = replay("prometheus", "", "down 1\ndown{a=\"b\"} 2\n");
  EXPECT_EQ(shot->code(), ResultCode::kSuccess);
  EXPECT_EQ(shot->table().rows(), 0);
  EXPECT_THAT(story(*shot), HasSubstr("no sample named 'up' among 2"));
}

TEST_F(HttpReadersTest, prometheus_fails_on_what_is_no_exporter_text_and_says_what_came) {
  set_ = "up";
  auto shot = replay("prometheus", "", "<html><head><style>p {}</style><title>Log in</title></head>\n<p>please</p>",
                     "Content-Type: text/html\n");
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), StartsWith("cannot read "));
  EXPECT_THAT(shot->message(), HasSubstr("the answer is text/html: Log in please"));
  for (const char* body : {"", " \n", "OK", "{\"status\":\"UP\"}", "not found\n", "<!DOCTYPE html>"})
    EXPECT_EQ(replay("prometheus", "", body)->code(), ResultCode::kFail) << body;
}

TEST_F(HttpReadersTest, promql_makes_a_row_of_each_series) {
  aliases_ = {"instance", "value", "timestamp"};
  auto shot = replay("PromQL", "", R"({"status":"success","data":{"resultType":"vector","result":[
      {"metric":{"instance":"a"},"value":[1700000000,"1.5"]},{"metric":{},"value":[1700000000.5,"2"]}]}})");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0), (Row{"a", "1.5", "1700000000000"}));
  EXPECT_EQ(row(*shot, 1), (Row{"-", "2", "1700000000500"}));
}

TEST_F(HttpReadersTest, xml_path_makes_a_row_of_each_node) {
  aliases_ = {"name", "@id", "responseTime"};
  auto shot = replay("xmlPath", "//disk", "<a xmlns='x'><disk id='1'><name>one</name></disk><disk id='2'/></a>");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 2);
  EXPECT_EQ(row(*shot, 0), (Row{"one", "1", "0"}));
  EXPECT_EQ(row(*shot, 1), (Row{"-", "2", "0"}));
}

TEST_F(HttpReadersTest, xml_is_decoded_by_the_header_else_by_its_declaration) {
  aliases_ = {"n"};
  std::string declared = "<?xml version=\"1.0\" encoding=\"GB2312\"?><a><n>\xc4\xe3</n></a>";
  EXPECT_EQ(row(*replay("xmlPath", "/a", declared), 0), (Row{"\xe4\xbd\xa0"}));
  std::string wrong = "<?xml version=\"1.0\" encoding=\"GB2312\"?><a><n>\xe9</n></a>";
  EXPECT_EQ(row(*replay("xmlPath", "/a", wrong, "Content-Type: text/xml; charset=latin1\n"), 0), (Row{"\xc3\xa9"}));
  std::string latin = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a><n>x</n></a>";
  EXPECT_EQ(row(*replay("xmlPath", "/a", latin), 0), (Row{"x"}));
}

TEST_F(HttpReadersTest, config_takes_properties) {
  aliases_ = {"table.Name", "keyword"};
  EXPECT_EQ(row(*replay("config", "", "table.Name=cam\n"), 0), (Row{"cam", "3"}));
  aliases_ = {"Name"};
  auto users = replay("config", "users", "users[1].Name=b\nusers[0].Name=a\n");
  ASSERT_EQ(users->table().rows(), 2);
  EXPECT_EQ(row(*users, 0), (Row{"a"}));
  EXPECT_EQ(replay("config", "", "")->code(), ResultCode::kFail);
}

TEST_F(HttpReadersTest, regex_makes_a_row_of_each_match) {
  aliases_ = {"active", "accepts", "requests", "responseTime"};
  auto shot =
      replay("regex", R"(Active connections: (?P<active>\d+)[^\n]*\n.*\n\s*(?P<accepts>\d+)\s+\d+\s+(?P<requests>\d+))",
             "Active connections: 2 \nserver accepts handled requests\n 16630948 16630948 31070465 \n"
             "Reading: 6 Writing: 179 Waiting: 106 \n");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0), (Row{"2", "16630948", "31070465", "0"}));
  auto page = replay("regex", "Active: (?P<active>[0-9]+)", "<html>welcome</html>");
  EXPECT_EQ(page->code(), ResultCode::kFail);
  EXPECT_THAT(page->message(), ::testing::EndsWith("in the answer: welcome"));
}

TEST_F(HttpReadersTest, csv_makes_a_row_of_each_line) {
  aliases_ = {"pxname", "scur", "keyword"};
  auto shot = replay("csv", "", "# pxname,svname,qcur,scur,\r\nweb,FRONTEND,,5,\r\nweb,\"a, b\",0,,\r\n");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 2);
  EXPECT_EQ(row(*shot, 0), (Row{"web", "5", "3"}));
  EXPECT_EQ(row(*shot, 1), (Row{"web", "-", "3"}));
}

TEST_F(HttpReadersTest, sitemap_of_a_recording_asks_nobody) {
  aliases_ = {"url", "statusCode", "errorMsg"};
  auto shot = replay("sitemap", "", "<urlset><url><loc>http://127.0.0.1:1/a</loc></url></urlset>");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0), (Row{"http://127.0.0.1:1/a", "-", "not in the recording"}));
}

TEST_F(HttpReadersTest, decodes_the_charset_of_the_header) {
  aliases_ = {"n", "keyword"};
  auto shot = replay("default", "", "{\"n\":\"\xc4\xe3\xba\xc3 a\"}", "Content-Type: application/json; charset=GBK\n");
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(row(*shot, 0), (Row{"\xe4\xbd\xa0\xe5\xa5\xbd a", "1"}));
  auto unknown = replay("default", "", "{\"n\":\"x\"}", "Content-Type: application/json; charset=klingon\n");
  EXPECT_EQ(row(*unknown, 0)[0], "x");
  EXPECT_THAT(story(*unknown), HasSubstr("cannot decode the charset 'klingon': taken for UTF-8"));
}

TEST_F(HttpReadersTest, a_recording_that_is_none_fails) {
  auto probe = compile({{"host", "h"}, {"parseType", "website"}}).value();
  OneShot shot(services_, aliases_.size(), account_);
  shot.replay(*probe, "{}");
  EXPECT_EQ(shot.code(), ResultCode::kFail);
  EXPECT_THAT(shot.message(), StartsWith("cannot read the recorded answer"));
  OneShot busy(services_, aliases_.size(), account_);
  busy.replay(*probe, "HTTP/2 503\ncontent-type: text/html\n\n<h1>Service\n Unavailable</h1>");
  EXPECT_EQ(busy.message(), "StatusCode 503: Service Unavailable");
}

TEST(HttpKeyword, counts_matches_that_do_not_overlap) {
  EXPECT_EQ(count_matches("aa", "aaaaa"), 2);
  EXPECT_EQ(count_matches("^x", "xx"), 1);
  EXPECT_EQ(count_matches("[0-9]+", "1 22 333"), 3);
  EXPECT_EQ(count_matches("x*", "ab"), 3);
  EXPECT_EQ(count_matches("", "ab"), 0);
  EXPECT_EQ(count_matches("(", "((("), 0);
  EXPECT_EQ(count_matches("\xe6\x97\xa5", "\xe6\x97\xa5\xe6\x97\xa5"), 2);
}

TEST(HttpKeyword, stays_linear_on_hostile_patterns) {
  EXPECT_EQ(count_matches("(a+)+$", std::string(100'000, 'a') + "b"), 0);
}

TEST(HttpKeyword, says_what_is_wrong_with_a_pattern) {
  EXPECT_EQ(fault_of_pattern("a+"), "");
  EXPECT_NE(fault_of_pattern("("), "");
}

}  // namespace
}  // namespace holter::collect::http
