// Holds what is charged for a kept session against what its library allocates.
#include <fmt/format.h>

#include "collect/protocols/jdbc/test_jdbc.h"
#include "testing/allocated.h"
#include "testing/database_servers.h"

namespace holter::collect::jdbc {
namespace {

class JdbcMemoryTest : public JdbcTest {
 protected:
  /// Bytes that each of ten kept sessions holds, to as many names of one server.
  std::size_t held_by_each(const Keys& keys) {
    constexpr std::size_t kSessions = 10;
    std::vector<std::unique_ptr<Probe>> probes;
    for (std::size_t i = 0; i <= kSessions; ++i) {
      auto all = keys;
      all.emplace_back("host", fmt::format("h{}.example", i));
      probes.push_back(compile(all).value());
    }
    run(*probes.back(), 1);  // what libraries keep once for all
    auto before = testing::allocated_bytes();
    for (std::size_t i = 0; i < kSessions; ++i) EXPECT_EQ(run(*probes[i], 1)->code(), model::ResultCode::kSuccess);
    return (testing::allocated_bytes() - before) / kSessions;
  }
};

TEST_F(JdbcMemoryTest, a_session_of_postgresql_holds_no_more_than_is_charged_for_it) {
  auto server = testing::start_postgresql();
  ASSERT_TRUE(server->running()) << "PostgreSQL is not installed: tools/setup.sh installs it";
  auto each = held_by_each({{"platform", "postgresql"},
                            {"port", std::to_string(server->port())},
                            {"username", "monitor"},
                            {"password", "secret"},
                            {"sql", "select 1 as a"},
                            {"queryType", "oneRow"}});
  fmt::print("a session of PostgreSQL holds {} bytes, {} are charged\n", each, kPostgresqlBytes);
  EXPECT_LE(each, kPostgresqlBytes);
  EXPECT_GE(each, kPostgresqlBytes / 4);
  Sessions::of(services_).shrink();
}

TEST_F(JdbcMemoryTest, a_session_of_mysql_holds_no_more_than_is_charged_for_it) {
  auto server = testing::start_mariadb();
  ASSERT_TRUE(server->running()) << "MariaDB is not installed: tools/setup.sh installs it";
  auto each = held_by_each({{"platform", "mysql"},
                            {"port", std::to_string(server->port())},
                            {"username", "monitor"},
                            {"password", "secret"},
                            {"sql", "select 1 as a"},
                            {"queryType", "oneRow"}});
  fmt::print("a session of MySQL holds {} bytes, {} are charged\n", each, kMysqlBytes);
  EXPECT_LE(each, kMysqlBytes);
  EXPECT_GE(each, kMysqlBytes / 4);
  Sessions::of(services_).shrink();
}

}  // namespace
}  // namespace holter::collect::jdbc
