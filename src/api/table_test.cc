#include "api/table.h"

#include <limits>

#include <gtest/gtest.h>

#include "api/fake_request.h"

namespace holter::api {
namespace {

constexpr const char* kHistory = "/api/v1/monitors/0123456789abcdef/history";
constexpr const char* kResults = "/api/v1/monitors/0123456789abcdef/results";

TEST(Table, history_comes_as_csv_with_a_row_for_each_point) {
  Asker ask;
  auto reply = ask.get(std::string(kHistory) + "?format=csv");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.type, "text/csv; charset=utf-8");
  EXPECT_EQ(reply.body,
            "time,series,set,field,unit,labels,min,max,avg,count\r\n"
            "2025-11-24T16:00:00.000Z,00000000000000ff,summary,responseTime,ms,,0.1,0.5,0.25,12\r\n");
  EXPECT_EQ(reply.headers.front().second, "attachment; filename=\"history-0123456789abcdef.csv\"");
}

TEST(Table, results_come_as_csv_quoted_where_needed) {
  Asker ask;
  auto body = ask.get(std::string(kResults) + "?format=csv").body;
  EXPECT_TRUE(body.starts_with("time,set,code,labels,field,unit,number,text\r\n")) << body;
  EXPECT_TRUE(body.contains(",summary,success,\"disk=\"\"/\"\"\",responseTime,ms,0.25,\r\n")) << body;
  EXPECT_TRUE(body.contains(",loss,%,,\r\n")) << "no value is nothing: " << body;
}

TEST(Table, accept_says_it_too) {
  Asker ask;
  RequestHead head{"GET", kHistory, {"localhost"}};
  head.accept = "application/vnd.apache.arrow.stream";
  auto reply = ask.send(head);
  EXPECT_EQ(reply.type, "application/vnd.apache.arrow.stream");
  EXPECT_EQ(reply.body, "ARROW of 10 columns, 1 rows");
  head.accept = "text/csv;q=1";
  EXPECT_EQ(ask.send(head).type, "text/csv; charset=utf-8");
  head.accept = "application/json";
  EXPECT_EQ(ask.send(head).type, "application/json");
}

TEST(Table, a_text_is_never_a_formula) {
  Asker ask;
  model::Table table;
  table.columns.push_back({"text", std::vector<std::string>{"=1+1", "+1", "-1", "@x", "a,b", "a\"b", "a\r\nb", "plain"}});
  Context context{&ask.backend, &ask.account, &ask.clock, &ask.stats};
  auto response = table_response(context, table, Format::kCsv, "x");
  EXPECT_EQ(response.body.text(),
            "text\r\n\"'=1+1\"\r\n\"'+1\"\r\n\"'-1\"\r\n\"'@x\"\r\n\"a,b\"\r\n\"a\"\"b\"\r\n\"a\r\nb\"\r\nplain\r\n");
}

TEST(Cursor, is_refused_where_it_is_of_another_order_or_none) {
  Asker ask;
  ask.backend.more = true;
  auto first = ask.get("/api/v1/monitors?limit=1");
  auto from = first.body.find("\"next_cursor\":\"") + 15;
  auto cursor = first.body.substr(from, first.body.find('"', from) - from);
  EXPECT_EQ(ask.get("/api/v1/monitors?limit=1&cursor=" + cursor).status, 200U);
  ASSERT_TRUE(ask.backend.asked_list.after);
  EXPECT_EQ(ask.backend.asked_list.after->name, "gateway");
  for (std::string bad : {"x", cursor + "0", cursor + "zz", std::string("0a")})
    EXPECT_EQ(ask.get("/api/v1/monitors?cursor=" + bad).status, 400U) << bad;
  EXPECT_EQ(ask.get("/api/v1/monitors?sort=state&cursor=" + cursor).status, 400U);
  EXPECT_EQ(ask.get("/api/v1/monitors?order=desc&cursor=" + cursor).status, 400U);
}

}  // namespace
}  // namespace holter::api
