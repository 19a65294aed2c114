#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/server.h"
#include "app/accounts.h"
#include "app/admission.h"
#include "app/alerting.h"
#include "app/backend.h"
#include "app/circles.h"
#include "app/events.h"
#include "app/fleet.h"
#include "app/governor.h"
#include "app/jobs.h"
#include "app/loaded.h"
#include "app/owned_definitions.h"
#include "app/owned_folders.h"
#include "app/owned_monitors.h"
#include "app/shard_parts.h"
#include "app/state_events.h"
#include "app/status_pages.h"
#include "app/suggestions.h"
#include "app/trials.h"
#include "base/data_lock.h"
#include "base/last_run.h"
#include "catalog/catalog.h"
#include "collect/pushes.h"
#include "history/history.h"
#include "latest/latest.h"
#include "memory/limit.h"
#include "memory/resident.h"
#include "net/known_hosts.h"
#include "net/target_policy.h"
#include "pipeline/pipeline.h"
#include "runtime/task_scope.h"
#include "secrets/keyring.h"

namespace holter::app {

/// The running system: owns all parts, starts them in the order of the data flow from its end, and ends them in the
/// order of the data flow from its beginning, so that what was collected is kept.
///
/// Threads: the control executor's (API, newest state and history client live there); shards have threads of their own.
class Engine {
 public:
  /// `loaded` has configuration and definitions; the monitors are read by start(), within the budget. `config_path` is
  /// what reload() reads. `keys`: what the environment says of keys; the rest is filled in.
  Engine(std::string config_path, Loaded loaded, secrets::KeyringOptions keys, runtime::Executor control);
  ~Engine();

  /// Errors: whatever keeps Holter from running as configured; nothing runs then. Findings about monitors are in
  /// problems().
  boost::asio::awaitable<Status> start();
  /// Stops collecting, flushes everything, ends the history child. Takes at most two seconds.
  boost::asio::awaitable<void> stop();
  /// The end is a clean one, for `reason`: the next start will say so. After stop().
  void note_end(std::string_view reason);

  /// Reads configuration, definitions and monitors again and puts in force what can be changed while running. Errors:
  /// api::Backend::reload().
  boost::asio::awaitable<Result<api::ReloadReport>> reload(api::ReloadOrder order = {});
  /// Errors: api::Backend::set_budget().
  Result<std::uint64_t> set_budget(std::uint64_t bytes);
  /// The executor's owner has met std::bad_alloc: starts again what may have stopped.
  void revive();

  /// Calls `visit` with the name and the heartbeats of each collecting shard.
  void each_shard(const std::function<void(const std::string&, std::uint64_t)>& visit) const;

  runtime::Executor control() const { return control_; }
  std::uint16_t port() const { return server_->port(); }
  Backend& backend() { return *backend_; }
  /// For the link by which the first account is made; null once there is one.
  const secrets::SetupToken* setup_token() const { return accounts_->setup_token(); }
  const define::Config& config() const { return loaded_.config; }
  define::Problems& problems() { return loaded_.problems; }
  /// A sentence about how the last run ended; empty when there was none.
  const std::string& last_run() const { return last_run_; }

 private:
  Status open_data_dir();
  void open_run_file();
  Status put_budget(std::uint64_t bytes);
  boost::asio::awaitable<Status> open_catalog();
  boost::asio::awaitable<Status> lay_over_files();
  void make_owned();
  void make_alerting();
  void make_status_pages();
  struct Intake;
  bool take(Intake& intake, model::Monitor&& monitor, std::uint16_t file, const define::Placement& placement,
            std::span<const MonitorId> parents);
  bool take_of_catalog(Intake& intake, model::Monitor&& monitor, const catalog::Monitor& stored);
  std::vector<std::string> find_parents();
  boost::asio::awaitable<Status> read_monitors();
  Status refuse_monitors(std::size_t known, std::size_t all) const;
  void make_shards();
  Status load_jobs();
  void make_backend();
  net::TargetRules find_targets();
  void put_targets();
  void watch_certificate();
  void tell_certificate(const Result<bool>& taken);
  void take_batches();
  void watch_file_pages();
  void each_look();
  void follow_limit();
  Governor::Options governor_options() const;
  enum class Read : std::uint8_t { kAll, kDefinitions };
  using Over = OwnedDefinitions::Over;
  /// `over`: those of the catalog, as they are to be; null: what the catalog has.
  boost::asio::awaitable<Result<api::ReloadReport>> reload(Read what, api::ReloadOrder order, const Over* over);
  boost::asio::awaitable<Result<api::ReloadReport>> reload_now(Read what, api::ReloadOrder order, const Over* over);
  boost::asio::awaitable<Over> over_files(define::Problems& problems);
  void complete(Loaded& loaded, const Over& over, std::vector<define::LeftOut>& left_out);
  void watch_definitions();
  boost::asio::awaitable<void> take_changed_definitions();
  struct Difference;
  Difference compare_monitors(Loaded& loaded);
  void find_new_circles(const Circles& planned, define::Problems& problems);
  boost::asio::awaitable<void> take_off(Difference* difference, Jobs::Job* job);
  void take_in(api::ReloadReport& report, Jobs::Job& job);

  const std::string config_path_;
  Loaded loaded_;
  secrets::KeyringOptions key_options_;
  define::MonitorFiles files_;
  const runtime::Executor control_;
  SystemClock clock_;
  /// Never destroyed: libraries that allocate for themselves give back bytes of its accounts until the process ends.
  memory::Budget& ledger_;
  std::uint64_t budget_ = 0;
  std::uint64_t most_file_bytes_ = 0;  ///< that program and libraries may have resident
  memory::ResidentReader file_reader_;
  std::optional<DataLock> lock_;
  memory::LimitWatch limit_;
  memory::Reservation catalog_place_;  ///< kept free of guarantees until the catalog is opened
  std::size_t catalog_bytes_ = 0;
  std::uint64_t over_ = 0;  ///< bytes to be given back before the shares are in force
  MonoTime last_follow_{};
  std::unique_ptr<memory::ArrowPool> batches_;
  pipeline::Pipeline pipeline_;
  std::unique_ptr<latest::Latest> latest_;
  pipeline::Subscription* latest_queue_ = nullptr;
  std::unique_ptr<net::KnownHosts> known_hosts_;
  collect::Pushes pushes_{clock_, ledger_.account("collect/pushes")};
  std::deque<std::unique_ptr<ShardParts>> shards_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<Governor> governor_;
  std::unique_ptr<history::Client> history_;
  std::unique_ptr<secrets::Keyring> keyring_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Trials> trials_;
  std::unique_ptr<Suggestions> suggestions_;
  std::unique_ptr<OwnedDefinitions> owned_definitions_;
  std::unique_ptr<OwnedMonitors> owned_;
  std::unique_ptr<OwnedFolders> folders_;
  std::unique_ptr<Alerting> alerting_;
  std::unique_ptr<StatusPages> status_pages_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<api::Server> server_;
  std::unique_ptr<RunFile> run_file_;
  std::string last_run_;
  MonoTime last_refresh_{};
  MonoTime last_watch_{}, last_certificate_{};
  std::uint64_t definitions_seen_ = 0, definitions_tried_ = 0;  ///< fingerprints: at the last look, and last read
  double load_ = 0;                                             ///< of all monitors, in pings a second
  runtime::TaskScope tasks_{control_};
  std::uint64_t missing_parents_ = 0;  ///< fingerprint of those that were told last; 0: none
  net::TargetRules targets_;           ///< in force
  StateEvents state_events_;
  bool collecting_ = false, reloading_ = false;
};

}  // namespace holter::app
