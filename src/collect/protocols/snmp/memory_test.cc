// Holds what is charged for a running walk against what it allocates.
#include "collect/protocols/snmp/test_snmp.h"
#include "testing/allocated.h"

namespace holter::collect {
namespace {

using testing::SnmpAgent;

using SnmpMemoryTest = SnmpProbeTest;

TEST_F(SnmpMemoryTest, a_walk_in_flight_holds_no_more_than_is_charged_for_it) {
  constexpr std::size_t kAttempts = 100;
  // The first piece comes, the second never does.
  SnmpAgent agent(device(1000), [](const testing::SnmpQuestion& question, std::string good, std::size_t) {
    return question.names[0].size() == 9 ? SnmpAgent::Reply{std::move(good)} : SnmpAgent::Reply{};
  });
  auto probe = make(agent.port(), {{"operation", "walk"}, {"timeout", "60000"}}, table_oids()).value();
  run(*make(agent.port(), {{"operation", "walk"}, {"timeout", "50"}}, table_oids()).value(), 3);  // opens the socket
  std::vector<std::unique_ptr<OneShot>> shots;
  std::size_t done = 0, asked = agent.questions();
  for (std::size_t i = 0; i < kAttempts; ++i) shots.push_back(std::make_unique<OneShot>(services_, 3, account_));
  auto before = testing::allocated_bytes();
  auto charged_before = account_.held();
  for (auto& shot : shots) shot->run(*probe, [&] { ++done; });
  ASSERT_TRUE(testing::run_until(context_, [&] { return agent.questions() >= asked + 2 * kAttempts; }));
  context_.restart();
  context_.poll();
  auto each = (testing::allocated_bytes() - before) / kAttempts;
  auto charged = (account_.held() - charged_before) / kAttempts;
  fmt::print("a walk in flight holds {} bytes, {} are charged\n", each, charged);
  EXPECT_LE(each, charged);
  EXPECT_GE(each, charged / 4);
  for (auto& shot : shots) probe->cancel(*shot);
  ASSERT_TRUE(testing::run_until(context_, [&] { return done == kAttempts; }));
  EXPECT_EQ(account_.held(), charged_before);
}

}  // namespace
}  // namespace holter::collect
