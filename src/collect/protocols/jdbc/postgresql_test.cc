// Against the real PostgreSQL.
#include "collect/protocols/jdbc/test_jdbc.h"

namespace holter::collect::jdbc {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class JdbcPostgresqlTest : public JdbcServerTest<testing::start_postgresql> {
 protected:
  Keys keys(std::string sql, std::string type = "multiRow", Keys more = {}) {
    Keys all{{"platform", "postgresql"}, {"port", std::to_string(server_->port())},
             {"username", "monitor"},    {"password", "secret"},
             {"sql", std::move(sql)},    {"queryType", std::move(type)}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(JdbcPostgresqlTest, brings_rows_with_columns_by_name_ignoring_case) {
  aliases_ = {"b", "A", "responseTime"};
  auto shot = ask(keys("select 1 as a, true as \"B\" union all select 2, null order by 1;"));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), ElementsAre("t 1 ms", "- 2 ms"));
  EXPECT_THAT(story(*shot), HasSubstr("resolved 127.0.0.1 to 127.0.0.1\nconnected; logging in\nlogged in\n"
                                      "sent the query\nread 2 rows\n"));
}

TEST_F(JdbcPostgresqlTest, takes_one_row_of_many_and_goes_on_with_the_session) {
  auto shot = ask(keys("select g as a from generate_series(1, 20) g", "oneRow"));
  EXPECT_THAT(rows(*shot), ElementsAre("1"));
  EXPECT_THAT(rows(*ask(keys("select 5 as a where false", "oneRow"))), ElementsAre());
  EXPECT_EQ(stats(Driver::kPostgresql).opened, 1);
  EXPECT_EQ(stats(Driver::kPostgresql).reused, 1);
}

TEST_F(JdbcPostgresqlTest, takes_at_most_1000_rows_and_leaves_a_session_that_has_far_more_to_say) {
  auto shot = ask(keys("select g as a from generate_series(1, 1000000) g"));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().rows(), 1000);
  EXPECT_EQ(stats(Driver::kPostgresql).open, 0);
}

TEST_F(JdbcPostgresqlTest, reads_pairs_of_name_and_value) {
  aliases_ = {"Max_Connections", "ssl", "none"};
  auto shot = ask(keys("show all;", "columns"));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), ElementsAre("50 on -"));
}

TEST_F(JdbcPostgresqlTest, says_what_the_server_refused_and_keeps_the_session) {
  auto shot = ask(keys("select * from nothing"));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_EQ(shot->message(), "cannot run the query: relation \"nothing\" does not exist (SQLSTATE 42P01)");
  shot = ask(keys("select 1 as b"));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_EQ(shot->message(), "cannot find the column 'a' in the answer, which has: b");
  EXPECT_EQ(stats(Driver::kPostgresql).opened, 1);
}

TEST_F(JdbcPostgresqlTest, can_write_nothing_and_runs_one_statement) {
  EXPECT_THAT(ask(keys("with x as (insert into t values (1) returning 1) select 1 as a"))->message(),
              HasSubstr("does not exist"));
  auto shot = ask(keys("select nextval(\"a\"::regclass) from (select 1 as \"a\") x; drop table t"));
  EXPECT_THAT(shot->message(), HasSubstr("cannot insert multiple commands into a prepared statement"));
  EXPECT_THAT(ask(keys("with x as (delete from pg_description returning 1) select 1 as a"))->message(),
              HasSubstr("in a read-only transaction"));
}

TEST_F(JdbcPostgresqlTest, lets_the_server_end_a_query_that_takes_too_long) {
  auto shot = ask(keys("select pg_sleep(30) as a", "oneRow", {{"timeout", "300"}}));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), ::testing::AnyOf(HasSubstr("statement timeout"), HasSubstr("no answer in time")));
}

TEST_F(JdbcPostgresqlTest, fails_for_a_wrong_password_without_telling_it) {
  auto shot = ask(keys("select 1 as a", "oneRow", {{"password", "wrong-word"}}));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("cannot log in to 127.0.0.1:"));
  EXPECT_THAT(shot->message(), HasSubstr("password authentication failed for user \"monitor\""));
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("wrong-word")));
}

