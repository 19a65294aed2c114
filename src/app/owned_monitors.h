#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/owned_monitors.h"
#include "app/fleet.h"
#include "app/governor.h"
#include "app/jobs.h"
#include "app/monitor_store.h"
#include "app/trials.h"
#include "catalog/catalog.h"
#include "define/config.h"
#include "define/definitions.h"
#include "memory/account.h"
#include "runtime/task_scope.h"
#include "secrets/keyring.h"

namespace holter::app {

/// Monitors that users make and change: the catalog has them, the fleet runs them. A change is checked, admitted,
/// stored and only then put into the fleet; its answer tells what came of it. Where the fleet could not follow (no
/// memory), or where it is not known whether something was stored, all are compared with the catalog again, soon.
///
/// Threads: the control executor's.
class OwnedMonitors final : public api::OwnedMonitors {
 public:
  using MonitorDetail = api::MonitorDetail;
  using Caller = api::Caller;
  template <class T>
  using Answer = boost::asio::awaitable<api::Answered<T>>;

  struct Parts {
    const define::Config& config;
    const define::Registry& definitions;
    const Clock& clock;
    runtime::Executor control;
    catalog::Catalog& catalog;
    const secrets::Keyring& keyring;
    Fleet& fleet;
    Governor& governor;
    Events& events;
    Jobs& jobs;
    double& load;  ///< of all monitors, in pings a second
    const define::MonitorFiles& files;
    const std::unique_ptr<Trials>& trials;  ///< made with the shards
    const std::deque<std::unique_ptr<ShardParts>>& shards;
    memory::Account& pages;   ///< of monitors that are being read
    memory::Account& faults;  ///< why some cannot be run
    memory::Account& replies;
    std::function<std::optional<MonitorDetail>(MonitorId)> detail;  ///< of one in the fleet
    /// Calls back for each in the fleet that matches; what comes behind the filter in a query is not looked at.
    std::function<void(const api::ListQuery&, const std::function<void(const Watched&)>&)> each_match;
    std::function<bool()> reloading;  ///< definitions and files may change at any moment
  };
  explicit OwnedMonitors(Parts parts);
  ~OwnedMonitors() override;

  using Take = std::function<bool(model::Monitor&&, const catalog::Monitor& stored)>;
  /// Hands over all that the catalog has, in the order of their ids, ready to run or as stand-ins, until `take` returns
  /// false. For the start. Errors: those of the catalog.
  boost::asio::awaitable<Status> read_all(Take take);
  /// Makes the fleet what the catalog says, whatever was missed. Changes are refused meanwhile. Errors: those of the
  /// catalog; it is tried again then. `progress` hears how many have been compared.
  boost::asio::awaitable<Status> catch_up(std::function<void(std::size_t)> progress = {});
  /// Begins catch_up() where something was missed. Call it now and then.
  void look();
  boost::asio::awaitable<void> close();

  /// Counts a change for as long as it lives. By a destructor: a coroutine whose wait finds no memory is dropped where
  /// it stands.
  class Changing {
   public:
    explicit Changing(OwnedMonitors& owned) : count_(owned.changing_) { ++count_; }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    ~Changing() { --count_; }

   private:
    std::size_t& count_;
  };
  [[nodiscard]] Changing changing() { return Changing(*this); }
  /// All are to be compared with the catalog, soon.
  void compare_soon() { behind_ = true; }
  /// An answer where nothing may be changed just now: a reload or catch_up() is under way.
  api::Answered<void> may_change() const;
  /// Changes are under way, or catch_up() is.
  bool busy() const { return changing_ > 0 || catching_up_; }
  /// The protocol refuses it: a stand-in is loaded instead, with the reason.
  void replace_by_stand_in(MonitorId id, const std::string& reason);
  /// Why it cannot be run as it is stored; null: it can.
  const std::string* fault(MonitorId id) const;

