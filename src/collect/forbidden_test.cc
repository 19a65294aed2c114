#include <algorithm>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/probe_harness.h"
#include "testing/scripted_peer.h"

// No protocol reaches what network.forbidden names, whether a name or an address leads there.
namespace holter::collect {
namespace {

using model::Node;
using model::ResultCode;
using testing::block_of;
using testing::entry;
using ::testing::HasSubstr;
using Peer = testing::ScriptedPeer;

enum class Over : std::uint8_t { kTcp, kUdp, kIcmp };

struct Case {
  std::string_view plugin;
  Over over = Over::kTcp;
  std::vector<std::pair<std::string, std::string>> more;  ///< keys that the protocol needs besides host and port
  std::string_view host_key = "host";
  ResultCode code = ResultCode::kUnreachable;  ///< some formats have another word for a host that is not there
};

const Case kCases[] = {
    {"http", Over::kTcp, {{"url", "/"}, {"method", "GET"}, {"parseType", "website"}}},
    {"nginx"},
    {"prometheus"},
    {"websocket"},
    {"telnet"},
    {"ssl_cert"},
    {"redis"},
    {"memcached"},
    {"mqtt"},
    {"mongodb", Over::kTcp, {{"command", "serverStatus.connections"}}},
    {"ftp", Over::kTcp, {{"direction", "/"}}, "host", ResultCode::kUnconnectable},
    {"ftp",
     Over::kTcp,
     {{"ssl", "true"}, {"username", "u"}, {"password", "p"}, {"direction", "/"}},
     "host",
     ResultCode::kUnconnectable},
    {"smtp", Over::kTcp, {{"email", "a@b.example"}}, "host", ResultCode::kFail},
    {"pop3", Over::kTcp, {{"email", "a"}, {"authorize", "b"}}, "host", ResultCode::kFail},
    {"imap", Over::kTcp, {{"email", "a"}, {"authorize", "b"}, {"folderName", "INBOX"}}, "host", ResultCode::kFail},
    {"ssh", Over::kTcp, {{"username", "u"}, {"password", "p"}, {"script", "true"}, {"parseType", "oneRow"}}},
    {"jdbc", Over::kTcp, {{"platform", "postgresql"}, {"queryType", "oneRow"}, {"sql", "select 1"}}},
    {"jdbc", Over::kTcp, {{"platform", "mysql"}, {"queryType", "oneRow"}, {"sql", "select 1"}}},
    {"jdbc",
     Over::kTcp,
     {{"platform", "sqlserver"}, {"driver", "FreeTDS"}, {"queryType", "oneRow"}, {"sql", "select 1"}}},
    {"jdbc", Over::kTcp, {{"platform", "clickhouse"}, {"queryType", "oneRow"}, {"sql", "select 1"}}},
    {"dns", Over::kUdp, {{"address", "a.example"}}, "dnsServerIP", ResultCode::kUnconnectable},
    {"ntp", Over::kUdp, {}, "host", ResultCode::kUnconnectable},
    {"udp", Over::kUdp, {{"content", "68656c6c6f"}}},
    {"snmp", Over::kUdp, {}},
    {"icmp", Over::kIcmp, {}},
};

class ForbiddenTest : public testing::ProbeTest {
 protected:
  std::unique_ptr<OneShot> ask(const Case& test, const std::string& host, std::uint16_t port,
                               const Node* tunnel = nullptr) {
    auto block = block_of({entry(std::string(test.host_key), host), entry("port", std::to_string(port)),
                           entry("timeout", "1500"), entry("reuseConnection", "false")});
    for (const auto& [key, value] : test.more) {
      block.keys.push_back(key);
      block.items.push_back(Node::of_text(value));
    }
    if (test.plugin == "snmp") {
      block.keys.emplace_back("oids");
      block.items.push_back(block_of({entry("responseTime", "1.3.6.1.2.1.1.3.0")}));
    }
    if (tunnel != nullptr) {
      block.keys.emplace_back("sshTunnel");
      block.items.push_back(*tunnel);
    }
    auto plugins = all_plugins();
    auto found = std::ranges::find_if(plugins, [&](auto factory) { return factory().name == test.plugin; });
    if (found == plugins.end()) {
      ADD_FAILURE() << "no plug-in " << test.plugin;
      return nullptr;
    }
    probe_ = (*found)().compile({"app", "set", aliases_, block}).value();
    return run(*probe_, aliases_.size());
  }

  const std::vector<std::string> aliases_{"responseTime"};
  std::unique_ptr<Probe> probe_;
};

std::string name_of(const Case& test) {
  return std::string(test.plugin) + (test.more.empty() ? "" : " " + test.more[0].second);
}

TEST_F(ForbiddenTest, addresses_are_reached_by_no_protocol) {
  for (const auto& test : kCases)
    for (const std::string& host : {std::string("127.0.0.1"), std::string("any.example")}) {
      Peer peer({{Peer::close()}});
      resolver_.policy().set(*net::TargetPolicy::parse(std::vector<std::string>{"127.0.0.0/8"}, {}));
      auto shot = ask(test, host, peer.port());
      EXPECT_THAT(shot->message(), HasSubstr("127.0.0.1 is forbidden (network.forbidden)")) << name_of(test) << host;
      EXPECT_THAT(shot->message(), HasSubstr("cannot reach " + host + ": ")) << name_of(test);
      EXPECT_EQ(shot->code(), test.code) << name_of(test) << ": " << shot->message();
      EXPECT_EQ(peer.accepted(), 0u) << name_of(test) << host;
    }
}

/// The same peers without the rule: what the test above sees comes from the rule alone.
TEST_F(ForbiddenTest, addresses_are_reached_once_they_are_allowed) {
  for (const auto& test : kCases) {
    Peer peer({{Peer::close()}});
    resolver_.policy().set(
        *net::TargetPolicy::parse(std::vector<std::string>{"127.0.0.0/8"}, std::vector<std::string>{"127.0.0.1"}));
    auto shot = ask(test, "any.example", peer.port());
    EXPECT_THAT(shot->message(), ::testing::Not(HasSubstr("network.forbidden"))) << name_of(test);
    if (test.over == Over::kTcp) EXPECT_GE(peer.accepted(), 1u) << name_of(test) << ": " << shot->message();
  }
}

TEST_F(ForbiddenTest, is_known_of_every_protocol_that_connects) {
  for (auto factory : all_plugins()) {
    auto name = factory().name;
    if (name == "script" || name == "push") continue;  // they connect to nothing
    EXPECT_TRUE(std::ranges::any_of(kCases, [&](const Case& test) { return test.plugin == name; })) << name;
  }
}

TEST_F(ForbiddenTest, addresses_are_not_reached_by_an_ssh_server_either) {
  Peer server({{Peer::close()}});
  for (std::string_view host : {"169.254.169.254", "[::ffff:169.254.169.254]", "0xa9fea9fe"}) {
    auto tunnel =
        block_of({entry("enable", "true"), entry("host", "127.0.0.1"), entry("port", std::to_string(server.port())),
                  entry("username", "u"), entry("password", "p")});
    auto shot = ask({.plugin = "redis"}, std::string(host), 80, &tunnel);
    EXPECT_THAT(shot->message(), HasSubstr("169.254.169.254 is forbidden (network.forbidden)")) << host;
  }
  EXPECT_EQ(server.accepted(), 0u);
}

}  // namespace
}  // namespace holter::collect
