#include <gmock/gmock.h>

#include "collect/hex.h"
#include "collect/protocols/dns/message.h"
#include "testing/real_server.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& dns_plugin();

namespace {

using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Peer = testing::ScriptedPeer;

class DnsTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string set, std::vector<std::string> aliases,
                              std::string name = "www.example", std::string type = "A", std::string tcp = "false",
                              std::string timeout = "5000") {
    auto block = testing::block_of({entry("dnsServerIP", "127.0.0.1"), entry("port", std::to_string(port)),
                                    entry("address", name), entry("recordType", type), entry("tcp", tcp),
                                    entry("timeout", timeout)});
    kept_.push_back(std::make_unique<std::vector<std::string>>(std::move(aliases)));
    return dns_plugin().compile({"dns", set, *kept_.back(), block}).value();
  }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::uint16_t dns_port() {
    auto server = dns_.server();
    return static_cast<std::uint16_t>(std::stoi(server.substr(server.rfind(':') + 1)));
  }
  std::vector<std::unique_ptr<std::vector<std::string>>> kept_;
};

TEST_F(DnsTest, asks_a_real_server_for_any_type_over_udp_and_tcp) {
  testing::RealServer server("/usr/sbin/dnsmasq", [](const auto&, auto port) {
    return std::vector<std::string>{"-k",
                                    "-C",
                                    "/dev/null",
                                    "-R",
                                    "-h",
                                    "-i",
                                    "lo",
                                    "-z",
                                    "--user=root",
                                    "--pid-file=",
                                    "-p",
                                    std::to_string(port),
                                    "--local=/example/",
                                    "--host-record=www.example,192.0.2.1,2001:db8::1",
                                    "--host-record=www.example,192.0.2.2",
                                    "--mx-host=example,mail.example,10",
                                    "--txt-record=example,v=spf1 -all",
                                    "--srv-host=_x._tcp.example,www.example,5,1,2"};
  });
  ASSERT_TRUE(server.running()) << "dnsmasq is not installed: tools/setup.sh installs it";
  for (std::string tcp : {"false", "true"}) {
    auto header =
        make(server.port(), "header", {"status", "answerRowCount", "flags", "responseTime"}, "www.example", "A", tcp);
    auto shot = run(*header, 4);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
    EXPECT_EQ(text(*shot, 0), "NOERROR");
    EXPECT_THAT(text(*shot, 2), StartsWith("qr "));
    for (auto [type, name, wanted] :
         {std::tuple{"AAAA", "www.example", "{ www.example. 0 IN AAAA [2001:db8::1] }"},
          {"MX", "example.", "{ example. 0 IN MX [10 mail.example.] }"},
          {"TXT", "example", "{ example. 0 IN TXT [\"v=spf1 -all\"] }"},
          {"SRV", "_x._tcp.example", "{ _x._tcp.example. 0 IN SRV [1 2 5 www.example.] }"}}) {
      auto answer = make(server.port(), "answer", {"section0", "section1"}, name, type, tcp);
      auto found = run(*answer, 2);
      ASSERT_EQ(found->code(), ResultCode::kSuccess) << found->message();
      EXPECT_EQ(text(*found, 0), wanted);
      EXPECT_EQ(found->table().at(0, 1).kind, RawTable::Kind::kNull);
    }
  }
  auto missing = make(server.port(), "header", {"status"}, "nobody.example");
  EXPECT_EQ(text(*run(*missing, 1), 0), "NXDOMAIN");
}

TEST_F(DnsTest, bears_what_a_peer_over_tcp_can_do_wrong) {
  auto maker = [this](auto port, auto timeout) {
    return make(port, "header", {"status"}, "www.example", "A", "true", timeout);
  };
  for (const auto& script : {Script{Peer::reset()}, Script{Peer::close()}, Script{Peer::expect("www"), Peer::reset()},
                             Script{Peer::expect("www"), Peer::send(std::string("\0\x20", 2) + "half"), Peer::close()},
                             Script{Peer::expect("www"), Peer::send("SSH-2.0-x\r\n"), Peer::close()},
                             Script{Peer::expect("www"), Peer::send_forever("xxxx")}})
    expect_failure(*play(maker, script), "tcp");
  auto silent = play(maker, {Peer::stall()}, "60");
  EXPECT_EQ(silent->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(silent->message(), HasSubstr("read the answer of"));
  EXPECT_EQ(run(*maker(testing::unused_port(), "5000"), 1)->code(), ResultCode::kUnconnectable);
}

TEST_F(DnsTest, ten_thousand_rounds_leave_nothing_behind) {
  auto probe = make(dns_port(), "header", {"status"});
  auto bytes = account_.used();
  auto descriptors = testing::open_descriptors();
  for (int i = 0; i < 10'000; ++i) {
    auto shot = run(*probe, 1);
    ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  }
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(DnsTest, reads_a_recorded_answer) {
  auto probe = make(53, "answer", {"section"});
  OneShot shot(services_, 1, account_);
  shot.replay(*probe,
              "1234 8180 0001 0002 0000 0000 0377777707657861 6d706c65 00 0001 0001\n"
              "c00c 0001 0001 0000012c 0004 c0000201\nC00C 0001 0001 0000012c 0004 c0000202");
  ASSERT_EQ(shot.code(), ResultCode::kSuccess) << shot.message();
  EXPECT_EQ(text(shot, 0), "{ www.example. 300 IN A [192.0.2.1] [192.0.2.2] }");
}

TEST_F(DnsTest, refuses_blocks_that_are_wrong) {
  std::vector<std::string> aliases{"a"};
  auto wrong = [&](std::string set, std::string name, std::string type) {
    auto block =
        testing::block_of({entry("dnsServerIP", "127.0.0.1"), entry("address", name), entry("recordType", type)});
    auto probe = dns_plugin().compile({"dns", set, aliases, block});
    ASSERT_FALSE(probe) << set << name << type;
    EXPECT_THAT(probe.error().message(), StartsWith("cannot "));
  };
  wrong("summary", "a.example", "A");
  wrong("header", "a..example", "A");
  wrong("header", "", "A");
  wrong("header", std::string(64, 'a'), "A");
  wrong("header", "a.example", "WHAT");
}

TEST(DnsMessage, refuses_names_that_go_in_circles_or_outside) {
  auto parse = [](const char* digits) { return dns::parse_message(from_hex(digits, 512).value()); };
  EXPECT_FALSE(parse("1234 8180 0001 0000 0000 0000 c00c 0001 0001"));
  EXPECT_FALSE(parse("1234 8180 0001 0000 0000 0000 c0ff 0001 0001"));
  EXPECT_FALSE(parse("1234 8180 0001 0000 0000 0000 05 61"));
  EXPECT_FALSE(parse("1234 8180 ffff ffff 0000 0000"));
  EXPECT_FALSE(parse("1234 81"));
  auto generic = parse("1234 8180 0000 0001 0000 0000 00 fde8 0001 00000001 0002 abcd");
  ASSERT_TRUE(generic) << generic.error().message();
  EXPECT_EQ(dns::text_of(generic->sections[1][0]), "{ . 1 IN TYPE65000 [\\# 2 abcd] }");
}

}  // namespace
}  // namespace holter::collect
