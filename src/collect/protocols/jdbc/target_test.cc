#include "collect/protocols/jdbc/target.h"

#include <gmock/gmock.h>

#include "collect/protocols/jdbc/test_jdbc.h"
#include "collect/protocols/jdbc/url.h"

namespace holter::collect::jdbc {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string url_text(std::string_view text) {
  auto url = parse_url(text);
  if (!url) return url.error().message();
  auto flag = [](std::optional<bool> value) { return !value ? "-" : *value ? "yes" : "no"; };
  return fmt::format("{} {} {} {} {} {}", url->platform, url->host, url->port, url->database, flag(url->tls),
                     flag(url->verify_tls));
}

TEST(JdbcUrl, is_read_in_the_forms_of_the_products) {
  EXPECT_EQ(url_text("jdbc:mysql://h:3307/shop?useSSL=true&verifyServerCertificate=false"), "mysql h 3307 shop yes no");
  EXPECT_EQ(url_text("JDBC:PostgreSQL://[::1]:5433/x?sslmode=verify-full"), "postgresql [::1] 5433 x yes yes");
  EXPECT_EQ(url_text("jdbc:postgresql://h/x?sslmode=disable"), "postgresql h 0 x no no");
  EXPECT_EQ(url_text("jdbc:sqlserver://h:1433;databaseName=m;encrypt=true;trustServerCertificate=true"),
            "sqlserver h 1433 m yes no");
  EXPECT_EQ(url_text("jdbc:oracle:thin:@//h:1521/orclpdb1"), "oracle h 1521 orclpdb1 - -");
  EXPECT_EQ(url_text("jdbc:oracle:thin:@h:1521:XE"), "oracle h 1521 XE - -");
  EXPECT_EQ(url_text("jdbc:dm://h"), "dm h 0  - -");
}

TEST(JdbcUrl, is_refused_when_it_is_of_no_form_or_lets_a_server_read_files_or_run_code) {
  for (auto text :
       {"", "jdbc:", "jdbc:mysql", "jdbc:my sql://h", "jdbc:mysql://", "jdbc:mysql://h:0/x", "jdbc:mysql://h:99999/x",
        "jdbc:mysql://a,b/x", "jdbc:mysql://h/x y", "jdbc:mysql://[::1/x", "jdbc:mysql://h/x?allowLoadLocalInfile=true",
        "jdbc:mysql://h/x?auto%44eserialize=true", "jdbc:mysql://h/x?auto%2544eserialize=true",
        "jdbc:mysql://h/x?ALLOWMULTIQUERIES=true", "jdbc:h2:mem:x;INIT=RUNSCRIPT",
        "jdbc:db2://h/x:clientRerouteServerListJNDIName=ldap://e", "jdbc:odbc:"})
    EXPECT_THAT(url_text(text), StartsWith("cannot use the url '")) << text;
  EXPECT_THAT(url_text("jdbc:mysql://h/" + std::string(2048, 'x')), HasSubstr("more than 2048"));
  std::string deep = "auto%44eserialize";
  for (int i = 0; i < 7; ++i)
    for (auto at = deep.find('%'); at != std::string::npos; at = deep.find('%', at + 3)) deep.replace(at, 1, "%25");
  EXPECT_THAT(url_text("jdbc:mysql://h/x?" + deep), HasSubstr("more than five times"));
}

class JdbcTarget : public JdbcTest {
 protected:
  std::string refusal(const Keys& keys) {
    auto probe = compile(keys);
    return probe ? "" : probe.error().message();
  }
  Keys keys(Keys more) {
    Keys all{{"platform", "mysql"}, {"sql", "select 1 as a"}, {"queryType", "oneRow"}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(JdbcTarget, is_refused_with_the_value_at_fault) {
  EXPECT_EQ(refusal(keys({})), "");
  EXPECT_THAT(refusal(keys({{"platform", "oracel"}})), HasSubstr("cannot ask the platform 'oracel': known are"));
  EXPECT_THAT(refusal(keys({{"port", "0"}})), HasSubstr("cannot use the port '0'"));
  EXPECT_THAT(refusal(keys({{"host", ""}})), HasSubstr("'host' is empty"));
  EXPECT_THAT(refusal(keys({{"database", "x'; drop"}})), HasSubstr("cannot use the database name 'x'; drop'"));
  EXPECT_THAT(refusal(keys({{"queryType", "allRows"}})), HasSubstr("cannot use the queryType 'allRows'"));
  EXPECT_THAT(refusal(keys({{"url", "jdbc:mysql://h/x?autoDeserialize=true"}})), HasSubstr("is refused"));
  for (auto sql : {"", "delete from x", "/* select */ drop table x", "-- select", "insert into x select 1"})
    EXPECT_THAT(refusal(keys({{"sql", sql}})), StartsWith("cannot run the statement")) << sql;
  for (auto sql : {"SELECT 1;", " ( select 1 )", "-- x\n/* y */ show status", "with x as (select 1) select * from x"})
    EXPECT_EQ(refusal(keys({{"sql", sql}})), "") << sql;
  EXPECT_THAT(refusal(keys({{"sql", "select " + std::string(70000, ' ') + "1"}})), HasSubstr("at most 64.0 KiB"));
}

TEST_F(JdbcTarget, is_refused_with_a_tunnel_that_nobody_can_open) {
  auto refusal_with = [&](const std::string& platform, model::Node tunnel) {
    auto block = testing::block_of({testing::entry("host", "h"),
                                    testing::entry("platform", platform),
                                    testing::entry("sql", "select 1"),
                                    testing::entry("queryType", "oneRow"),
                                    {"sshTunnel", std::move(tunnel)}});
    auto probe = jdbc_plugin().compile({"db", "set", aliases_, block});
    return probe ? std::string() : probe.error().message();
  };
  using testing::entry;
  auto good = testing::block_of({entry("enable", "true"), entry("host", "bastion"), entry("username", "u")});
  EXPECT_EQ(refusal_with("mysql", good), "");
  EXPECT_THAT(refusal_with("clickhouse", good), StartsWith("cannot use an SSH tunnel to clickhouse"));
  EXPECT_THAT(refusal_with("oracle", good), StartsWith("cannot use an SSH tunnel to oracle"));
  EXPECT_THAT(refusal_with("mysql", testing::block_of({entry("enable", "true")})),
              StartsWith("cannot use 'sshTunnel': cannot "));
  EXPECT_EQ(refusal_with("mysql", testing::block_of({entry("enable", "false")})), "");
}

TEST_F(JdbcTarget, has_the_platforms_port_unless_another_is_given) {
  EXPECT_EQ(compile(keys({})).value()->target(), "127.0.0.1:3306");
  EXPECT_EQ(compile(keys({{"platform", "Kingbase"}, {"host", "::1"}})).value()->target(), "[::1]:54321");
  EXPECT_EQ(compile(keys({{"url", "jdbc:mariadb://db/x"}, {"port", "1"}})).value()->target(), "db:3306");
  EXPECT_GT(compile(keys({})).value()->bytes(), sizeof(Target));
}

}  // namespace
}  // namespace holter::collect::jdbc
