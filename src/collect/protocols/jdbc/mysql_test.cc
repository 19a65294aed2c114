// Against the real MariaDB.
#include "collect/protocols/jdbc/test_jdbc.h"

namespace holter::collect::jdbc {
namespace {

using model::ResultCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class JdbcMysqlTest : public JdbcServerTest<testing::start_mariadb> {
 protected:
  Keys keys(std::string sql, std::string type = "multiRow", Keys more = {}) {
    Keys all{{"platform", "mysql"},         {"database", "shop"},   {"port", std::to_string(server_->port())},
             {"username", "monitor"},       {"password", "secret"}, {"sql", std::move(sql)},
             {"queryType", std::move(type)}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(JdbcMysqlTest, brings_rows_with_columns_by_name_ignoring_case) {
  aliases_ = {"b", "A", "responseTime"};
  auto shot = ask(keys("select 1 as a, 'ä€' as B union all select 2, null;"));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), ElementsAre("ä€ 1 ms", "- 2 ms"));
  EXPECT_THAT(story(*shot), HasSubstr("resolved 127.0.0.1 to 127.0.0.1\nconnected; logging in\nlogged in\n"
                                      "sent the query\nread 2 rows\n"));
}

TEST_F(JdbcMysqlTest, takes_one_row_of_many_and_goes_on_with_the_session) {
  EXPECT_THAT(rows(*ask(keys("select seq as a from seq_1_to_20", "oneRow"))), ElementsAre("1"));
  EXPECT_THAT(rows(*ask(keys("select 1 as a from dual where false", "oneRow"))), ElementsAre());
  EXPECT_EQ(stats(Driver::kMysql).opened, 1);
  EXPECT_EQ(stats(Driver::kMysql).reused, 1);
}

TEST_F(JdbcMysqlTest, takes_at_most_1000_rows_and_leaves_a_session_that_has_far_more_to_say) {
  auto shot = ask(keys("select seq as a, repeat('x', 200) from seq_1_to_1000000"));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(shot->table().rows(), 1000);
  EXPECT_EQ(stats(Driver::kMysql).open, 0);
}

TEST_F(JdbcMysqlTest, reads_pairs_of_name_and_value) {
  aliases_ = {"Port", "threads_connected", "none"};
  auto shot = ask(keys("show global variables where variable_name = 'port';", "columns"));
  EXPECT_THAT(rows(*shot), ElementsAre(fmt::format("{} - -", server_->port()))) << shot->message();
}

TEST_F(JdbcMysqlTest, says_what_the_server_refused_and_keeps_the_session) {
  auto shot = ask(keys("select * from shop.nothing"));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_EQ(shot->message(), "cannot run the query: Table 'shop.nothing' doesn't exist (error 1146, SQLSTATE 42S02)");
  shot = ask(keys("select 1 as b"));
  EXPECT_EQ(shot->message(), "cannot find the column 'a' in the answer, which has: b");
  EXPECT_EQ(stats(Driver::kMysql).opened, 1);
}

TEST_F(JdbcMysqlTest, is_read_only_and_runs_one_statement) {
  EXPECT_THAT(rows(*ask(keys("select @@tx_read_only as a"))), ElementsAre("1"));
  EXPECT_THAT(ask(keys("select 1 as a; select 2 as a"))->message(), HasSubstr("error in your SQL syntax"));
}

TEST_F(JdbcMysqlTest, lets_the_server_end_a_query_that_takes_too_long) {
  auto shot = ask(keys("select sleep(30) as a", "oneRow", {{"timeout", "300"}}));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
  EXPECT_THAT(shot->message(), ::testing::AnyOf(HasSubstr("max_statement_time"), HasSubstr("no answer in time")));
}

TEST_F(JdbcMysqlTest, fails_for_a_wrong_password_without_telling_it) {
  auto shot = ask(keys("select 1 as a", "oneRow", {{"password", "wrong-word"}}));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("cannot log in to 127.0.0.1:"));
  EXPECT_THAT(shot->message(), HasSubstr("Access denied for user 'monitor'"));
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("wrong-word")));
}

TEST_F(JdbcMysqlTest, logs_in_over_tls_and_checks_the_certificate) {
  testing::TempFile ca(authority_->certificate);
  aliases_ = {"ssl_version"};
  auto sql = "show status like 'Ssl_version'";
  Keys tls{{"host", "db.example"}, {"ssl", "true"}, {"caFile", ca.path()}};
  auto shot = ask(keys(sql, "columns", tls));
  EXPECT_THAT(rows(*shot), ElementsAre("TLSv1.3")) << shot->message();
  tls[0].second = "other.example";
  shot = ask(keys(sql, "columns", tls));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
  EXPECT_THAT(shot->message(), HasSubstr("TLS"));
  shot = ask(keys(sql, "columns", {{"ssl", "true"}, {"host", "db.example"}}));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
  tls.emplace_back("verifyTls", "false");
  EXPECT_THAT(rows(*ask(keys(sql, "columns", tls))), ElementsAre("TLSv1.3"));
}

TEST_F(JdbcMysqlTest, takes_host_port_and_database_from_a_url) {
  auto url = fmt::format("jdbc:mysql://127.0.0.1:{}/shop?useUnicode=true&useSSL=false", server_->port());
  auto shot = ask(keys("select database() as a", "oneRow", {{"url", url}, {"port", "1"}}));
  EXPECT_THAT(rows(*shot), ElementsAre("shop")) << shot->message();
  shot = ask(keys("select database() as a", "oneRow", {{"database", "nowhere"}}));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("Unknown database 'nowhere'"));
}

TEST_F(JdbcMysqlTest, opens_another_session_when_the_kept_one_was_ended) {
  auto id = rows(*ask(keys("select connection_id() as a", "oneRow")));
  ask(keys("select sleep(0) as a", "oneRow", {{"timeout", "300"}}));
  // The server ends sessions that are idle for longer than this.
  ASSERT_EQ(stats(Driver::kMysql).idle, 2);
  server_ = (delete server_, testing::start_mariadb(certificate_).release());
  auto shot = ask(keys("select 1 as a", "oneRow"));
  EXPECT_THAT(rows(*shot), ElementsAre("1")) << shot->message();
}

TEST_F(JdbcMysqlTest, refuses_a_value_that_is_too_large) {
  auto used = account_.used();
  auto shot = ask(keys("select repeat('x', 5000000) as a", "oneRow"));
  EXPECT_NE(shot->code(), ResultCode::kSuccess);
  EXPECT_THAT(shot->message(), HasSubstr("or sent more than 4.00 MiB at once"));
  shot.reset();
  EXPECT_EQ(stats(Driver::kMysql).open, 0);
  EXPECT_EQ(account_.used(), used);
}

TEST_F(JdbcMysqlTest, leaves_no_descriptor_and_no_byte_after_10000_rounds) {
  auto probe = compile(keys("select seq as a from seq_1_to_3")).value();
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
  EXPECT_LE(stats(Driver::kMysql).opened, 205);
  Sessions::of(services_).shrink();
  EXPECT_EQ(descriptors(), open);
  EXPECT_EQ(account_.used(), used);
}

}  // namespace
}  // namespace holter::collect::jdbc
