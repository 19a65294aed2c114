#include "net/resolver.h"

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/task_scope.h"
#include "testing/fake_clock.h"
#include "testing/run_task.h"
#include "testing/scripted_dns.h"

namespace holter::net {
namespace {

using testing::DnsQuestion;
using ::testing::HasSubstr;
using testing::run_task;
using testing::ScriptedDns;
using testing::soon;
using Addresses = std::vector<IpAddress>;

class ResolverTest : public ::testing::Test {
 protected:
  void serve(ScriptedDns::Answer answer, ResolverOptions options = {}) {
    dns_ = std::make_unique<ScriptedDns>(std::move(answer));
    options.servers = {dns_->server()};
    use(std::move(options));
  }
  void use(ResolverOptions options) {
    resolver_ = std::make_unique<Resolver>(std::move(options), context_.get_executor(), clock_, account_);
  }
  Result<Addresses> resolve(std::string host, MonoTime deadline = soon()) {
    return run_task(context_, resolver_->resolve(std::move(host), deadline));
  }
  static Addresses list(std::initializer_list<const char*> texts) {
    Addresses out;
    for (const char* text : texts) out.push_back(boost::asio::ip::make_address(text));
    return out;
  }
  void TearDown() override {
    resolver_.reset();
    context_.restart();
    context_.poll();
    EXPECT_EQ(account_.used(), 0);
  }

