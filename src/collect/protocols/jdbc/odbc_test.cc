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
using std::string_literals::operator""s;

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

/// What SQL Server says (MS-TDS 7.4), as far as FreeTDS listens.
namespace tds {

std::string le(std::uint64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string wide(std::string_view text) {
  std::string out;
  for (char c : text) out += std::string{c, '\0'};
  return out;
}
/// A text with its count of characters in `bytes` bytes before it.
std::string counted(std::string_view text, std::size_t bytes) {
  return le(text.size(), bytes) + wide(text);
}
std::string packet(const std::string& body) {
  auto length = body.size() + 8;
  return std::string{4, 1, static_cast<char>(length >> 8), static_cast<char>(length), 0, 0, 1, 0} + body;
}
std::string token(char kind, const std::string& body) {
  return kind + le(body.size(), 2) + body;
}
std::string done(unsigned status, unsigned command, unsigned rows) {
  return "\xfd" + le(status, 2) + le(command, 2) + le(rows, 8);
}

/// Version 15, no encryption.
std::string prelogin() {
  return packet("\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff\x0f\x00\x07\xd0\x00\x00\x02"s);
}
std::string accepted() {
  return packet(token('\xad', "\x01\x74\x00\x00\x04"s + counted("Microsoft SQL Server", 1) + "\x0f\x00\x07\xd0"s) +
                done(0, 0, 0));
}
std::string refused() {
  return packet(token('\xaa', le(18456, 4) + "\x01\x0e" + counted("Login failed for user 'sa'.", 2) + counted("db", 1) +
                                  counted("", 1) + le(1, 4)) +
                done(2, 0, 0));
}
/// How a client ends what it does not read to the end: here behind the one row that it wants.
const std::string kAttention = "\x06\x01\x00\x08"s;
/// One row with the column "a" of integers.
std::string row(int value) {
  constexpr unsigned kSelect = 0xc1;
  return packet("\x81" + le(1, 2) + le(0, 4) + le(0, 2) + "\x38" + counted("a", 1) + "\xd1" +
                le(static_cast<std::uint64_t>(value), 4) + done(0x10, kSelect, 1));
}

}  // namespace tds

TEST_F(JdbcOdbcTest, reads_rows_of_a_sql_server) {
  std::vector<Peer::Step> script{Peer::expect("\x12"), Peer::send(tds::prelogin()), Peer::expect(tds::wide("sa")),
                                 Peer::send(tds::accepted())};
  for (int i = 0; i < 2; ++i)
    script.insert(script.end(), {Peer::expect(tds::wide("select 1")), Peer::send(tds::row(42 + i)),
                                 Peer::expect(tds::kAttention), Peer::send(tds::packet(tds::done(0x20, 0, 0)))});
  script.push_back(Peer::stall());
  Peer server({script});
  EXPECT_THAT(rows(*ask(tds(server.port()))), ElementsAre("42"));
  EXPECT_THAT(rows(*ask(tds(server.port()))), ElementsAre("43"));
  EXPECT_EQ(server.accepted(), 1) << "the session is kept";
}

TEST_F(JdbcOdbcTest, says_that_a_sql_server_refuses_the_login) {
  Peer server({{Peer::expect("\x12"), Peer::send(tds::prelogin()), Peer::expect(tds::wide("sa")),
                Peer::send(tds::refused()), Peer::close()}});
  auto shot = ask(tds(server.port()));
  EXPECT_EQ(shot->code(), ResultCode::kFail);
  EXPECT_THAT(shot->message(), HasSubstr("Login failed for user 'sa'."));
  EXPECT_THAT(shot->message() + story(*shot), Not(HasSubstr("secret")));
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
  EXPECT_EQ(connection_text(target, ""),
            "Driver=FreeTDS;Server=db;Port=1433;Database=m;TDS_Version=7.4;ClientCharset=UTF-8;Encryption=off;"
            "UID={a;b};PWD={x}}y=1;Server=z};");
  target.platform = "oracle";
  target.odbc_driver = "Oracle 21 ODBC driver";
  target.user = "u";
  target.password = "p";
  EXPECT_EQ(connection_text(target, ""), "Driver={Oracle 21 ODBC driver};DBQ=//db:1433/m;UID=u;PWD=p;");
}

TEST(JdbcOdbcText, gives_the_driver_the_address_that_was_resolved) {
  Target target{.driver = Driver::kOdbc,
                .platform = "oracle",
                .host = "db.example",
                .port = 1521,
                .user = "u",
                .password = "p",
                .database = "m",
                .odbc_driver = "Oracle"};
  EXPECT_EQ(connection_text(target, "192.0.2.1"), "Driver=Oracle;DBQ=//192.0.2.1:1521/m;UID=u;PWD=p;");
  target.platform = "sqlserver";
  target.odbc_driver = "MS";
  target.port = 1433;
  target.tls = target.verify_tls = true;
  EXPECT_EQ(connection_text(target, "192.0.2.1"),
            "Driver=MS;Server=tcp:192.0.2.1,1433;Database=m;Encrypt=yes;TrustServerCertificate=no;"
            "HostNameInCertificate=db.example;UID=u;PWD=p;");
}

TEST(JdbcOdbcText, converts_all_of_unicode_and_replaces_what_is_none) {
  EXPECT_EQ(utf8_of(utf16_of("aß€\U0001F600")), "aß€\U0001F600");
  EXPECT_EQ(utf8_of(utf16_of("\xff\xc3(\xed\xa0\x80")), "\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(utf8_of(std::u16string(1, 0xD800)), "\uFFFD");
}

}  // namespace
}  // namespace holter::collect::jdbc
