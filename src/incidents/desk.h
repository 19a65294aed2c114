#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "alert/evaluator.h"
#include "alert/grouping.h"
#include "alert/inhibition.h"
#include "alert/route.h"
#include "alert/silence.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/alert_objects.h"
#include "catalog/catalog.h"
#include "catalog/incidents.h"
#include "incidents/book.h"
#include "incidents/documents.h"
#include "incidents/receivers.h"
#include "memory/account.h"
#include "notify/escalation.h"
#include "notify/outbox.h"
#include "runtime/task_scope.h"
#include "secrets/keyring.h"

namespace holter::incidents {

/// An alert that fires, and what people have done about it.
struct OpenAlert {
  std::shared_ptr<model::Alert> alert;  ///< groups share it, and see in it that it is over
  catalog::IncidentId incident;         ///< 0: the catalog has not said yet
  std::optional<WallTime> expires;      ///< of a foreign one: when it ends unless it is told again
  WallTime acknowledged{}, snoozed_until{};
  MonitorId monitor;      ///< 0: of none
  std::size_t steps = 0;  ///< of the escalation, that were told
  bool booked = false;    ///< its opening has been handed to the book
  /// What was decided before that; noted with the opening.
  std::optional<alert::NotifyVerdict> verdict;

  IncidentKey key() const { return {alert->fingerprint, alert->starts}; }
};

/// Something that became of an incident, for whoever watches. Views live during the call.
struct IncidentNews {
  catalog::IncidentId id;
  /// "opened", "closed", "changed", "silenced", "inhibited", "muted"; what people do, whoever stores that tells.
  std::string_view action;
  const model::Alert& alert;
  MonitorId monitor;      ///< 0: of none
  std::string_view text;  ///< more about it; may be empty
};

struct DeskStats {
  std::size_t firing = 0, groups = 0, waiting = 0;  ///< waiting: to be written
  std::uint64_t notifications = 0;                  ///< made, by receiver
  std::uint64_t not_grouped = 0;                    ///< alerts that found no place in a group
  std::uint64_t unbooked = 0;                       ///< what found no memory to be written; it is made up for
  std::uint64_t failed_writes = 0;
  std::uint64_t without_receiver = 0;  ///< notifications to names that are nobody
  /// Notifications that could not be made or kept, by channel.
  std::map<std::string, std::uint64_t, std::less<>> dropped;
};

/// How long is kept what is over.
constexpr std::chrono::hours kKeepIncidents{24 * 90}, kKeepDelivered{24 * 30}, kKeepDead{24 * 90};

/// Where alerts become incidents and notifications: rules are asked, what fires is booked, grouped and told, and what
/// people do about it counts. Everything that must outlive the process goes through the book, whose transactions keep
/// incidents, states and notifications together.
///
/// Threads: one, that of `executor`. Lifetime: all parts outlive it; close() before destruction.
class Desk final : private alert::AlertSink {
 public:
  struct Parts {
    runtime::Executor executor;
    const Clock& clock;
    memory::Account& account;
    catalog::Catalog& catalog;
    const secrets::Keyring& keyring;
    notify::Outbox* outbox = nullptr;  ///< set by use(), before start()
    const alert::Monitors& monitors;
    const alert::ActiveHoursParser* hours = nullptr;
    std::string url;  ///< of Holter, for links; may be empty
    bool exec_allowed = false;
    /// Something for the events of the API: kind, severity, text. Does not throw.
    std::function<void(std::string_view, std::string_view, std::string_view)> tell;
    /// What becomes of incidents, once the catalog has them. Does not throw. May be empty.
    std::function<void(const IncidentNews&)> tell_incident;
    /// The definition of that app; nullptr where there is none.
    std::function<std::shared_ptr<const model::Definition>(std::string_view)> definition_of;
    /// The monitor of that name; nullptr where there is none.
    std::function<const model::Monitor*(std::string_view)> monitor_named;
  };
  explicit Desk(Parts parts);
  ~Desk() override;

  void use(notify::Outbox& outbox) { parts_.outbox = &outbox; }
  const notify::Receivers& receivers() const { return receivers_; }
  Receivers& people() { return receivers_; }

  /// Reads what is configured and what fired when the process ended, and goes on from there. Monitors must be known.
  /// Errors: those of the catalog. What cannot be used any more is told and left out.
  boost::asio::awaitable<Status> start();
  /// Writes what is still to be written, for as long as `deadline` allows.
  boost::asio::awaitable<void> close(MonoTime deadline);

  // What happens to monitors.
  bool reads_rows(const alert::RoundView& round) { return evaluator_.reads_rows(round); }
  void on_result(const alert::RoundView& round);
  void on_gone(MonitorId id) { evaluator_.on_monitor_gone(id, now_ms()); }
  void on_paused(MonitorId id) { evaluator_.on_monitor_paused(id, now_ms()); }
  void on_unreachable(MonitorId id) { evaluator_.on_monitor_unreachable(id, now_ms()); }
  void on_edited(const alert::MonitorView& monitor) { evaluator_.on_monitor_edited(monitor, now_ms()); }
  void on_definitions_changed() { evaluator_.on_definitions_changed(); }
  /// As Evaluator::set_stretch().
  void set_stretch(unsigned factor) { evaluator_.set_stretch(factor, now_ms()); }
  /// As Evaluator::set_condition(); a rule that is disabled is none of the caller's concern.
  void set_condition(std::string_view rule, const model::Labels& labels, bool holds, std::string_view text);
  /// The answer to a periodic rule's query, as Evaluator::on_query().
  Result<alert::QueryOutcome> on_query(std::string_view rule, std::span<const alert::QueryRow> rows,
                                       std::int64_t time_ms) {
    return evaluator_.on_query(rule, rows, time_ms, &parts_.monitors);
  }
  /// Another one after each change of the rules in force.
  std::uint64_t rules_version() const { return rules_version_; }
  /// A foreign alert: fires until `expires` unless it is told again, or was resolved. Errors: kResourceExhausted.
  Status take(model::Alert alert, std::optional<WallTime> expires);
  /// About once a second.
  void look();