TEST_F(JdbcPostgresqlTest, logs_in_over_tls_and_checks_the_certificate) {
  testing::TempFile ca(authority_->certificate);
  Keys tls{{"host", "db.example"}, {"ssl", "true"}, {"caFile", ca.path()}};
  auto sql = "select ssl::text as a from pg_stat_ssl where pid = pg_backend_pid()";
  auto shot = ask(keys(sql, "oneRow", tls));
  EXPECT_THAT(rows(*shot), ElementsAre("true")) << shot->message();
  tls[0].second = "other.example";
  shot = ask(keys(sql, "oneRow", tls));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("does not match host name \"other.example\""));
  shot = ask(keys(sql, "oneRow", {{"ssl", "true"}, {"host", "db.example"}}));
  EXPECT_THAT(shot->message(), HasSubstr("cannot set up TLS with db.example:"));
  tls.emplace_back("verifyTls", "false");
  EXPECT_THAT(rows(*ask(keys(sql, "oneRow", tls))), ElementsAre("true"));
}

TEST_F(JdbcPostgresqlTest, takes_host_port_and_database_from_a_url) {
  auto url = fmt::format("jdbc:postgresql://127.0.0.1:{}/template1?useUnicode=true", server_->port());
  auto shot = ask(keys("select current_database() as a", "oneRow", {{"url", url}, {"port", "1"}}));
  EXPECT_THAT(rows(*shot), ElementsAre("template1")) << shot->message();
}

TEST_F(JdbcPostgresqlTest, opens_another_session_when_the_kept_one_was_ended) {
  auto pid = rows(*ask(keys("select pg_backend_pid() as a", "oneRow")));
  ASSERT_EQ(stats(Driver::kPostgresql).idle, 1);
  auto killed = ask(
      keys(fmt::format("select pg_terminate_backend({}) as a", pid.at(0)), "oneRow", {{"reuseConnection", "false"}}));
  // Its own session may be ended only by itself or a superuser's will: "monitor" may end its own.
  ASSERT_THAT(rows(*killed), ElementsAre("t")) << killed->message();
  auto next = ask(keys("select pg_backend_pid() as a", "oneRow"));
  ASSERT_EQ(next->code(), ResultCode::kSuccess) << next->message();
  EXPECT_NE(rows(*next), pid);
}

TEST_F(JdbcPostgresqlTest, replays_what_it_noted) {
  aliases_ = {"a", "b"};
  auto question = keys("select E'x\\ty\\n\\\\' as a, null as b union all select '', 'N' order by 1 desc");
  auto shot = ask(question);
  EXPECT_EQ(shot->trace().answer, "a\tb\nx\\ty\\n\\\\\t\\N\n\tN\n");
  OneShot again(services_, 2, account_);
  again.replay(*compile(question).value(), shot->trace().answer);
  EXPECT_EQ(again.code(), ResultCode::kSuccess);
  EXPECT_EQ(rows(again), rows(*shot));
  shot = ask(keys("select * from nothing"));
  OneShot refused(services_, 2, account_);
  refused.replay(*compile(question).value(), shot->trace().answer);
  EXPECT_EQ(refused.code(), ResultCode::kFail);
  EXPECT_EQ(refused.message(), shot->message());
}

TEST_F(JdbcPostgresqlTest, leaves_no_descriptor_and_no_byte_after_10000_rounds) {
  auto probe = compile(keys("select g as a from generate_series(1, 3) g")).value();
  auto fresh = compile(keys("select 1 as a", "oneRow", {{"reuseConnection", "false"}})).value();
  auto broken = compile(keys("select 1 as b", "oneRow")).value();
  run(*probe, 1);
  Sessions::of(services_).shrink();
  auto open = descriptors();
  auto used = account_.used();
  for (int i = 0; i < 10'000; ++i) {
    auto& one = i % 50 == 0 ? *fresh : i % 3 == 0 ? *broken : *probe;
    auto shot = run(one, 1);
    ASSERT_EQ(shot->code(), &one == broken.get() ? ResultCode::kFail : ResultCode::kSuccess) << shot->message();
  }
  EXPECT_LE(stats(Driver::kPostgresql).opened, 205);
  Sessions::of(services_).shrink();
  EXPECT_EQ(descriptors(), open);
  EXPECT_EQ(account_.used(), used);
}

}  // namespace
}  // namespace holter::collect::jdbc
