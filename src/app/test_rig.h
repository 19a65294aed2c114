#pragma once

#include <deque>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/events.h"
#include "app/fleet.h"
#include "app/governor.h"
#include "app/loaded.h"
#include "app/settings.h"
#include "base/hash.h"
#include "memory/shares.h"
#include "testing/fake_clock.h"

namespace holter::app {

/// Everything that fleet and governor work with, on one thread: shards run when the test says so.
struct TestRig {
  static constexpr std::size_t kLedger = 32 << 20;

  TestRig() {
    EXPECT_TRUE(memory::apply(memory::Shares{}, ledger, kLedger));
    define::Problems problems;
    auto keys = protocol_keys();
    definitions = define::load_definitions("definitions", keys, problems);
    EXPECT_TRUE(problems.ok());
    shards.push_back(std::make_unique<ShardParts>(0, config, clock, ledger, batches, known_hosts, pushes,
                                                  [](std::shared_ptr<const batch::Batch>) {}));
  }
  ~TestRig() {
    fleet.flush();
    run_shard();
    fleet.settle();
    auto& shard = *shards[0];
    boost::asio::co_spawn(shard.shard.context(), shard.collector.close(), boost::asio::detached);
    run_shard();
  }

  /// Lets the shard do what was posted to it, on this thread.
  void run_shard() {
    shards[0]->shard.context().restart();
    shards[0]->shard.context().poll();
  }
  /// Lets the control executor do what is due.
  void run_control() {
    control.restart();
    control.poll();
  }

  model::Monitor monitor(const std::string& name, model::Criticality criticality = model::Criticality::kNormal,
                         const std::string& app = "ping") {
    define::Problems problems;
    std::vector<std::string> params = {"host=127.0.0.1"};
    if (app == "port") params.emplace_back("port=80");
    auto definition = definitions.find(app);
    model::Monitor monitor{.id = {stable_hash(name)},
                           .name = name,
                           .definition = definition,
                           .labels = std::make_shared<model::Labels>(),
                           .params = define::parse_params(*definition, params, problems),
                           .criticality = criticality};
    EXPECT_TRUE(problems.ok());
    return monitor;
  }
  Fleet::Slot add_loaded(model::Monitor monitor) {
    auto slot = fleet.add(std::move(monitor));
    EXPECT_TRUE(slot);
    auto loaded = fleet.load(*slot);
    EXPECT_TRUE(loaded) << loaded.error().message();
    return *slot;
  }
  /// Fills the share of collection, so that Budget::fullness() is at least `share`.
  void fill_to(double share) {
    filler.reset();
    auto& account = ledger.account("collect/filler");
    for (std::size_t bytes = 0; ledger.fullness() < share; bytes += 16 * 1024) {
      if (bytes == 0) filler = std::move(*account.reserve(16 * 1024));
      if (!filler.resize(bytes + 16 * 1024)) break;
    }
  }
  latest::MonitorStatus status(const std::string& name) { return *latest.status({stable_hash(name)}); }
  std::size_t jobs() const { return shards[0]->collector.counters().jobs; }

  define::Config config;
  define::Registry definitions;
  holter::testing::FakeClock clock;
  boost::asio::io_context control{1};
  memory::Budget ledger{kLedger};
  memory::Reservation filler;
  memory::ArrowPool batches{ledger.account("batches"), "batches"};
  collect::Pushes pushes{clock, ledger.account("collect/pushes")};
  net::KnownHosts known_hosts{{}, ledger.account("collect/ssh")};
  latest::Latest latest{clock, ledger.account("latest")};
  std::deque<std::unique_ptr<ShardParts>> shards;
  Events events{clock, ledger.account("api/events"), ""};
  Fleet fleet{{clock, control.get_executor(), latest, shards, ledger.account("monitors"),
               ledger.account("collect/jobs"), ledger.account("critical/jobs")}};
};

}  // namespace holter::app
