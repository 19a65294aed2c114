#include <string>
#include <vector>

#include "history/test_client.h"
#include "history/wire/sql.h"

namespace holter::history {
namespace {

TEST_F(ClientTest, answers_a_select) {
  ASSERT_TRUE(start().has_value());
  publish(120);
  ASSERT_TRUE(kept(120));
  auto select = [&](std::string text, bool check_only = false) {
    return run(client->query_sql({std::move(text), kStart + 119'000, check_only}, clock.mono() + 20s));
  };
  auto text =
      "SELECT monitor, avg(value) AS value FROM samples('2m') WHERE field = 'responseTime' GROUP BY monitor HAVING "
      "avg(value) > 4";
  auto table = select(text).value();
  EXPECT_EQ(table.columns, (std::vector<std::string>{"monitor", "value"}));
  EXPECT_EQ(table.numeric, (std::vector<bool>{false, true}));
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0][0].text, "0000000000000007");
  EXPECT_EQ(table.rows[0][1].number, 4.5);
  auto checked = select(text, true).value();
  EXPECT_EQ(checked.columns, table.columns);
  EXPECT_TRUE(checked.rows.empty());
  auto refused = select("SELECT * FROM read_text('/etc/hostname')");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message().find("read_text"), std::string::npos) << refused.error().message();
  EXPECT_EQ(client->stats().queries, 3u);
  EXPECT_EQ(select(std::string(kMaxSqlBytes + 1, 'x')).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(client->stats().queries, 3u);  // not asked
}

TEST_F(ClientTest, a_select_that_does_not_end_is_stopped_and_the_child_goes_on) {
  ASSERT_TRUE(start().has_value());
  publish(10);
  ASSERT_TRUE(kept(10));
  auto first = client->stats().pid;
  auto endless = "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t";
  auto answer = run(client->query_sql({endless, kStart, false}, clock.mono() + 300ms));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(count_all(), 10u);
  EXPECT_EQ(client->stats().pid, first);
}

TEST_F(ClientTest, a_select_that_takes_too_much_memory_fails_alone) {
  ASSERT_TRUE(start().has_value());
  publish(10);
  ASSERT_TRUE(kept(10));
  auto first = client->stats().pid;
  for (auto* text :
       {"WITH RECURSIVE t AS (SELECT 'a' AS s UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
        "SELECT string_agg(range::VARCHAR, ',') FROM range(100000000)"}) {
    auto answer = run(client->query_sql({text, kStart, false}, clock.mono() + 50s));
    ASSERT_FALSE(answer.has_value()) << text;
    EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted) << answer.error().message();
  }
  publish(10, kStart + 10'000);
  ASSERT_TRUE(kept(20));
  EXPECT_EQ(count_all(), 20u);
  EXPECT_EQ(client->stats().pid, first);
}

TEST_F(ClientTest, a_table_that_the_account_has_no_room_for_fails_and_the_link_goes_on) {
  ASSERT_TRUE(start().has_value());
  auto select = [&](const char* text) { return run(client->query_sql({text, kStart, false}, clock.mono() + 20s)); };
  auto all = account.reserve(account.limit() - account.used() - 1'000'000).value();
  auto answer = select("SELECT range FROM range(10000)");  // 170 kB, and seven times that once decoded
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(select("SELECT range FROM range(1000)").value().rows.size(), 1000u);
  all.reset();
  EXPECT_EQ(select("SELECT range FROM range(10000)").value().rows.size(), 10'000u);
}

}  // namespace
}  // namespace holter::history