  testing::FakeClock clock_;
  memory::Account account_{"dns", nullptr, 1 << 20};
  boost::asio::io_context context_{1};
  std::unique_ptr<ScriptedDns> dns_;
  std::unique_ptr<Resolver> resolver_;
};

std::optional<std::string> two_families(const DnsQuestion& q) {
  return ScriptedDns::addresses(q, {"2001:db8::1", "192.0.2.1", "192.0.2.2"}, 60);
}

TEST_F(ResolverTest, gives_ipv4_before_ipv6) {
  serve(two_families);
  auto found = resolve("site.example");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, list({"192.0.2.1", "192.0.2.2", "2001:db8::1"}));
  EXPECT_EQ(dns_->questions(), 2);
}

TEST_F(ResolverTest, gives_literals_back_without_a_query) {
  serve(two_families);
  EXPECT_EQ(*resolve("127.0.0.1"), list({"127.0.0.1"}));
  EXPECT_EQ(*resolve("[::1]"), list({"::1"}));
  EXPECT_EQ(*resolve("2001:db8::7"), list({"2001:db8::7"}));
  EXPECT_EQ(dns_->questions(), 0);
  EXPECT_EQ(resolver_->stats().queries, 0);
}

TEST_F(ResolverTest, reads_the_hosts_file) {
  serve(two_families);
  auto found = resolve("localhost");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(found->front().is_loopback());
}

TEST_F(ResolverTest, calls_an_unknown_name_not_found) {
  serve([](const DnsQuestion& q) { return ScriptedDns::failure(q, 3); });
  auto found = resolve("nobody.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(found.error().message(), "unknown host: nobody.example");
}

TEST_F(ResolverTest, calls_a_name_without_addresses_not_found) {
  serve([](const DnsQuestion& q) { return ScriptedDns::addresses(q, {}); });
  auto found = resolve("empty.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
}

TEST_F(ResolverTest, takes_one_family_when_the_other_has_nothing) {
  serve([](const DnsQuestion& q) {
    return q.type == ScriptedDns::kA ? ScriptedDns::failure(q, 3) : ScriptedDns::addresses(q, {"2001:db8::9"});
  });
  auto found = resolve("six.example");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, list({"2001:db8::9"}));
}

TEST_F(ResolverTest, calls_a_failing_server_unavailable_and_does_not_cache_that) {
  serve([](const DnsQuestion& q) { return ScriptedDns::failure(q, 2); });
  auto found = resolve("broken.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kUnavailable) << found.error().message();
  EXPECT_EQ(resolver_->stats().entries, 0);
}

TEST_F(ResolverTest, calls_a_missing_server_unavailable) {
  {
    ScriptedDns gone(two_families);
    use({.servers = {gone.server()}});
  }
  auto found = resolve("site.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kUnavailable) << found.error().message();
}

TEST_F(ResolverTest, names_a_wrong_server_in_the_error) {
  use({.servers = {"not an address"}});
  auto found = resolve("site.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(found.error().message(), HasSubstr("not an address"));
}

TEST_F(ResolverTest, asks_by_tcp_when_the_answer_was_truncated) {
  serve([](const DnsQuestion& q) { return q.tcp ? two_families(q) : ScriptedDns::truncated(q); });
  auto found = resolve("large.example");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->size(), 3);
  EXPECT_GE(dns_->questions_by_tcp(), 1);
}

TEST_F(ResolverTest, gives_up_at_the_deadline_when_no_server_answers) {
  serve([](const DnsQuestion&) { return std::nullopt; });
  auto found = resolve("silent.example", soon(milliseconds(50)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(found.error().message(), "cannot resolve silent.example: no name server answered in time");
}

TEST_F(ResolverTest, ignores_garbage) {
  serve([](const DnsQuestion&) { return std::string("\x01garbage\xff\x00\xc0\x0c", 12); });
  auto found = resolve("garbage.example", soon(milliseconds(50)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kTimeout) << found.error().message();
}

TEST_F(ResolverTest, ignores_a_reply_with_another_id) {
  serve([](const DnsQuestion& q) {
    auto reply = *two_families(q);
    reply[0] = static_cast<char>(reply[0] ^ 0x55);
    return reply;
  });
  auto found = resolve("forged.example", soon(milliseconds(50)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::kTimeout) << found.error().message();
}

TEST_F(ResolverTest, survives_a_reply_cut_in_the_middle) {
  serve([](const DnsQuestion& q) {
    auto reply = *two_families(q);
    return reply.substr(0, reply.size() - 3);
  });
  auto found = resolve("cut.example", soon(milliseconds(200)));
  EXPECT_FALSE(found);
}

TEST_F(ResolverTest, cuts_an_answer_of_hostile_length) {
  serve([](const DnsQuestion& q) {
    std::vector<std::string> many;
    for (int i = 0; i < 200; ++i) many.push_back("192.0.2." + std::to_string(i));
    return q.tcp || q.type == ScriptedDns::kA ? ScriptedDns::addresses(q, many) : ScriptedDns::failure(q, 3);
  });
  auto found = resolve("many.example");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->size(), 64);
}

TEST_F(ResolverTest, rejects_what_is_no_host_name_without_a_query) {
  serve(two_families);
  for (const std::string& host :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("with space"),
        std::string("a/b"), std::string("a\0b", 3), std::string(64, 'x') + ".example",
        std::string("m\xc3\xbcller.example"), std::string(300, 'a'), std::string("::zz")}) {
    auto found = resolve(host);
    ASSERT_FALSE(found) << host;
    EXPECT_EQ(found.error().code(), ErrorCode::kInvalidArgument) << found.error().message();
    EXPECT_THAT(found.error().message(), ::testing::StartsWith("cannot resolve '"));
  }
  EXPECT_EQ(dns_->questions(), 0);
}

TEST_F(ResolverTest, passes_punycode_and_the_longest_legal_name) {
  serve(two_families);
  EXPECT_TRUE(resolve("xn--mller-kva.example"));
  std::string longest;
  while (longest.size() + 63 <= 253) longest += std::string(62, 'a') + ".";
  longest += std::string(253 - longest.size(), 'b');
  auto found = resolve(longest);
  EXPECT_TRUE(found) << found.error().message();
}

TEST_F(ResolverTest, takes_a_name_with_a_dot_at_its_end) {
  serve([](const DnsQuestion& q) { return q.name == "site.example" ? two_families(q) : ScriptedDns::failure(q, 3); });
  auto found = resolve("site.example.");
  ASSERT_TRUE(found) << found.error().message();
  auto missing = resolve("other.example.");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound) << missing.error().message();
}

TEST_F(ResolverTest, answers_from_the_cache_until_the_ttl_is_over) {
  serve(two_families);
  ASSERT_TRUE(resolve("site.example"));
  clock_.advance(seconds(59));
  ASSERT_TRUE(resolve("SITE.example"));
  EXPECT_EQ(resolver_->stats().hits, 1);
  EXPECT_EQ(resolver_->stats().queries, 1);
  clock_.advance(seconds(2));
  ASSERT_TRUE(resolve("site.example"));
  EXPECT_EQ(resolver_->stats().queries, 2);
}

TEST_F(ResolverTest, keeps_failures_for_the_negative_ttl) {
  serve([](const DnsQuestion& q) { return ScriptedDns::failure(q, 3); });
  EXPECT_FALSE(resolve("nobody.example"));
  EXPECT_FALSE(resolve("nobody.example"));
  EXPECT_EQ(resolver_->stats().queries, 1);
  clock_.advance(seconds(6));
  EXPECT_FALSE(resolve("nobody.example"));
  EXPECT_EQ(resolver_->stats().queries, 2);
}

TEST_F(ResolverTest, holds_ttls_between_the_least_and_the_most) {
  serve([](const DnsQuestion& q) {
    return ScriptedDns::addresses(q, {"192.0.2.1", "2001:db8::1"}, q.name == "short.example" ? 0 : 1'000'000);
  });
  ASSERT_TRUE(resolve("short.example"));
  ASSERT_TRUE(resolve("long.example"));
  clock_.advance(seconds(4));
  ASSERT_TRUE(resolve("short.example"));
  EXPECT_EQ(resolver_->stats().hits, 1);
  clock_.advance(seconds(297));
  ASSERT_TRUE(resolve("long.example"));
  EXPECT_EQ(resolver_->stats().queries, 3);
}

TEST_F(ResolverTest, evicts_the_oldest_entry) {
  serve(two_families, {.max_entries = 2});
  for (const char* host : {"one.example", "two.example", "three.example"}) ASSERT_TRUE(resolve(host));
  EXPECT_EQ(resolver_->stats().entries, 2);
  ASSERT_TRUE(resolve("three.example"));
  EXPECT_EQ(resolver_->stats().hits, 1);
  ASSERT_TRUE(resolve("one.example"));
  EXPECT_EQ(resolver_->stats().queries, 4);
}

TEST_F(ResolverTest, refuses_a_lookup_that_the_account_has_no_room_for) {
  account_.set_limit(1000);
  serve(two_families);
  auto refused = resolve("two.example");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(dns_->questions(), 0);
}

TEST_F(ResolverTest, hides_forbidden_addresses_of_names_and_literals) {
  serve([](const DnsQuestion& q) {
    return q.name == "both.example"
               ? ScriptedDns::addresses(q, {"169.254.169.254", "192.0.2.1", "::ffff:169.254.169.254"})
               : ScriptedDns::addresses(q, {"169.254.169.254"});
  });
  auto both = resolve("both.example");
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ(*both, list({"192.0.2.1"}));
  for (const char* host : {"only.example", "169.254.169.254", "[::ffff:169.254.169.254]", "0.0.0.0"}) {
    auto found = resolve(host);
    ASSERT_FALSE(found) << host;
    EXPECT_EQ(found.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(found.error().message(), ::testing::StartsWith(std::string("cannot reach ") + host + ": ")) << host;
    EXPECT_THAT(found.error().message(), HasSubstr(" is forbidden (network.forbidden)"));
  }
}

TEST_F(ResolverTest, catches_a_name_whose_address_becomes_a_forbidden_one) {
  std::atomic<bool> turned{false};
  serve([&](const DnsQuestion& q) { return ScriptedDns::addresses(q, {turned ? "169.254.169.254" : "192.0.2.1"}, 5); });
  ASSERT_TRUE(resolve("turncoat.example"));
  turned = true;
  ASSERT_TRUE(resolve("turncoat.example")) << "its answer is kept";
  clock_.advance(seconds(6));
  auto found = resolve("turncoat.example");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message(), "cannot reach turncoat.example: 169.254.169.254 is forbidden (network.forbidden)");
}

TEST_F(ResolverTest, holds_new_rules_against_answers_that_it_has_kept) {
  serve(two_families);
  ASSERT_TRUE(resolve("site.example"));
  const std::vector<std::string> forbidden{"192.0.2.0/24"};
  resolver_->policy().set(*TargetPolicy::parse(forbidden, {}));
  EXPECT_EQ(*resolve("site.example"), list({"2001:db8::1"}));
  resolver_->policy().set({});
  EXPECT_EQ(resolve("site.example")->size(), 3u);
  EXPECT_EQ(resolver_->stats().queries, 1);
}

boost::asio::awaitable<void> keep(Resolver* resolver, std::string host, std::optional<Result<Addresses>>* out) {
  out->emplace(co_await resolver->resolve(std::move(host), soon()));
}

TEST_F(ResolverTest, makes_one_query_of_concurrent_lookups) {
  serve(two_families);
  std::vector<std::optional<Result<Addresses>>> results(50);
  runtime::TaskScope scope(context_.get_executor());
  for (auto& result : results) scope.spawn(keep(resolver_.get(), "site.example", &result));
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  for (auto& result : results) EXPECT_TRUE(result && *result);
  EXPECT_EQ(resolver_->stats().queries, 1);
  EXPECT_EQ(dns_->questions(), 2);
}

TEST_F(ResolverTest, refuses_more_lookups_than_may_be_under_way) {
  serve([](const DnsQuestion&) { return std::nullopt; }, {.max_queries = 2});
  std::optional<Result<Addresses>> results[3];
  runtime::TaskScope scope(context_.get_executor());
  for (int i = 0; i < 3; ++i) scope.spawn(keep(resolver_.get(), "n" + std::to_string(i) + ".example", &results[i]));
  ASSERT_TRUE(testing::run_until(context_, [&] { return results[2].has_value(); }));
  ASSERT_FALSE(*results[2]);
  EXPECT_EQ(results[2]->error().code(), ErrorCode::kResourceExhausted);
  resolver_.reset();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
}

TEST_F(ResolverTest, ends_pending_lookups_with_cancelled_when_destroyed) {
  serve([](const DnsQuestion&) { return std::nullopt; });
  std::optional<Result<Addresses>> result;
  runtime::TaskScope scope(context_.get_executor());
  scope.spawn(keep(resolver_.get(), "site.example", &result));
  ASSERT_TRUE(testing::run_until(context_, [&] { return dns_->questions() >= 2; }));
  resolver_.reset();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().code(), ErrorCode::kCancelled);
}

TEST_F(ResolverTest, ends_a_cancelled_lookup_and_keeps_the_query_for_others) {
  std::atomic<bool> answer{false};
  serve([&](const DnsQuestion& q) { return answer ? two_families(q) : std::nullopt; });
  std::optional<Result<Addresses>> cancelled;
  runtime::TaskScope scope(context_.get_executor());
  scope.spawn(keep(resolver_.get(), "site.example", &cancelled));
  ASSERT_TRUE(testing::run_until(context_, [&] { return dns_->questions() >= 2; }));
  scope.cancel();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  answer = true;  // c-ares asks again after 2 s
  auto found = resolve("site.example");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(resolver_->stats().queries, 1);
}

}  // namespace
}  // namespace holter::net
