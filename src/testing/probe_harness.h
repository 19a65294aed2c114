#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "collect/one_shot.h"
#include "collect/plugin.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/known_hosts.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"
#include "testing/run_task.h"
#include "testing/scripted_dns.h"

namespace holter::testing {

/// `{{"host", "127.0.0.1"}, ...}` as the block of a protocol.
inline model::Node block_of(std::initializer_list<std::pair<std::string, model::Node>> entries) {
  model::Node block{.kind = model::Node::Kind::kMap};
  for (const auto& [key, value] : entries) {
    block.keys.push_back(key);
    block.items.push_back(value);
  }
  return block;
}
inline std::pair<std::string, model::Node> entry(std::string key, std::string text) {
  return {std::move(key), model::Node::of_text(std::move(text))};
}

/// A shard's services on the test's own thread, and one attempt at a time. All names that end in ".example" are
/// 127.0.0.1, except nobody.example, which does not exist.
class ProbeTest : public ::testing::Test {
 protected:
  std::unique_ptr<collect::OneShot> run(collect::Probe& probe, std::size_t columns) {
    auto shot = std::make_unique<collect::OneShot>(services_, columns, account_);
    bool done = false;
    shot->run(probe, [&] { done = true; });
    EXPECT_TRUE(run_until(context_, [&] { return done; }));
    return shot;
  }
  /// Steps, one a line.
  static std::string story(const collect::OneShot& shot) {
    std::string text;
    for (const auto& step : shot.trace().steps) text += step.what + "\n";
    return text;
  }
  void TearDown() override {
    bool closed = false;
    boost::asio::co_spawn(context_, scope_.close(), [&](std::exception_ptr) { closed = true; });
    EXPECT_TRUE(run_until(context_, [&] { return closed; }));
  }

  boost::asio::io_context context_{1};
  SystemClock clock_;
  memory::Account account_{"process", nullptr, 64 << 20};
  runtime::TaskScope scope_{context_.get_executor()};
  ScriptedDns dns_{[](const DnsQuestion& q) {
    return q.name == "nobody.example" ? ScriptedDns::failure(q, 3) : ScriptedDns::addresses(q, {"127.0.0.1"});
  }};
  net::Resolver resolver_{{.servers = {dns_.server()}}, context_.get_executor(), clock_, account_};
  net::HttpClient http_{{}, context_.get_executor(), clock_, resolver_, account_};
  net::IcmpEngine icmp_{{.max_in_flight = 16}, context_.get_executor(), clock_, account_};
  net::KnownHosts known_hosts_{{}, account_};
  collect::ShardObjects objects_;
  collect::Services services_{
      context_.get_executor(), clock_, scope_, account_, resolver_, http_, icmp_, objects_, nullptr, &known_hosts_};
};

}  // namespace holter::testing
