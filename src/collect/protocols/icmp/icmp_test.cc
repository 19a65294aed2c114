#include "net/icmp.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include "collect/one_shot.h"
#include "collect/plugin.h"
#include "net/http.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace holter::collect {

const PluginInfo& icmp_plugin();

namespace {

using model::Node;
using model::ResultCode;

class IcmpProbeTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Probe>> compile(std::string host, std::string timeout) {
    Node block{.kind = Node::Kind::kMap};
    block.keys = {"host", "timeout"};
    block.items = {Node::of_text(std::move(host)), Node::of_text(std::move(timeout))};
    return icmp_plugin().compile({"ping", "summary", aliases, block});
  }
  std::unique_ptr<OneShot> run(Probe& probe) {
    auto shot = std::make_unique<OneShot>(services, 1, account);
    bool done = false;
    shot->run(probe, [&] { done = true; });
    context.restart();
    auto end = std::chrono::steady_clock::now() + seconds(10);
    while (!done && std::chrono::steady_clock::now() < end) context.run_one_for(milliseconds(50));
    EXPECT_TRUE(done);
    return shot;
  }
  void TearDown() override {
    boost::asio::co_spawn(context, scope.close(), [](std::exception_ptr) {});
    context.restart();
    context.run_for(seconds(1));
  }

  const std::vector<std::string> aliases{"responseTime"};
  boost::asio::io_context context{1};
  SystemClock clock;
  memory::Account account{"process", nullptr, 64 << 20};
  runtime::TaskScope scope{context.get_executor()};
  net::Resolver resolver{{}, context.get_executor(), clock, account};
  net::HttpClient http{{}, context.get_executor(), clock, resolver, account};
  net::IcmpEngine icmp{{.max_in_flight = 16}, context.get_executor(), clock, account};
  ShardObjects objects;
  Services services{context.get_executor(), clock, scope, account, resolver, http, icmp, objects};
};

TEST_F(IcmpProbeTest, pings_an_address_and_notes_the_steps) {
  auto probe = compile("127.0.0.1", "1000").value();
  auto shot = run(*probe);
  EXPECT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  ASSERT_EQ(shot->table().rows(), 1u);
  EXPECT_EQ(shot->table().at(0, 0).kind, RawTable::Kind::kDouble);
  EXPECT_LT(shot->table().at(0, 0).number, 1000);
  EXPECT_EQ(shot->trace().steps.size(), 2u);
}

TEST_F(IcmpProbeTest, pings_a_name_of_the_hosts_file_and_ipv6) {
  for (auto host : {"localhost", "::1", "[::1]", "http://127.0.0.1:80"}) {
    auto probe = compile(host, "2000").value();
    EXPECT_EQ(run(*probe)->code(), ResultCode::kSuccess) << host;
  }
}

TEST_F(IcmpProbeTest, says_unreachable_and_why_when_no_reply_comes_in_time) {
  auto probe = compile("203.0.113.1.invalid", "150").value();
  auto shot = run(*probe);
  EXPECT_EQ(shot->code(), ResultCode::kUnreachable);
  EXPECT_FALSE(shot->message().empty());
}

TEST_F(IcmpProbeTest, takes_the_default_timeout_for_what_is_no_number) {
  EXPECT_EQ(compile("127.0.0.1", "")->get()->timeout(), milliseconds(6000));
  EXPECT_EQ(compile("127.0.0.1", "soon")->get()->timeout(), milliseconds(6000));
  EXPECT_EQ(compile("127.0.0.1", "1500.9")->get()->timeout(), milliseconds(1500));
  EXPECT_EQ(compile("127.0.0.1", "1e99")->get()->timeout(), milliseconds(600'000));
}

TEST_F(IcmpProbeTest, refuses_an_empty_host) {
  EXPECT_FALSE(compile("", "1").has_value());
}

TEST_F(IcmpProbeTest, stays_small) {
  EXPECT_LE(compile("127.0.0.1", "1")->get()->bytes(), 160u);
}

}  // namespace
}  // namespace holter::collect
