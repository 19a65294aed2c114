// What happens when an allocation is refused: swept over every allocation of rounds in flight. Replaces operator new
// and aligned_alloc() (Asio's) in this test program; ThreadSanitizer has its own and lets nobody replace it.
#if !__has_feature(thread_sanitizer)

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <deque>
#include <map>
#include <new>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "collect/collector.h"
#include "collect/fake_probe.h"
#include "collect/test_refusals.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "testing/run_task.h"
#include "testing/scripted_dns.h"

namespace holter::collect::testing {
constinit thread_local Refusals t_refusals;
}  // namespace holter::collect::testing

namespace {

using holter::collect::testing::Refusals;
using holter::collect::testing::t_refusals;

bool refuses() {
  if (!t_refusals.armed) return false;
  auto number = t_refusals.seen++;
  return number >= t_refusals.first && number - t_refusals.first < t_refusals.count;
}

void* allocate(std::size_t size, std::size_t alignment) {
  if (refuses()) return nullptr;
  void* memory = nullptr;
  return posix_memalign(&memory, std::max(alignment, sizeof(void*)), size) == 0 ? memory : nullptr;
}

void* allocate_or_throw(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return allocate(size, alignment);
}

namespace holter::collect {

const PluginInfo& icmp_plugin();
const PluginInfo& http_plugin();
const PluginInfo& snmp_plugin();
const PluginInfo& telnet_plugin();

namespace {

namespace testing = holter::testing;
using model::Node;
using model::ResultCode;

/// The ledger; at its end, says which account still has bytes.
struct Ledger {
  memory::Account root{"process", nullptr, 64 << 20};
  ~Ledger() {
    std::vector<memory::AccountInfo> all;
    root.collect(all);
    for (const auto& account : all) EXPECT_EQ(account.used, 0u) << account.name;
  }
};

/// A shard's whole collecting side with monitors of all protocols, whose targets are on this machine.
class Rig {
 public:
  Rig() {
    add("ping", icmp_plugin(), {{"host", "127.0.0.1"}, {"timeout", "2000"}});
    add("named", icmp_plugin(), {{"host", "a.example"}, {"timeout", "2000"}});
    add("web", http_plugin(),
        {{"host", "b.example"}, {"port", "1"}, {"url", "/"}, {"parseType", "website"}, {"timeout", "2000"}});
    add("telnet", telnet_plugin(), {{"host", "127.0.0.1"}, {"port", "1"}, {"timeout", "2000"}});
    Node oids{.kind = Node::Kind::kMap};
    oids.keys.emplace_back("responseTime");
    oids.items.push_back(Node::of_text("1.3.6.1.2.1.1.3.0"));
    add("device", snmp_plugin(), {{"host", "127.0.0.1"}, {"port", "1"}, {"timeout", "2000"}}, &oids);
    collector.start();
  }
  ~Rig() {
    bool closed = false;
    boost::asio::co_spawn(context, collector.close(), [&](std::exception_ptr) { closed = true; });
    EXPECT_TRUE(run_until([&] { return closed; }));
  }
  /// As a shard does: what a handler throws ends that handler.
  template <class Done>
  bool run_until(Done done) {
    auto latest = testing::soon(seconds(30));
    while (!done()) {
      if (clock.mono() > latest) return false;
      try {
        context.restart();
        context.run_one_for(milliseconds(2));
        collector.heartbeat();
      } catch (const std::bad_alloc&) {
      }
    }
    return true;
  }
  void refuse(std::size_t first, std::size_t count) {
    t_refusals = {.armed = true, .seen = 0, .first = first, .count = count};
    auto end = clock.mono() + milliseconds(40);
    (void)run_until([&] { return clock.mono() > end; });
    t_refusals.armed = false;
  }
  std::size_t rounds() const { return counted; }
  /// True when every monitor has a result that came after now.
  bool all_go_on() {
    answered.clear();
    return run_until([&] { return answered.size() == monitors.size(); });
  }

