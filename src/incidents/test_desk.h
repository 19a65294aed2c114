#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "catalog/incidents.h"
#include "catalog/test_catalog.h"
#include "incidents/catalog_store.h"
#include "incidents/desk.h"
#include "notify/fake_wire.h"
#include "notify/message_json.h"
#include "notify/outbox.h"
#include "secrets/keyring.h"
#include "testing/run_task.h"

namespace holter::incidents {

using catalog::AlertObjectKind;
using catalog::Engine;
using catalog::engine_name;

/// The time of day stands still until it is moved; the clock of deadlines goes on, too, since those of the catalog are
/// real.
class SteppedClock final : public Clock {
 public:
  MonoTime mono() const override { return std::chrono::steady_clock::now() + moved_; }
  WallTime wall() const override { return WallTime(seconds(1'764'000'000)) + moved_; }
  void advance(milliseconds by) { moved_ += by; }

 private:
  milliseconds moved_{0};
};

/// A desk over a real catalog, with monitors of one definition ("app", set "up" of priority 0 with the field "ms"), and
/// a wire that records. Time stands still until it is moved.
class DeskFixture : public catalog::CatalogFixture, public alert::Monitors {
 protected:
  void SetUp() override {
    catalog::CatalogFixture::SetUp();
    if (HasFatalFailure()) return;
    auto definition = std::make_shared<model::Definition>();
    definition->app = "app";
    model::SetDef set;
    set.name = "up";
    set.priority = 0;
    set.protocol = "icmp";
    set.fields.push_back({.field = "ms", .type = model::FieldType::kNumber, .unit = "ms"});
    definition->sets.push_back(set);
    definition_ = definition;
    secrets::KeyringOptions keys;
    keys.data_dir = directory_.path();
    auto keyring = secrets::Keyring::load(keys);
    ASSERT_TRUE(keyring) << keyring.error().message();
    keyring_ = std::move(*keyring);
    start();
  }
  void TearDown() override {
    stop();
    desk_.reset();
    catalog_.reset();
  }

  /// Begins anew, as after a restart of the program.
  void start() {
    stop();
    desk_.reset();
    catalog_.reset();
    catalog::CatalogOptions options;
    options.database = options_;
    auto opened = catalog::Catalog::open(options, clock_, account());
    ASSERT_TRUE(opened) << opened.error().message();
    catalog_ = std::move(*opened);
    store_ = std::make_unique<CatalogStore>(*catalog_, clock_);
    desk_ = std::make_unique<Desk>(
        Desk::Parts{.executor = context_.get_executor(),
                    .clock = clock_,
                    .account = budget_.account("alert"),
                    .catalog = *catalog_,
                    .keyring = *keyring_,
                    .monitors = *this,
                    .url = "https://holter.example",
                    .tell = [this](std::string_view kind, std::string_view,
                                   std::string_view text) { told_.push_back(fmt::format("{}: {}", kind, text)); },
                    .tell_incident =
                        [this](const IncidentNews& news) {
                          EXPECT_NE(news.id.value, 0U);
                          news_.push_back(fmt::format("{} {}: {} {}", news.id.value, news.action,
                                                      model::label_of(news.alert.labels, "monitor"), news.text));
                          news_monitor_ = news.monitor;
                        },
                    .definition_of = [this](std::string_view app) -> std::shared_ptr<const model::Definition> {
                      return app == "app" ? definition_ : nullptr;
                    },
                    .monitor_named = [this](std::string_view name) -> const model::Monitor* {
                      auto found = monitors_.find(std::string(name));
                      return found == monitors_.end() ? nullptr : &found->second;
                    }});
    auto started = run(desk_->start());
    ASSERT_TRUE(started) << started.error().message();
  }
  void stop() {
    if (desk_) run(desk_->close(clock_.mono() + seconds(10)));
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return testing::run_task(context_, std::move(task));
  }
  void run(boost::asio::awaitable<void> task) {
    bool ended = false;
    boost::asio::co_spawn(context_, std::move(task), [&ended](std::exception_ptr failure) {
      EXPECT_EQ(failure, nullptr);
      ended = true;
    });
    EXPECT_TRUE(testing::run_until(context_, [&ended] { return ended; }));
  }

  model::Monitor& monitor(const std::string& name) {
    auto [place, fresh] = monitors_.try_emplace(name);
    auto& monitor = place->second;
    if (fresh) {
      monitor.id = {stable_hash(name)};
      monitor.name = name;
      monitor.definition = definition_;
      monitor.labels = std::make_shared<const model::Labels>(model::Labels{{"site", "lab"}});
    }
    return monitor;
  }
  /// A result of the monitor: up with `ms`, or down.
  void result(const std::string& name, std::optional<double> ms) {
    auto& watched = monitor(name);
    states_[name] = ms ? model::State::kUp : model::State::kDown;
    std::vector<expr::Value> cells{ms ? expr::Value::of(*ms) : expr::Value()};
    std::vector<alert::RowView> rows;
    if (ms) rows.push_back({"", cells});
    desk_->on_result({.monitor = watched,
                      .folder = "",
                      .set = definition_->sets[0],
                      .decides = true,
                      .code = ms ? model::ResultCode::kSuccess : model::ResultCode::kTimeout,
                      .state = states_[name],
                      .time_ms = epoch_ms(clock_.wall()),
                      .duration_us = 1000,
                      .rows = rows});
  }
  /// Lets time pass in steps of a second, with a look at each, and whatever that begins.
  void pass(seconds time) {
    for (seconds gone{0}; gone < time; gone += seconds(1)) {
      clock_.advance(seconds(1));
      desk_->look();
      settle();
    }
  }
  /// Runs until nothing is to be written any more.
  void settle() {
    ASSERT_TRUE(testing::run_until(context_, [&] { return !desk_->writes(); }));
  }

  /// Stores a document as the API does, and puts it in force.
  catalog::AlertObject put(AlertObjectKind kind, const std::string& name, const std::string& json) {
    auto stored = run(catalog_->write<catalog::AlertObject>(
        "root",
        [=](catalog::Transaction& transaction) {
          return catalog::create_alert_object(transaction, {.kind = kind, .name = name, .json = json});
        },
        {"store", clock_.mono() + seconds(10)}));
    EXPECT_TRUE(stored) << stored.error().message();
    auto good = desk_->check(*stored);
    EXPECT_TRUE(good) << good.error().message();
    good = desk_->put(*stored);
    EXPECT_TRUE(good) << good.error().message();
    return *stored;
  }
  /// A receiver "ops" to whom everything goes after 30 s, and again after 4 h.
  void route_all() {
    put(AlertObjectKind::kReceiver, "ops", R"({"channel":"webhook","settings":{"url":"https://hook.example/x"}})");
    put(AlertObjectKind::kRoute, "routes", R"({"receivers":["ops"],"group_by":["alertname"]})");
  }

  std::vector<catalog::Incident> incidents() {
    auto found = run(catalog_->read<std::vector<catalog::Incident>>(
        [](catalog::Database& database) { return catalog::read_incidents(database, {}); },
        {"read", clock_.mono() + seconds(10)}));
    EXPECT_TRUE(found);
    return found ? *found : std::vector<catalog::Incident>();
  }
  /// What is queued: "ops: 1 firing" by receiver, in order.
  std::vector<notify::Message> messages() {
    auto found = run(store_->due("ops", clock_.wall() + std::chrono::hours(1), 1000, 1 << 30));
    EXPECT_TRUE(found);
    std::vector<notify::Message> out;
    for (const auto& entry : *found) {
      auto message = notify::message_from_json(entry.message);
      EXPECT_TRUE(message);
      if (message) out.push_back(*message);
    }
    return out;
  }

  // alert::Monitors
  std::optional<alert::MonitorView> find(MonitorId id) const override {
    for (const auto& [name, monitor] : monitors_)
      if (monitor.id == id) return alert::MonitorView{&monitor, ""};
    return std::nullopt;
  }
  std::size_t each(std::size_t, std::size_t,
                   const std::function<void(const alert::MonitorView&, model::State)>& visit) const override {
    for (const auto& [name, monitor] : monitors_) {
      auto state = states_.find(name);
      visit({&monitor, ""}, state == states_.end() ? model::State::kUnknown : state->second);
    }
    return 0;
  }

  SteppedClock clock_;
  boost::asio::io_context context_{1};
  std::shared_ptr<const model::Definition> definition_;
  std::map<std::string, model::Monitor> monitors_;
  std::map<std::string, model::State> states_;
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<CatalogStore> store_;
  std::unique_ptr<Desk> desk_;
  std::vector<std::string> told_;
  std::vector<std::string> news_;  ///< "1 opened: web "
  MonitorId news_monitor_;         ///< of the last of them
};

}  // namespace holter::incidents
