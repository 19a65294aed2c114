#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/route.h"
#include "base/clock.h"
#include "base/ids.h"
#include "memory/account.h"
#include "model/alert.h"

namespace holter::alert {

/// Stable hash of a group's route and labels.
using GroupId = Id<struct GroupTag>;
/// 16 hexadecimal digits.
std::string to_string(GroupId id);

using SharedAlert = std::shared_ptr<const model::Alert>;
/// An alert whose bytes are charged once, for as long as anybody holds it. Null where the account refuses. Lifetime:
/// the account must outlive it.
std::shared_ptr<model::Alert> share(model::Alert alert, memory::Account& account);

/// Why nobody is told of an alert that fires; empty: he is.
struct Muted {
  std::vector<std::uint64_t> silences;          ///< their ids
  std::optional<model::Fingerprint> inhibitor;  ///< the source that inhibits it
  bool snoozed = false;                         ///< somebody wants to hear of it later
  bool acknowledged = false;                    ///< somebody cares for it: it is not told again, but its end is
  bool any() const { return !silences.empty() || inhibitor.has_value() || snoozed || acknowledged; }
};
using MutedBy = std::function<Muted(const model::Alert& alert)>;

/// What became of an alert on a route: the answer to "why was I told, why was I not?".
enum class NotifyVerdict : std::uint8_t {
  kNotified,
  kWaiting,       ///< for the next look at its group, at `until`
  kRepeatNotDue,  ///< it was told, and is told again from `until` on
  kSilenced,
  kInhibited,
  kSnoozed,
  kAcknowledged,
  kMutedByTime,  ///< by windows of its route, until `until`
  kNeverTold,    ///< it is resolved, but nobody was told that it fired
  kNoRoute,      ///< no route with a receiver matches it
  kRefused,      ///< a bound or the account: see Grouping
  kRouteGone,    ///< it was told on a route that there is no more: its end is not told there
};
/// "notified", "waiting" ...: stable words.
std::string_view to_string(NotifyVerdict verdict);

struct Decision {
  model::Fingerprint alert;
  std::shared_ptr<const Route> route;  ///< null for kNoRoute
  GroupId group;                       ///< 0 for kNoRoute and kRefused
  WallTime when{};
  NotifyVerdict verdict = NotifyVerdict::kNotified;
  std::optional<WallTime> until;
  Muted muted;  ///< kSilenced, kInhibited
};
using OnDecision = std::function<void(const Decision& decision)>;

/// Why a group is told; the first that holds.
enum class FlushReason : std::uint8_t { kFirst, kNewMembers, kResolvedMembers, kRepeat };
/// "first", "new members", "resolved members", "repeat".
std::string_view to_string(FlushReason reason);

/// A notification to be made: one for each receiver of the route.
struct Flush {
  std::shared_ptr<const Route> route;
  model::Labels group_labels;
  GroupId group;
  std::vector<SharedAlert> alerts;  ///< those that fire first, by start; then those resolved since, by end
  FlushReason reason = FlushReason::kFirst;
  WallTime when{};
  bool last = false;  ///< no alert of the group fires any more, and it is forgotten
};

/// What is to survive a restart: what was told, and which resolutions are still to be. Plain data.
struct GroupRecord {
  struct Told {
    model::Fingerprint fingerprint;
    model::Labels labels;
    WallTime when{};  ///< it was last told as firing
    bool operator==(const Told&) const = default;
  };
  std::string route;     ///< Route::key
  model::Labels labels;  ///< of the group
  WallTime next_check{};
  bool checked = false;   ///< looked at, at least once: group_wait is over
  bool notified = false;  ///< told, at least once
  std::vector<Told> told;
  std::vector<model::Alert> resolved;  ///< of `told`, those of which the end is not told yet
  bool operator==(const GroupRecord&) const = default;
};

/// One alert in a group.
struct Member {
  SharedAlert alert;
  std::optional<WallTime> told;  ///< when it was last told as firing; its end has not been told since
  bool seen = true;  ///< false: known from a record or a former route only, and so neither firing nor resolved

  bool fires() const { return seen && alert->firing(); }
};

/// Alerts of one route with the same group labels, and what was told of them. Used by Grouping.
class Group {
 public:
  using Members = std::multimap<model::Fingerprint, Member>;  // labels tell equal fingerprints apart

  Group(std::shared_ptr<const Route> route, model::Labels labels, std::string key, WallTime next_check);

  const Route& route() const { return *route_; }
  const std::shared_ptr<const Route>& shared_route() const { return route_; }
  void set_route(std::shared_ptr<const Route> route) { route_ = std::move(route); }
  const model::Labels& labels() const { return labels_; }
  /// Route and labels as one text, the same for no two groups.
  const std::string& key() const { return key_; }
  static std::string key_of(const Route& route, const model::Labels& labels);
  GroupId id() const { return id_; }
  WallTime next_check() const { return next_check_; }
  /// What a record says that has come before.
  void set_past(bool checked, bool notified) {
    checked_ = checked;
    notified_ = notified;
  }

  Members& members() { return members_; }
  const Members& members() const { return members_; }
  Members::iterator find(const model::Alert& alert);

  /// Looks at all members: what is to be told, if anything, is told from then on, and the next look is a group_interval
  /// later. Members that need no more attention move to `gone`.
  std::optional<Flush> check(WallTime now, const MutedBy& muted, const OnDecision& decided, std::vector<Member>& gone);

  /// Nothing waits longer than it would from `now` on: somebody set the clock back, or the route has other intervals.
  void hasten(WallTime now);

  GroupRecord record() const;
  /// For an account, without members.
  std::size_t held_bytes() const;
  /// A decision on `alert` in this group.
  Decision decision(const model::Alert& alert, NotifyVerdict verdict, WallTime when,
                    std::optional<WallTime> until = {}) const;

 private:
  /// Members by what is to be told of them now.
  struct Sorted {
    std::vector<Member*> firing;    // not muted
    std::vector<Member*> resolved;  // told as firing
  };
  Sorted sort(WallTime now, bool quiet, const MutedBy& muted, const OnDecision& decided, std::vector<Member>& gone);
  std::optional<FlushReason> reason(const Sorted& sorted, WallTime now) const;
  Flush make_flush(Sorted& sorted, FlushReason why, WallTime now) const;

  std::shared_ptr<const Route> route_;
  model::Labels labels_;
  std::string key_;
  GroupId id_;
  WallTime next_check_;
  bool checked_ = false;
  bool notified_ = false;
  Members members_;
};

}  // namespace holter::alert
