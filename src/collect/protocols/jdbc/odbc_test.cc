// unixODBC with PostgreSQL's driver against the real PostgreSQL; FreeTDS against peers that are no SQL Server.
#include "collect/protocols/jdbc/odbc_connection.h"
#include "collect/protocols/jdbc/test_jdbc.h"
#include "testing/database_servers.h"

namespace holter::collect::jdbc {
namespace {

using model::ResultCode;
using Peer = testing::ScriptedPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kDriver = "PostgreSQL Unicode";

class JdbcOdbcTest : public JdbcTest {
 protected:
  static void SetUpTestSuite() { server_ = testing::start_postgresql().release(); }
  static void TearDownTestSuite() { delete std::exchange(server_, nullptr); }
  Keys keys(std::string sql, std::string type = "multiRow", Keys more = {}) {
    Keys all{{"platform", "odbc"},     {"driver", kDriver},           {"port", std::to_string(server_->port())},
             {"database", "postgres"}, {"username", "monitor"},       {"password", "secret"},
             {"sql", std::move(sql)},  {"queryType", std::move(type)}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Keys tds(std::uint16_t port, const std::string& timeout = "5000") {
    return {{"platform", "sqlserver"}, {"port", std::to_string(port)}, {"username", "sa"},  {"password", "secret"},
            {"sql", "select 1 as a"},  {"queryType", "oneRow"},        {"timeout", timeout}};
  }
  bool ready() const { return server_->running() && std::filesystem::exists("/etc/odbcinst.ini"); }

  static inline testing::RealServer* server_ = nullptr;
};

TEST_F(JdbcOdbcTest, brings_rows_of_any_characters_through_a_driver) {
  ASSERT_TRUE(ready()) << "PostgreSQL or its ODBC driver is not installed: tools/setup.sh installs it";
  aliases_ = {"b", "A", "responseTime"};
  auto shot = ask(keys("select 1 as a, 'ä€\U0001F600' as b union all select 2, null order by 1"));
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_THAT(rows(*shot), ElementsAre("ä€\U0001F600 1 ms", "- 2 ms"));
  aliases_ = {"a"};
  EXPECT_EQ(ask(keys("select g as a from generate_series(1, 2000) g"))->table().rows(), 1000);
  EXPECT_THAT(rows(*ask(keys("select repeat('xy', 50000) as a", "oneRow"))).at(0).size(), 100000);
  EXPECT_EQ(stats(Driver::kOdbc).opened, 1);
}

TEST_F(JdbcOdbcTest, says_what_the_server_refused_and_what_a_password_is_not) {
  ASSERT_TRUE(ready()) << "PostgreSQL or its ODBC driver is not installed: tools/setup.sh installs it";
  auto shot = ask(keys("select * from nothing"));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("relation \"nothing\" does not exist"));
  shot = ask(keys("select 1 as a", "oneRow", {{"password", "wrong-word"}}));
  EXPECT_EQ(shot->code(), ResultCode::kFail) << shot->message();
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("wrong-word")));
}

TEST_F(JdbcOdbcTest, takes_a_connection_string_from_a_url) {
  ASSERT_TRUE(ready()) << "PostgreSQL or its ODBC driver is not installed: tools/setup.sh installs it";
  auto url =
      fmt::format("jdbc:odbc:Driver={{{}}};Servername=127.0.0.1;Port={};Database=postgres", kDriver, server_->port());
  auto shot = ask(keys("select 7 as a", "oneRow", {{"url", url}}));
  EXPECT_THAT(rows(*shot), ElementsAre("7")) << shot->message();
}

TEST_F(JdbcOdbcTest, names_a_driver_that_is_not_there) {
  auto shot = ask(keys("select 1 as a", "oneRow", {{"driver", "No Such Driver"}}));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("the ODBC driver or a library that it needs is not installed"));
  auto probe = compile({{"platform", "oracle"}, {"sql", "select 1"}, {"queryType", "oneRow"}});
  ASSERT_FALSE(probe);
  EXPECT_THAT(probe.error().message(), HasSubstr("cannot ask oracle without an ODBC driver"));
}

TEST_F(JdbcOdbcTest, says_that_a_peer_refuses_resets_or_is_no_sql_server) {
  auto shot = ask(tds(testing::unused_port()));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable) << shot->message();
  Peer resets({{Peer::reset()}});
  EXPECT_NE(ask(tds(resets.port()))->code(), ResultCode::kSuccess);
  Peer other({{Peer::send("HTTP/1.1 400 Bad Request\r\n\r\n"), Peer::close()}});
  EXPECT_NE(ask(tds(other.port()))->code(), ResultCode::kSuccess);
}

TEST_F(JdbcOdbcTest, goes_on_at_the_deadline_while_a_driver_waits) {
  Peer silent({{Peer::stall()}});
  auto shot = ask(tds(silent.port(), "300"));
  EXPECT_EQ(shot->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(shot->message(), HasSubstr("no answer in time"));
}

TEST(JdbcOdbcText, writes_values_so_that_none_is_taken_for_another_keyword) {
  Target target{.driver = Driver::kOdbc,
                .platform = "sqlserver",
                .host = "db",
                .port = 1433,
                .user = "a;b",
                .password = "x}y=1;Server=z",
                .database = "m",
                .odbc_driver = "FreeTDS"};
  EXPECT_EQ(connection_text(target),
            "Driver=FreeTDS;Server=db;Port=1433;Database=m;TDS_Version=7.4;ClientCharset=UTF-8;Encryption=off;"
            "UID={a;b};PWD={x}}y=1;Server=z};");
  target.platform = "oracle";
  target.odbc_driver = "Oracle 21 ODBC driver";
  target.user = "u";
  target.password = "p";
  EXPECT_EQ(connection_text(target), "Driver={Oracle 21 ODBC driver};DBQ=//db:1433/m;UID=u;PWD=p;");
}

TEST(JdbcOdbcText, converts_all_of_unicode_and_replaces_what_is_none) {
  EXPECT_EQ(utf8_of(utf16_of("aß€\U0001F600")), "aß€\U0001F600");
  EXPECT_EQ(utf8_of(utf16_of("\xff\xc3(\xed\xa0\x80")), "\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(utf8_of(std::u16string(1, 0xD800)), "\uFFFD");
}

}  // namespace
}  // namespace holter::collect::jdbc
