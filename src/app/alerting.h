#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "app/active_hours.h"
#include "app/alert_api.h"
#include "app/alert_events.h"
#include "app/alert_feed.h"
#include "app/alert_stats.h"
#include "app/events.h"
#include "app/fleet.h"
#include "app/periodic_rules.h"
#include "app/prometheus_source.h"
#include "app/rule_query.h"
#include "batch/batch.h"
#include "catalog/catalog.h"
#include "define/config.h"
#include "history/history.h"
#include "incidents/catalog_store.h"
#include "incidents/desk.h"
#include "latest/latest.h"
#include "memory/account.h"
#include "net/http.h"
#include "net/mail.h"
#include "net/resolver.h"
#include "notify/http_wire.h"
#include "notify/outbox.h"
#include "secrets/keyring.h"

namespace holter::app {

/// Alerting of the running program: results go to the rules, what fires to the desk, notifications to the world.
///
/// Threads: the control executor's. Lifetime: what it is made of outlives it; close() before destruction.
class Alerting {
 public:
  struct Parts {
    const define::Config& config;
    const Clock& clock;
    runtime::Executor control;
    catalog::Catalog& catalog;
    const secrets::Keyring& keyring;
    const Fleet& fleet;
    const latest::Latest& latest;
    history::Client& history;
    Events& events;
    memory::Account& account;  ///< what fires, and what is to be written
    memory::Account& sending;  ///< connections, messages on their way
    memory::Account& pages;    ///< of what the API reads
    std::string url;           ///< where browsers find Holter; empty: messages have no links
    std::function<memory::Level()> level;
    std::function<std::shared_ptr<const model::Definition>(std::string_view)> definition_of;
  };
  explicit Alerting(Parts parts);
  ~Alerting();

  /// Reads what is configured and what fired. All monitors must be known. Errors: those of the catalog.
  boost::asio::awaitable<Status> start();
  boost::asio::awaitable<void> close(MonoTime deadline);

  /// About once a second. `reloading`: monitors that are missing may be there again soon.
  void look(bool reloading);
  /// A monitor was removed, or does not run any more; it may be there again as something else.
  void stopped(MonitorId id);
  /// A batch that Latest has taken.
  void take(const batch::Batch& batch);
  /// Intervals of low monitors are so many times as long from now on.
  void set_stretch(unsigned factor) { desk_.set_stretch(factor); }
  /// Latest shows a monitor as something else.
  void note(const latest::StateChange& change);
  incidents::Desk& desk() { return desk_; }
  const incidents::Desk& desk() const { return desk_; }
  const notify::Outbox& outbox() const { return outbox_; }
  const PeriodicRules& periodic() const { return periodic_; }
  api::Alerting& api() { return api_; }

 private:
  incidents::Desk::Parts desk_parts();
  AlertApi::Parts api_parts();
  QuerySources query_sources();
  PeriodicRules::Parts periodic_parts();

  const Parts parts_;
  AlertFeed feed_;
  AlertMonitors monitors_;
  AlertEvents news_;
  AlertTimes times_;
  ActiveHours hours_;
  net::Resolver resolver_;
  net::HttpClient http_;
  net::Mailer mailer_;
  notify::HttpWire wire_;
  incidents::CatalogStore store_;
  incidents::Desk desk_;
  notify::Outbox outbox_;
  PrometheusSource prometheus_;
  const QuerySources sources_;
  PeriodicRules periodic_;
  AlertApi api_;
  void follow_monitors();
  void tell_conditions();

  std::set<MonitorId> stopped_;
  bool missed_stop_ = false;  ///< there was no memory to note one
  MonoTime last_disk_{};
  bool started_ = false;
};

}  // namespace holter::app
