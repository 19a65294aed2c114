// Real databases through the real SSH server.
#include <algorithm>

#include "collect/protocols/jdbc/test_jdbc.h"
#include "collect/ssh_sessions.h"
#include "testing/openssh.h"
#include "testing/ssh_server.h"
#include "testing/stream_faults.h"
#include "testing/texts_block.h"

namespace holter::collect::jdbc {
namespace {

using model::Node;
using model::ResultCode;
using ::testing::ElementsAre;
using testing::entry;
using ::testing::HasSubstr;

class JdbcTunnelTest : public JdbcTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ssh_.running()) << "openssh-server is not installed: tools/setup.sh installs it";
  }

  static Node through(std::uint16_t port, const std::string& user, const std::string& key,
                      const std::string& password) {
    return testing::block_of({entry("enable", "true"), entry("host", "127.0.0.1"), entry("port", std::to_string(port)),
                              entry("username", user), entry("privateKey", key), entry("password", password)});
  }
  Node tunnel() const { return through(ssh_.port(), ssh_.user(), ssh_.key(), ""); }

  Probe& probe(std::string platform, std::uint16_t port, Node tunnel, Keys more = {}) {
    if (platform == "mysql") more.emplace_back("database", "shop");
    const Keys usual{
        {"host", "127.0.0.1"},  {"port", std::to_string(port)}, {"platform", platform},  {"username", "monitor"},
        {"password", "secret"}, {"sql", "select 7 as a"},       {"queryType", "oneRow"}, {"timeout", "5000"}};
    auto block = testing::block_of_texts(usual, more);
    block.keys.emplace_back("sshTunnel");
    block.items.push_back(std::move(tunnel));
    auto made = jdbc_plugin().compile({"db", "set", aliases_, block});
    EXPECT_TRUE(made) << made.error().message();
    probes_.push_back(std::move(*made));
    return *probes_.back();
  }

  testing::OpenSsh ssh_;
  std::vector<std::unique_ptr<Probe>> probes_;
};

TEST_F(JdbcTunnelTest, databases_are_asked_through_one_session_with_and_without_tls) {
  auto authority = testing::make_certificate({.common_name = "ca", .authority = true});
  auto certificate = testing::make_certificate({}, &authority);
  testing::TempFile ca(authority.certificate);
  auto postgresql = testing::start_postgresql(&certificate), mariadb = testing::start_mariadb(&certificate);
  ASSERT_TRUE(postgresql->running() && mariadb->running()) << "a server did not start: tools/setup.sh installs it";
  for (const auto& more : {Keys{}, Keys{{"ssl", "true"}, {"caFile", ca.path()}}})
    for (auto [platform, port] : {std::pair{"postgresql", postgresql->port()}, {"mysql", mariadb->port()}}) {
      auto& asked = probe(platform, port, tunnel(), more);
      for (int i = 0; i < 3; ++i) {
        auto shot = run(asked, 1);
        ASSERT_EQ(shot->code(), ResultCode::kSuccess) << platform << ": " << shot->message();
        EXPECT_THAT(rows(*shot), ElementsAre("7"));
        auto way = "connected to 127.0.0.1:" + std::to_string(port) + " through 127.0.0.1:";
        EXPECT_THAT(story(*shot), HasSubstr(i == 0 ? way : "took a session that was kept"));
      }
    }
  EXPECT_EQ(SshSessions::of(services_).forwarder_stats().opened, 1);
  objects_.clear();  // PostgreSQL ends when nobody is connected any more
}

TEST_F(JdbcTunnelTest, a_session_whose_tunnel_broke_is_opened_anew) {
  auto postgresql = testing::start_postgresql();
  ASSERT_TRUE(postgresql->running()) << "PostgreSQL did not start: tools/setup.sh installs it";
  auto& asked = probe("postgresql", postgresql->port(), tunnel());
  ASSERT_EQ(run(asked, 1)->code(), ResultCode::kSuccess);
  ssh_.end_sessions();
  auto again = run(asked, 1);
  EXPECT_EQ(again->code(), ResultCode::kSuccess) << again->message();
  EXPECT_EQ(SshSessions::of(services_).forwarder_stats().opened, 2);
  objects_.clear();
}

TEST_F(JdbcTunnelTest, what_keeps_a_tunnel_from_being_had_is_unconnectable) {
  auto closed = run(probe("postgresql", testing::unused_port(), tunnel()), 1);
  EXPECT_EQ(closed->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(closed->message(), HasSubstr("through 127.0.0.1:"));
  testing::SshServer other;
  auto wrong = run(probe("mysql", 1, through(other.port(), "watcher", "", "hunter2")), 1);
  EXPECT_EQ(wrong->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(wrong->message(), HasSubstr("cannot log in to 127.0.0.1:"));
  EXPECT_THAT(wrong->message(), ::testing::Not(HasSubstr("hunter2")));
  auto nobody = run(probe("mysql", 1, through(testing::unused_port(), "watcher", "", "secret")), 1);
  EXPECT_EQ(nobody->code(), ResultCode::kUnconnectable);
  for (auto platform : {"postgresql", "mysql"}) {
    testing::ScriptedPeer silent({{testing::ScriptedPeer::stall()}});
    auto late = run(probe(platform, silent.port(), tunnel(), {{"timeout", "300"}}), 1);
    EXPECT_LT(late->duration(), seconds(3)) << "the timeout counts, and no other";
    EXPECT_NE(late->code(), ResultCode::kSuccess);
    EXPECT_THAT(late->message(), ::testing::StartsWith("cannot "));
  }
}

TEST_F(JdbcTunnelTest, leaves_no_descriptor_behind) {
  auto postgresql = testing::start_postgresql();
  auto mariadb = testing::start_mariadb();
  ASSERT_TRUE(postgresql->running() && mariadb->running()) << "a server did not start: tools/setup.sh installs it";
  std::ptrdiff_t descriptors = 0;
  for (bool first : {true, false}) {
    if (!first) descriptors = testing::open_descriptors();
    for (auto [platform, port] : {std::pair{"postgresql", postgresql->port()}, {"mysql", mariadb->port()}})
      for (int i = 0; i < 5; ++i)
        EXPECT_EQ(run(probe(platform, port, tunnel(), {{"reuseConnection", "false"}}), 1)->code(),
                  ResultCode::kSuccess);
    objects_.clear();
    for (int i = 0; i < 50; ++i) context_.poll();
  }
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

}  // namespace
}  // namespace holter::collect::jdbc