  Answer<MonitorDetail> find(MonitorId id, Caller caller) override;
  Answer<MonitorDetail> create(define::YamlNode fields, Caller caller) override;
  Answer<MonitorDetail> replace(MonitorId id, Version version, define::YamlNode fields, Caller caller) override;
  Answer<MonitorDetail> patch(MonitorId id, Version version, define::YamlNode fields, Caller caller) override;
  Answer<MonitorDetail> set_paused(MonitorId id, Version version, bool paused, Caller caller) override;
  Answer<void> remove(MonitorId id, Version version, Caller caller) override;
  Answer<MonitorDetail> clone(MonitorId id, define::YamlNode fields, Caller caller) override;
  Answer<api::TrialReport> test(define::YamlNode fields, Caller caller) override;
  Answer<api::AdmissionAnswer> check(define::YamlNode fields, Caller caller) override;
  Answer<api::BulkReport> bulk(api::BulkOrder order, Caller caller) override;
  Answer<api::ImportReport> import_all(Next next, Caller caller) override;
  Answer<std::vector<api::OwnedFields>> read_page(MonitorId after, MonoTime deadline) override;
  api::Replies& replies() override { return replies_; }

 private:
  using Checked = MonitorStore::Checked;
  using Slot = Fleet::Slot;
  /// What a change makes of the monitor as it is stored.
  using Make = std::function<api::Answered<Checked>(const catalog::Monitor& before)>;
  using Hashes = boost::unordered_flat_set<std::uint64_t>;

  // What must hold before a change.
  api::Answered<void> check_not_of_file(MonitorId id) const;
  api::Answered<void> check_name_is_free(const std::string& name) const;
  /// In the folder that it is in. Problems: 403.
  api::Answered<void> check_role(const Caller& caller, access::Role least, const Checked& checked) const;
  /// Is there that folder, and are there those parents? Their ids become part of what is stored.
  Answer<void> find_place(Checked& checked, MonoTime deadline);
  /// Parents that files have become part of what is stored; the other names stay, for the catalog.
  void take_parents_of_files(Checked& checked) const;
  /// Would it depend on itself, through monitors of files and of the catalog?
  api::Answered<void> check_circle(const Checked& checked) const;
  api::Answered<api::AdmissionAnswer> admission(const model::Monitor& monitor);

  // The catalog.
  Answer<catalog::Monitor> stored(MonitorId id, Caller caller);
  Answer<MonitorDetail> create_checked(Checked checked, Caller caller);
  Answer<MonitorDetail> change(MonitorId id, Version version, access::Role least, Make make, Caller caller);
  /// Nothing where another change came first.
  Answer<std::optional<catalog::Monitor>> write(const Checked& checked, Caller caller);
  api::Problem failed(const Error& error);
  /// What one that is to be stored holds while it waits.
  static std::size_t bytes_of(const catalog::Monitor& monitor);

  // Many at once.
  api::Answered<void> check_edit(const Caller& caller, const api::BulkOrder& order) const;
  api::Answered<std::vector<MonitorId>> matching(const Caller& caller, const api::BulkOrder& order,
                                                 api::BulkReport& report) const;
  api::Answered<void> check_new(const Caller& caller, const Checked& checked, Hashes& names, std::uint64_t& wanted);
  api::Answered<void> check_circles(const std::vector<Checked>& all) const;
  Answer<api::ImportReport> import_told(Next next, Caller caller, Jobs::Job* job);
  Answer<api::ImportReport> store_all(std::vector<Checked> all, api::ImportReport report, Caller caller,
                                      Jobs::Job* job);
  boost::asio::awaitable<Result<std::vector<catalog::Monitor>>> page(MonitorId after);

  // The fleet.
  model::Monitor ready(const catalog::Monitor& monitor, define::MonitorReader& reader);
  /// `stored` says where it belongs; null: where it does already.
  void put(model::Monitor&& monitor, const catalog::Monitor* stored, const std::string& fault);
  void put_in_fleet(model::Monitor&& monitor, const catalog::Monitor* stored);
  void place(Slot slot, const define::Placement& placement, std::span<const MonitorId> parents);
  void take_off(Slot slot);
  void flush_soon();
  boost::asio::awaitable<void> flush_later();
  boost::asio::awaitable<void> catch_up_later();
  void note_fault(MonitorId id, std::string reason);
  MonitorDetail shown(const catalog::Monitor& monitor) const;

  const Parts parts_;
  MonitorStore store_;
  api::Replies replies_;
  boost::unordered_flat_map<std::uint64_t, std::string> faults_;
  std::size_t fault_bytes_ = 0;  ///< on the account
  std::size_t changing_ = 0;
  bool behind_ = false;       ///< the fleet may differ from the catalog
  bool catching_up_ = false;  ///< changes are refused
  bool flushing_ = false;
  MonoTime next_try_{};
  runtime::TaskScope tasks_;
};

}  // namespace holter::app