  void add(std::string name, const PluginInfo& plugin, std::vector<std::pair<std::string, std::string>> block,
           const Node* oids = nullptr) {
    auto definition = std::make_shared<model::Definition>();
    definition->app = name;
    definition->sets.push_back({.name = "summary",
                                .fields = {{.field = "responseTime", .type = model::FieldType::kNumber}},
                                .aliases = {"responseTime"}});
    Node node{.kind = Node::Kind::kMap};
    for (auto& [key, value] : block) {
      node.keys.push_back(key);
      node.items.push_back(Node::of_text(value));
    }
    if (oids != nullptr) {
      node.keys.emplace_back("oids");
      node.items.push_back(*oids);
    }
    const auto& set = definition->sets[0];
    auto probe = plugin.compile({definition->app, set.name, set.aliases, node});
    ASSERT_TRUE(probe.has_value()) << probe.error().message();
    auto layout = Layout::make(set, set.aliases, {}, {}).value();
    std::vector<SetPlan> plans;
    plans.push_back({.probe = std::move(*probe), .layout = std::make_shared<const Layout>(layout), .def = &set});
    monitors.push_back({.id = {stable_hash(name)}, .name = name, .definition = definition, .interval = kInterval});
    schedule::Job::Spec spec{.hash = monitors.back().id.value, .target = monitors.size(), .interval = kInterval};
    ASSERT_TRUE(collector.add(std::make_unique<MonitorJob>(monitors.back(), spec, std::move(plans))).has_value());
  }
  void keep(const batch::Batch& batch) {
    for (std::size_t i = 0; i < batch.rounds(); ++i) {
      auto id = batch.round_monitor()[i];
      auto code = static_cast<ResultCode>(batch.round_code()[i]);
      ++answered[id];
      ++counted;
      bool pings = id == monitors[0].id.value || id == monitors[1].id.value;
      bool right = pings ? code == ResultCode::kSuccess : code == ResultCode::kUnconnectable;
      if (!right && code != ResultCode::kUnavailable)
        wrong.push_back(fmt::format("{}: {}", to_string(code), batch.round_message(i)));
    }
  }

  static constexpr milliseconds kInterval{10};
  boost::asio::io_context context{1};
  SystemClock clock;
  Ledger ledger;
  memory::Account& account = ledger.root;
  memory::ArrowPool pool{account.child("batches"), "test"};
  runtime::TaskScope scope{context.get_executor()};
  testing::ScriptedDns dns{
      [](const testing::DnsQuestion& q) { return testing::ScriptedDns::addresses(q, {"127.0.0.1"}); }};
  net::Resolver resolver{{.servers = {dns.server()}, .least_ttl = milliseconds(0), .most_ttl = milliseconds(0)},
                         context.get_executor(),
                         clock,
                         account.child("dns")};
  net::HttpClient http{{}, context.get_executor(), clock, resolver, account.child("http")};
  net::IcmpEngine icmp{{.max_in_flight = 16}, context.get_executor(), clock, account.child("icmp")};
  ShardObjects objects;
  std::deque<model::Monitor> monitors;
  std::map<std::uint64_t, std::size_t> answered;
  std::size_t counted = 0;
  std::vector<std::string> wrong;
  Collector collector{
      {.flush_interval = milliseconds(8)},
      Services{context.get_executor(), clock, scope, account.child("answers"), resolver, http, icmp, objects},
      account,
      pool,
      [this](std::shared_ptr<const batch::Batch> batch) { keep(*batch); }};
};

/// Refuses `count` allocations from each of many on; every monitor must go on, and no target be blamed.
void sweep(std::size_t count) {
  std::size_t all = 0;
  {
    Rig rig;
    ASSERT_TRUE(rig.all_go_on());
    rig.refuse(SIZE_MAX, 0);
    all = t_refusals.seen;
  }
  ASSERT_GT(all, 50u);
  auto step = std::max<std::size_t>(1, all / 80);
  Rig rig;
  ASSERT_TRUE(rig.all_go_on());
  for (std::size_t first = 0; first < all; first += step) {
    rig.refuse(first, count);
    ASSERT_TRUE(rig.all_go_on()) << "after the refusal of allocation " << first;
    ASSERT_TRUE(rig.wrong.empty()) << "after the refusal of allocation " << first << ": " << rig.wrong[0];
  }
  const auto& c = rig.collector.counters();
  EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
}

TEST(Refusal, of_one_allocation_stops_no_monitor_and_blames_no_target) {
  sweep(1);
}

// More than one in a row need the reserve for handlers, which sanitizer builds do not have.
#ifdef HOLTER_JEMALLOC

TEST(Refusal, of_ten_allocations_stops_no_monitor_and_blames_no_target) {
  sweep(10);
}

TEST(Refusal, of_all_allocations_for_a_while_stops_no_monitor_and_blames_no_target) {
  sweep(SIZE_MAX);
}

#endif

}  // namespace
}  // namespace holter::collect

#endif