  // What is configured. Each checks first, and changes nothing on an error.
  Status check(const catalog::AlertObject& object) const;
  Status put(const catalog::AlertObject& object);
  void remove(catalog::AlertObjectKind kind, std::uint64_t id);
  /// Who needs a receiver or rotation, in words; empty: nobody.
  std::string users_of(std::string_view name) const;
  const Routing& routing() const { return routing_; }
  const alert::Silences& silences() const { return silences_; }
  alert::Muted muted(const model::Alert& alert) const;

  // What people do. Of the incident's alert, where it fires still.
  void acknowledged(model::Fingerprint alert, WallTime when);  ///< the epoch: not any more
  void snoozed(model::Fingerprint alert, WallTime until);      ///< the epoch: not any more
  /// False where it does not fire.
  bool resolve_by_hand(model::Fingerprint alert);

  const OpenAlert* find(model::Fingerprint alert) const;
  void each_open(const std::function<void(const OpenAlert&)>& visit) const;
  const alert::Evaluator& evaluator() const { return evaluator_; }
  DeskStats stats() const;
  /// Something is being written, or waits for that.
  bool writes() const { return writing_ || purging_ || more_to_book_ || !book_.empty(); }

 private:
  // alert::AlertSink
  void fired(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) override;
  void resolved(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) override;
  void changed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) override;
  void limited(const alert::Rule& rule, alert::Limit limit) override;
  void broken(const alert::Rule& rule, const Error& error) override;

  std::int64_t now_ms() const { return epoch_ms(parts_.clock.wall()); }
  void watch_clock();
  bool charge_open(std::size_t count);
  void settle_open();
  model::Alert dressed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) const;
  void begin(model::Alert alert, std::optional<WallTime> expires);
  void end(model::Fingerprint fingerprint, model::Resolution why, WallTime when);
  void book(OpenAlert& open);
  void book_more();
  void note_decision(const OpenAlert& open, const alert::Decision& decision);
  void tell_of(const OpenAlert& open, std::string_view action, std::string_view text = {}) const;
  void tell_written(const Book::Written& written);
  void group(const alert::SharedAlert& alert, WallTime now);
  void decided(const alert::Decision& decision);
  void send(const alert::Flush& flush);
  void queue(Result<notify::Message> message, const ReceiverSpec& receiver, std::vector<IncidentKey> about,
             WallTime now);
  void escalate(WallTime now);
  void end_expired(WallTime now);
  void book_missed();
  void keep_states();
  void charge_states();
  void keep_series();
  void keep_group(const alert::Flush& flush);
  void drop(const ReceiverSpec& receiver, std::string_view why);
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<void> purge();

  // desk_setup.cc
  Status set_rules();
  Status set_inhibitions();
  Status set_routing(Routing routing);
  boost::asio::awaitable<Status> read_objects();
  boost::asio::awaitable<Status> read_open();
  boost::asio::awaitable<Status> restore();

  Parts parts_;
  alert::Evaluator evaluator_;
  alert::Silences silences_;
  alert::Inhibition inhibition_;
  std::optional<alert::RouteTree> routes_;
  alert::Grouping grouping_;
  Receivers receivers_;
  Routing routing_;
  std::optional<notify::Escalation> escalation_;
  std::map<std::uint64_t, alert::Rule> rules_;  ///< of the catalog
  std::map<std::uint64_t, alert::InhibitionRule> inhibitions_;
  std::unordered_map<model::Fingerprint, OpenAlert, IdHash> open_;
  /// Over before the catalog had said which incidents they are: told, one behind the other, when it has.
  std::map<IncidentKey, std::pair<OpenAlert, model::Resolution>> short_;
  memory::Reservation memory_;                                    ///< of open_ and short_, beside the alerts themselves
  memory::Reservation states_;                                    ///< of kept_ and told_
  std::set<std::pair<WallTime, model::Fingerprint>> steps_;       ///< when an escalation goes on
  std::multimap<WallTime, model::Fingerprint> expiries_;          ///< of foreign alerts
  std::unordered_map<std::string, std::uint64_t> kept_;           ///< hash of each series' state as written
  std::unordered_map<std::uint64_t, alert::NotifyVerdict> told_;  ///< by alert and group: the last decision
  Book book_;
  DeskStats stats_;
  std::uint64_t rules_version_ = 0;
  bool more_to_book_ = false;  ///< openings whose turn has not come
  bool states_changed_ = false, writing_ = false, purging_ = false, reroute_ = false;
  MonoTime next_write_{}, next_purge_{}, last_states_{}, last_missed_{};
  MonoTime seen_mono_{};  ///< both clocks, when they were looked at last
  WallTime seen_wall_{};
  milliseconds write_wait_{0};
  runtime::TaskScope tasks_;
};

}  // namespace holter::incidents
