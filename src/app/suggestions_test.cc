#include "app/suggestions.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/loaded.h"
#include "collect/pushes.h"
#include "memory/shares.h"
#include "testing/run_task.h"
#include "testing/scripted_peer.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
using define::Suggestion;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::run_task;
using testing::ScriptedPeer;
using testing::soon;
using Reply = api::Answered<api::SuggestReport>;

/// A shard on a thread of its own, and listeners on loopback.
class SuggestionsTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kLedger = 64 << 20;

  SuggestionsTest() {
    EXPECT_TRUE(memory::apply(memory::Shares{}, ledger, kLedger));
    define::Problems problems;
    auto keys = protocol_keys();
    definitions = define::load_definitions("definitions", keys, problems);
    EXPECT_TRUE(problems.ok());
  }
  ~SuggestionsTest() override {
    run_task(control, [](Suggestions* all) -> asio::awaitable<bool> {
      co_await all->close();
      co_return true;
    }(&suggestions));
    if (!started) shard.shard.start();
    asio::co_spawn(shard.shard.executor(), shard.collector.close(), asio::use_future).get();
    shard.shard.stop();
  }

  /// What `suggest()` says; the shard runs from the first call on.
  Reply ask(std::string text, std::string account = "root") {
    start();
    const auto who = *access::Identity::of_session({.name = std::move(account), .role = "admin"}, {});
    return run_task(control, suggestions.suggest(std::move(text), {who, soon()}));
  }
  void start() {
    if (!started) shard.shard.start();
    started = true;
  }
  /// An application whose default port is that one, made of an application that there is.
  void add_app(const std::string& name, std::string_view like, std::uint16_t port) {
    auto definition = std::make_shared<model::Definition>(*definitions.find(like));
    definition->app = name;
    std::ranges::find(definition->params, "port", &model::ParamDef::field)->default_value = std::to_string(port);
    definitions.add(std::move(definition));
  }

  define::Config config;
  define::Registry definitions;
  SystemClock clock;
  asio::io_context control{1};
  memory::Budget ledger{kLedger};
  memory::ArrowPool batches{ledger.account("batches"), "batches"};
  collect::Pushes pushes{clock, ledger.account("collect/pushes")};
  net::KnownHosts known_hosts{{}, ledger.account("collect/ssh")};
  ShardParts shard{0, config, clock, ledger, batches, known_hosts, pushes, [](std::shared_ptr<const batch::Batch>) {}};
  bool started = false;
  Suggestions suggestions{{.control = control.get_executor(),
                           .clock = clock,
                           .definitions = definitions,
                           .shard = shard,
                           .account = ledger.account("collect/suggestions")}};
};

TEST_F(SuggestionsTest, an_endpoint_that_takes_connections_is_reachable) {
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  auto report = ask("127.0.0.1:" + std::to_string(peer.port()));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->kind, define::Subject::Kind::kEndpoint);
  EXPECT_EQ(report->address, "127.0.0.1");
  EXPECT_THAT(report->suggestions, Contains(AllOf(Field(&Suggestion::app, "port"), Field(&Suggestion::reachable, true),
                                                  Field(&Suggestion::port, peer.port()))));
  EXPECT_THAT(report->suggestions,
              Contains(AllOf(Field(&Suggestion::app, "ping"), Field(&Suggestion::reachable, true))));
  EXPECT_THAT(report->skipped, IsEmpty());
  EXPECT_FALSE(report->truncated);
  auto closed = ask("127.0.0.1:" + std::to_string(testing::unused_port()), "another");
  ASSERT_TRUE(closed);
  EXPECT_THAT(closed->suggestions,
              Contains(AllOf(Field(&Suggestion::app, "port"), Field(&Suggestion::reachable, false))));
}

TEST_F(SuggestionsTest, a_host_is_offered_what_listens_on_the_ports_of_the_definitions) {
  ScriptedPeer peer({{ScriptedPeer::stall()}});
  add_app("here", "redis", peer.port());
  add_app("nowhere", "redis", testing::unused_port());
  auto report = ask("127.0.0.1");
  ASSERT_TRUE(report) << report.error().detail;
  ASSERT_FALSE(report->suggestions.empty());
  EXPECT_EQ(report->suggestions[0].app, "ping");
  EXPECT_THAT(report->suggestions,
              Contains(AllOf(Field(&Suggestion::app, "here"), Field(&Suggestion::name, "127.0.0.1 here"),
                             Field(&Suggestion::reachable, true))));
  EXPECT_THAT(report->suggestions, Not(Contains(Field(&Suggestion::app, "nowhere"))));
  EXPECT_LT(report->duration_ms, 9'000);
}

TEST_F(SuggestionsTest, the_shipped_definitions_leave_no_port_out) {
  auto plan = define::plan_scan(definitions, define::parse_subject("db1.example").value());
  EXPECT_THAT(plan.left_out, IsEmpty());
  for (std::uint16_t port : {22, 443, 3306, 5432, 6379}) EXPECT_THAT(plan.ports, Contains(port));
  EXPECT_THAT(plan.ports, Not(Contains(161))) << "SNMP is asked by datagrams";
  auto all = define::suggest(definitions, define::parse_subject("db1.example").value(),
                             {.ping_ms = 1, .open = {{3306, 1}, {22, 1}}});
  std::vector<std::string> apps;
  for (const auto& one : all) apps.push_back(one.app);
  EXPECT_THAT(apps, ::testing::ElementsAre("ping", "linux", "mysql", ::testing::_, ::testing::_));
}

TEST_F(SuggestionsTest, of_a_network_each_address_that_answers_gets_a_ping) {
  auto report = ask("127.0.0.0/29");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->host, "");
  ASSERT_EQ(report->suggestions.size(), 6U);
  EXPECT_EQ(report->suggestions[0].name, "127.0.0.1 ping");
  EXPECT_EQ(report->suggestions[5].name, "127.0.0.6 ping");
  EXPECT_EQ(report->suggestions[5].reason, Suggestion::Reason::kNetwork);
}

