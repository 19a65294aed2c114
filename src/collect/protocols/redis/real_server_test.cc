#include "testing/real_server.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "testing/openssh.h"
#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

namespace holter::collect {

const PluginInfo& redis_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

constexpr const char* kServer = "/usr/bin/redis-server";

using Words = std::vector<std::string>;
Words server_words(const std::string& directory, std::uint16_t port, Words more = {}) {
  Words words{"--port", std::to_string(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class RealRedisTest : public testing::ProbeTest {
 protected:
  std::unique_ptr<OneShot> ask(std::uint16_t port, std::string set, std::vector<std::string> aliases,
                               std::vector<std::pair<std::string, std::string>> more = {}) {
    auto block = testing::block_of({entry("host", "localhost"), entry("port", std::to_string(port))});
    for (auto& [key, value] : more) {
      block.keys.push_back(key);
      block.items.push_back(model::Node::of_text(value));
    }
    probes_.push_back(redis_plugin().compile({"redis", set, aliases, block}).value());
    return run(*probes_.back(), aliases.size());
  }
  std::string text(const OneShot& shot, std::size_t column, std::size_t row = 0) {
    return std::string(shot.table().text(shot.table().at(row, column)));
  }
  std::vector<std::unique_ptr<Probe>> probes_;
};

TEST_F(RealRedisTest, reads_every_section_of_a_single_server) {
  testing::RealServer server(kServer, [](const auto& dir, auto port) { return server_words(dir, port); });
  ASSERT_TRUE(server.running()) << "redis-server is not installed: tools/setup.sh installs it";
  for (auto [set, alias] : {std::pair{"server", "redis_version"},
                            {"clients", "connected_clients"},
                            {"memory", "used_memory"},
                            {"stats", "total_commands_processed"},
                            {"replication", "role"},
                            {"cpu", "used_cpu_sys"},
                            {"cluster", "cluster_enabled"},
                            {"persistence", "loading"},
                            {"commandstats", "cmdstat_info"}}) {
    auto shot = ask(server.port(), set, {alias});
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_FALSE(text(*shot, 0).empty()) << set;
  }
}

TEST_F(RealRedisTest, logs_in_as_a_user_of_the_access_list) {
  testing::RealServer server(kServer, [](const auto& dir, auto port) {
    auto file = dir + "/users.acl";
    std::ofstream(file) << "user default on >other ~* +@all\nuser watcher on >secret +info\n";
    return server_words(dir, port, {"--aclfile", file});
  });
  ASSERT_TRUE(server.running()) << "redis-server is not installed: tools/setup.sh installs it";
  EXPECT_EQ(ask(server.port(), "server", {"redis_version"}, {{"username", "watcher"}, {"password", "secret"}})->code(),
            ResultCode::kSuccess);
  EXPECT_EQ(ask(server.port(), "server", {"redis_version"}, {{"password", "other"}})->code(), ResultCode::kSuccess);
  auto wrong = ask(server.port(), "server", {"redis_version"}, {{"username", "watcher"}, {"password", "wrong"}});
  EXPECT_EQ(wrong->code(), ResultCode::kFail);
  EXPECT_THAT(wrong->message(), HasSubstr("WRONGPASS"));
  auto none = ask(server.port(), "server", {"redis_version"});
  EXPECT_EQ(none->code(), ResultCode::kFail);
  EXPECT_THAT(none->message(), HasSubstr("NOAUTH"));
}

TEST_F(RealRedisTest, speaks_tls_with_a_certificate_of_its_own) {
  auto authority = testing::make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  auto own = testing::make_certificate({}, &authority);
  testing::TempFile ca(authority.certificate), certificate(own.certificate), key(own.key);
  testing::RealServer server(kServer, [&](const auto& dir, auto port) {
    return Words{"--port",
                 "0",
                 "--tls-port",
                 std::to_string(port),
                 "--bind",
                 "127.0.0.1",
                 "--dir",
                 dir,
                 "--tls-cert-file",
                 certificate.path(),
                 "--tls-key-file",
                 key.path(),
                 "--tls-ca-cert-file",
                 ca.path()};
  });
  ASSERT_TRUE(server.running()) << "redis-server is not installed: tools/setup.sh installs it";
  auto good =
      ask(server.port(), "server", {"redis_version"},
          {{"ssl", "true"}, {"caFile", ca.path()}, {"certificateFile", certificate.path()}, {"keyFile", key.path()}});
  EXPECT_EQ(good->code(), ResultCode::kSuccess) << good->message();
  EXPECT_THAT(story(*good), HasSubstr("TLS: TLSv1."));
  auto unknown = ask(server.port(), "server", {"redis_version"}, {{"ssl", "true"}});
  EXPECT_EQ(unknown->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(unknown->message(), HasSubstr("not trusted"));
  auto without = ask(server.port(), "server", {"redis_version"}, {{"ssl", "true"}, {"verifyTls", "false"}});
  EXPECT_EQ(without->code(), ResultCode::kUnconnectable) << "the server wants a certificate of the client";
}

TEST_F(RealRedisTest, reads_a_cluster_of_three_nodes) {
  std::vector<std::unique_ptr<testing::RealServer>> nodes;
  for (int i = 0; i < 3; ++i) {
    auto bus = testing::unused_port();
    nodes.push_back(std::make_unique<testing::RealServer>(kServer, [&](const auto& dir, auto port) {
      return server_words(dir, port, {"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus)});
    }));
    ASSERT_TRUE(nodes.back()->running()) << "redis-server is not installed: tools/setup.sh installs it";
  }
  auto command = std::string("redis-cli --cluster create");
  for (const auto& node : nodes) command += " 127.0.0.1:" + std::to_string(node->port());
  ASSERT_EQ(std::system((command + " --cluster-yes > /dev/null").c_str()), 0);
  auto shot = ask(nodes[0]->port(), "cluster", {"identity", "cluster_enabled", "cluster_state", "cluster_known_nodes"},
                  {{"pattern", "3"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 3);
  for (std::size_t row = 0; row < 3; ++row) {
    EXPECT_THAT(text(*shot, 0, row), ::testing::StartsWith("127.0.0.1:"));
    EXPECT_EQ(text(*shot, 1, row), "1");
    EXPECT_EQ(text(*shot, 3, row), "3");
  }
}

TEST_F(RealRedisTest, is_asked_through_an_ssh_tunnel) {
  testing::RealServer server(kServer, [](const auto& dir, auto port) { return server_words(dir, port); });
  testing::OpenSsh ssh;
  ASSERT_TRUE(server.running() && ssh.running()) << "redis or openssh-server is missing: tools/setup.sh installs them";
  const std::vector<std::string> aliases{"redis_version"};
  auto block = testing::block_of(
      {entry("host", "127.0.0.1"),
       entry("port", std::to_string(server.port())),
       {"sshTunnel", testing::block_of({entry("enable", "true"), entry("host", "localhost"),
                                        entry("port", std::to_string(ssh.port())), entry("username", ssh.user()),
                                        entry("privateKey", ssh.key())})}});
  auto probe = redis_plugin().compile({"redis", "server", aliases, block});
  ASSERT_TRUE(probe) << probe.error().message();
  for (int i = 0; i < 3; ++i) {
    auto shot = run(**probe, 1);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_THAT(text(*shot, 0), ::testing::StartsWith("7."));
    if (i == 0) EXPECT_THAT(story(*shot), HasSubstr(" through localhost:"));
  }
  auto direct = ask(server.port(), "server", {"redis_version"});
  EXPECT_THAT(story(*direct), HasSubstr("connected to 127.0.0.1")) << "the tunnel's session is none for others";
}

TEST_F(RealRedisTest, reads_what_a_sentinel_knows) {
  testing::RealServer master(kServer, [](const auto& dir, auto port) { return server_words(dir, port); });
  ASSERT_TRUE(master.running()) << "redis-server is not installed: tools/setup.sh installs it";
  testing::RealServer sentinel(kServer, [&](const auto& dir, auto port) {
    auto file = dir + "/sentinel.conf";
    std::ofstream(file) << "port " << port << "\nbind 127.0.0.1\ndir " << dir << "\nsentinel monitor main 127.0.0.1 "
                        << master.port() << " 1\n";
    return Words{file, "--sentinel"};
  });
  ASSERT_TRUE(sentinel.running());
  auto shot = ask(sentinel.port(), "sentinel", {"sentinel_masters", "master0"}, {{"pattern", "2"}});
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "1");
  EXPECT_THAT(text(*shot, 1), HasSubstr("name=main,status=ok,address=127.0.0.1:"));
}

}  // namespace
}  // namespace holter::collect
