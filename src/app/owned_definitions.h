#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/definitions.h"
#include "app/events.h"
#include "app/fleet.h"
#include "catalog/catalog.h"
#include "catalog/documents.h"
#include "define/config.h"
#include "define/definitions.h"
#include "define/monitors.h"
#include "define/overlay.h"
#include "memory/account.h"

namespace holter::app {

/// Definitions that users store: the catalog has their texts, by version, and they lie over those of files. A change is
/// checked against all that runs, tried out, stored, and only then put in force, by the way that a changed file takes.
/// Where that fails after it was stored, it is tried again (behind()).
///
/// Threads: the control executor's.
class OwnedDefinitions final : public api::Definitions {
 public:
  using DefinitionPtr = std::shared_ptr<const model::Definition>;
  /// Those of the catalog that can be read, not completed.
  using Over = std::vector<DefinitionPtr>;
  template <class T>
  using Answer = boost::asio::awaitable<api::Answered<T>>;

  struct Parts {
    const define::Config& config;
    const define::Registry& files;        ///< as they were read, not completed
    const define::Registry& definitions;  ///< in force
    const Clock& clock;
    catalog::Catalog& catalog;
    Fleet& fleet;
    Events& events;
    memory::Account& texts;  ///< of those that are being read
    memory::Account& held;   ///< what the catalog's hold in memory
    std::function<bool()> reloading;
    std::function<bool()> changing_monitors;
    /// Puts these over the files' in force, or says what would come of it. Errors: api::Backend::reload().
    std::function<boost::asio::awaitable<Result<api::ReloadReport>>(const Over*, api::ReloadOrder)> reload;
  };
  explicit OwnedDefinitions(Parts parts) : parts_(std::move(parts)) {}
  ~OwnedDefinitions() override;

  /// Makes over() what the catalog has; texts that were read before are not read again. Errors: those of the catalog.
  boost::asio::awaitable<Status> read();
  Over over() const;
  /// What over() lacks of the catalog's, and what was `left_out` when it was put in force, as warnings; lists show why.
  void note_left_out(const std::vector<define::LeftOut>& left_out, define::Problems& problems);
  /// Tells of files that have changed below one of the catalog's, from which nothing follows.
  void tell_changed_below(const define::Registry& before, const define::Registry& now, define::Problems& problems);

  /// A change is under way: monitors and files stay as they are.
  bool changing() const { return changing_; }
  /// What is in force may differ from the catalog; true once in a while, for who tries again.
  bool due_again();
  /// over() is in force.
  void caught_up() { behind_ = false; }

  api::DefinitionPage list(const api::DefinitionQuery& query) const override;
  Answer<api::DefinitionDetail> find(std::string app, std::uint64_t version, MonoTime deadline) override;
  Answer<std::string> text(std::string app, std::uint64_t version, MonoTime deadline) override;
  Answer<std::vector<api::DefinitionVersion>> versions(std::string app, MonoTime deadline) override;
  Answer<api::DefinitionReport> put(Put order, api::Caller caller) override;
  Answer<api::DefinitionReport> remove(std::string app, Version version, api::Caller caller) override;
  Answer<api::DefinitionCheck> check(std::string app, std::string text, api::Caller caller) override;

 private:
  /// The newest version of the catalog.
  struct Entry {
    std::uint64_t version = 0;
    WallTime created{};
    std::string created_by;
    DefinitionPtr definition;  ///< null: it cannot be read
    std::string unreadable;    ///< why
    std::string left_out;      ///< why it is not in force, though it can be read
    std::size_t bytes = 0;     ///< on the account

    const std::string& fault() const { return unreadable.empty() ? left_out : unreadable; }
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  struct Prepared {
    Over over;
    DefinitionPtr definition;  ///< null: it is taken away, or has errors
    define::Registry whole;
    api::DefinitionCheck check;
  };
  /// By a destructor: a coroutine whose wait finds no memory is dropped where it stands.
  class Changing {
   public:
    explicit Changing(OwnedDefinitions& owned) : flag_(owned.changing_) { flag_ = true; }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    ~Changing() { flag_ = false; }

   private:
    bool& flag_;
  };

  // What must hold before a change.
  api::Answered<void> may_change() const;
  boost::asio::awaitable<api::Answered<void>> settle(MonoTime deadline) const;
  api::Answered<void> check_version(std::string_view app, Version version) const;

  // Texts.
  api::Answered<DefinitionPtr> parse(const std::string& app, const std::string& text, define::Problems& problems) const;
  Entry entry_of(const catalog::DefinitionText& text) const;
  void keep(const std::string& app, Entry entry);
  void drop(Entries::iterator at);

  // What would come of it.
  Answer<Prepared> prepare(std::string app, std::string text, MonoTime deadline);
  Answer<Prepared> prepare_removal(std::string app, MonoTime deadline);
  void lay_over(Prepared& prepared, std::string_view app) const;
  boost::asio::awaitable<void> check_monitors(Prepared& prepared) const;
  std::string reason_against(const model::Monitor& monitor, const DefinitionPtr& definition,
                             define::MonitorReader& reader, collect::JobFactory& factory) const;
  void refuse_users(std::string_view app, api::DefinitionCheck& check) const;

  // The change itself.
  Answer<api::DefinitionReport> commit(std::string app, std::uint64_t base, std::string text, Prepared prepared,
                                       api::Caller caller);
  boost::asio::awaitable<void> put_in_force(api::DefinitionReport& report, std::string started_by);
  api::Problem failed(const Error& error);

  std::size_t users_of(std::string_view app) const;
  api::DefinitionRow row_of(std::string_view app) const;

  const Parts parts_;
  Entries entries_;
  bool changing_ = false;
  bool behind_ = false;
  MonoTime next_try_{};
};

/// What a definition holds in memory, about.
std::size_t bytes_of(const model::Definition& definition);

}  // namespace holter::app