TEST_F(SuggestionsTest, what_is_forbidden_is_not_asked) {
  ScriptedPeer own({{ScriptedPeer::stall()}});
  auto rules = net::TargetPolicy::default_rules();
  rules.own = {parse_ip_block("127.0.0.1:" + std::to_string(own.port())).value()};
  rules.forbidden.push_back(parse_ip_block("127.0.0.2").value());
  shard.resolver.policy().set(rules);
  auto endpoint = ask("127.0.0.1:" + std::to_string(own.port()));
  ASSERT_TRUE(endpoint) << endpoint.error().detail;
  EXPECT_THAT(endpoint->suggestions,
              Not(Contains(AllOf(Field(&Suggestion::app, "port"), Field(&Suggestion::reachable, true)))));
  ASSERT_EQ(endpoint->skipped.size(), 1U);
  EXPECT_EQ(endpoint->skipped[0].what, "port " + std::to_string(own.port()));
  EXPECT_THAT(endpoint->skipped[0].reason, HasSubstr("network.forbidden"));
  EXPECT_EQ(own.accepted(), 0U);
  auto host = ask("127.0.0.2", "second");
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().status, 422U);
  EXPECT_EQ(host.error().parameter, "text");
  auto network = ask("127.0.0.0/29", "third");
  ASSERT_TRUE(network);
  EXPECT_EQ(network->suggestions.size(), 5U);
  EXPECT_THAT(network->skipped, Contains(Field(&api::SuggestReport::Skipped::what, "127.0.0.2")));
}

TEST_F(SuggestionsTest, a_text_that_says_nothing_is_refused_before_anything_is_asked) {
  auto refused = ask("two words");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400U);
  EXPECT_EQ(refused.error().parameter, "text");
  EXPECT_TRUE(ask("127.0.0.1:1")) << "it does not count as a scan";
}

TEST_F(SuggestionsTest, one_scan_of_an_account_at_a_time_and_no_more_than_four_in_all) {
  start();
  std::vector<access::Identity> callers;
  for (const char* name : {"a", "b", "c", "d", "e"})
    callers.push_back(*access::Identity::of_session({.name = name, .role = "admin"}, {}));
  std::vector<std::optional<Reply>> replies(6);
  auto begin = [&](std::size_t at, const access::Identity& who) {
    asio::co_spawn(control, suggestions.suggest("127.0.0.0/29", {who, soon()}),
                   [&replies, at](std::exception_ptr failure, Reply reply) {
                     if (!failure) replies[at].emplace(std::move(reply));
                   });
  };
  begin(0, callers[0]);
  begin(1, callers[0]);
  for (std::size_t i = 1; i < callers.size(); ++i) begin(i + 1, callers[i]);
  ASSERT_TRUE(testing::run_until(
      control, [&] { return std::ranges::all_of(replies, [](const auto& reply) { return reply.has_value(); }); }));
  EXPECT_TRUE(*replies[0]) << replies[0]->error().detail;
  ASSERT_FALSE(*replies[1]);
  EXPECT_EQ(replies[1]->error().status, 429U);
  EXPECT_EQ(replies[1]->error().retry_after_seconds, 1U);
  for (std::size_t i : {2, 3, 4}) EXPECT_TRUE(*replies[i]);
  ASSERT_FALSE(*replies[5]);
  EXPECT_EQ(replies[5]->error().status, 503U);
  auto again = ask("127.0.0.0/29", "a");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().status, 429U) << "so soon after the last";
  EXPECT_EQ(ledger.account("collect/suggestions").used(), 0U);
}

TEST_F(SuggestionsTest, without_memory_there_is_no_scan) {
  auto& account = ledger.account("collect/suggestions");
  std::vector<memory::Reservation> held;
  for (auto more = account.reserve(1 << 20); more; more = account.reserve(1 << 20)) held.push_back(std::move(*more));
  for (auto more = account.reserve(16 << 10); more; more = account.reserve(16 << 10)) held.push_back(std::move(*more));
  auto refused = ask("127.0.0.0/29");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 503U);
}

TEST_F(SuggestionsTest, the_end_of_the_server_ends_scans) {
  start();
  const auto who = *access::Identity::of_session({.name = "a", .role = "admin"}, {});
  bool ended = false;
  asio::co_spawn(control, suggestions.suggest("127.0.0.0/24", {who, soon()}),
                 [&ended](const std::exception_ptr&, const Reply&) { ended = true; });
  auto close = [](Suggestions* all) -> asio::awaitable<bool> {
    co_await all->close();
    co_return true;
  };
  EXPECT_TRUE(run_task(control, close(&suggestions)));
  EXPECT_TRUE(ended);
  auto refused = ask("127.0.0.1", "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 503U);
}

}  // namespace
}  // namespace holter::app
