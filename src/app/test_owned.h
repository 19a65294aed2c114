#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/owned_monitors.h"
#include "app/test_rig.h"
#include "catalog/database.h"
#include "secrets/test_keys.h"
#include "testing/run_task.h"

namespace holter::app {

using define::YamlNode;
using testing::run_task;
using testing::soon;

inline YamlNode text(std::string value) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(value)};
}
inline YamlNode map(std::vector<std::pair<std::string, YamlNode>> members) {
  YamlNode node{.kind = YamlNode::Kind::kMap};
  for (auto& [key, value] : members) {
    node.keys.push_back({key});
    node.items.push_back(std::move(value));
  }
  return node;
}
inline YamlNode ping(const std::string& name, std::string host = "127.0.0.1") {
  return map({{"name", text(name)}, {"app", text("ping")}, {"params", map({{"host", text(std::move(host))}})}});
}

/// A catalog, a fleet that runs nothing by itself, and what brings them together.
class OwnedRig : public ::testing::Test {
 protected:
  OwnedRig() { open(); }
  ~OwnedRig() override { close(); }

  void open() {
    auto opened =
        catalog::Catalog::open({.database = {.data_dir = root.path()}}, rig.clock, rig.ledger.account("catalog"));
    ASSERT_TRUE(opened) << opened.error().message();
    catalog = std::move(*opened);
    owned = std::make_unique<OwnedMonitors>(OwnedMonitors::Parts{
        .config = rig.config,
        .definitions = rig.definitions,
        .clock = clock,
        .control = rig.control.get_executor(),
        .catalog = *catalog,
        .keyring = *keyring,
        .fleet = rig.fleet,
        .governor = governor,
        .events = rig.events,
        .jobs = jobs,
        .load = load,
        .files = files,
        .trials = trials,
        .shards = rig.shards,
        .pages = rig.ledger.account("catalog/pages"),
        .faults = rig.ledger.account("monitors/faults"),
        .replies = rig.ledger.account("api/replies"),
        .detail = [this](MonitorId id) { return detail_of(id); },
        .each_match =
            [this](const api::ListQuery& query, const std::function<void(const Watched&)>& visit) {
              rig.fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
                if (watched.monitor.name.contains(query.text)) visit(watched);
                return true;
              });
            },
        .reloading = [this] { return reloading; },
    });
  }
  void close() {
    if (!owned) return;
    run_task(rig.control, [](OwnedMonitors* all) -> boost::asio::awaitable<bool> {
      co_await all->close();
      co_return true;
    }(owned.get()));
    owned.reset();
    catalog.reset();
  }
  std::optional<api::MonitorDetail> detail_of(MonitorId id) {
    auto slot = rig.fleet.monitors().find(id);
    if (!slot) return std::nullopt;
    const auto& watched = rig.fleet.monitors().at(*slot);
    auto status = *rig.latest.status(id);
    return api::MonitorDetail{.row = {.id = id,
                                      .name = watched.monitor.name,
                                      .app = watched.monitor.definition->app,
                                      .labels = watched.monitor.labels.get(),
                                      .state = status.state,
                                      .interval_ms = watched.monitor.interval.count(),
                                      .paused_for_memory = watched.job == nullptr}};
  }

  /// An admin who waits as long as tests do.
  api::Caller admin() const { return {who, soon()}; }
  access::Identity who = *access::Identity::of_session({.name = "root", .role = "admin"}, {});

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return run_task(rig.control, std::move(task));
  }
  api::MonitorDetail created(YamlNode fields) {
    auto detail = run(owned->create(std::move(fields), admin()));
    EXPECT_TRUE(detail) << detail.error().detail;
    return detail ? *detail : api::MonitorDetail();
  }
  unsigned status_of(const api::Answered<api::MonitorDetail>& answer) { return answer ? 200 : answer.error().status; }
  const model::Monitor* in_fleet(MonitorId id) {
    auto slot = rig.fleet.monitors().find(id);
    return slot ? &rig.fleet.monitors().at(*slot).monitor : nullptr;
  }
  std::vector<MonitorId> all_ids() {
    std::vector<MonitorId> ids;
    rig.fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
      ids.push_back(watched.monitor.id);
      return true;
    });
    return ids;
  }
  /// All of a tree, secrets as they stand in it; an empty one is as one that is left out.
  static std::string text_of(const YamlNode& node) {
    auto out = node.text;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      bool secret = i < node.keys.size() && node.keys[i].text == "password";
      out +=
          fmt::format("{}:{{{}}}", i < node.keys.size() ? node.keys[i].text : "", secret ? "" : text_of(node.items[i]));
    }
    return out;
  }
  void add_of_file(const std::string& name) {
    files.names = {"monitors/site.yml"};
    auto slot = rig.add_loaded(rig.monitor(name));
    rig.fleet.note_file(slot, 1);
  }

  testing::FakeRoot root;
  TestRig rig;
  SystemClock clock;
  std::unique_ptr<secrets::Keyring> keyring = secrets::test::keyring_of(secrets::test::kUp);
  Governor governor{{.budget = 1ULL << 40, .levels = {}, .actions = action_levels({}), .stretch = 3},
                    {rig.clock, rig.control.get_executor(), rig.ledger, rig.ledger.account("latest"), [] { return 0; },
                     rig.fleet, rig.shards, rig.events, [](unsigned) {}, [] {}, nullptr}};
  Jobs jobs{rig.clock, rig.events};
  double load = 0;
  define::MonitorFiles files;
  std::unique_ptr<Trials> trials;
  bool reloading = false;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<OwnedMonitors> owned;
};

}  // namespace holter::app
