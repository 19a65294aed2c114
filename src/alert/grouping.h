#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "alert/group.h"
#include "alert/route.h"
#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "model/alert.h"

namespace holter::alert {

struct GroupingOptions {
  std::size_t most_groups = 10'000;
  std::size_t most_in_group = 1'000;
  std::size_t most_alerts = 100'000;  ///< in all groups together; an alert on two routes counts twice
};

/// Decides when who is told of which alerts: the dispatcher, as Alertmanager's documentation has it. Alerts of a route
/// with the same group labels are told together: the first time group_wait after the first of them; from then on they
/// are looked at each group_interval, and told when one has begun to fire or was resolved since, or when
/// repeat_interval has passed. Each alert that was told as firing is told once as resolved, and no other is.
///
/// What an alert is muted by counts at the time of a look: silenced or inhibited alerts are left out while they fire;
/// an end is told in any case, since people wait for it. In times that a route is muted nothing is told, ends neither;
/// both are told at the first look behind. At the bounds an alert is refused: it is told nowhere it was refused, and
/// counted.
///
/// No I/O, no clock: time comes in, decisions go out. A clock that goes back delays nothing by more than the intervals.
/// Whether a notification arrives is not its business. Threads: one shard's.
class Grouping {
 public:
  /// `muted` is asked, and `decided` told, within insert(), due() and reroute(); they must not call this object.
  /// `account` must outlive it.
  Grouping(memory::Account& account, MutedBy muted, OnDecision decided, const GroupingOptions& options = {});

  /// Takes an alert that fires, again or anew, on those routes, or one that was resolved, wherever it is known. Make it
  /// with share(): its bytes are not charged here. Who made it may resolve it in place, and tell that by another call.
  /// Errors: kResourceExhausted when a group is full, there are too many groups or alerts, or the account refuses; then
  /// it is missing on that route. One that is there already, and a resolution, are always taken.
  Status insert(const SharedAlert& alert, std::span<const std::shared_ptr<const Route>> routes, WallTime now);

  /// The notifications that are due, of at most `most` groups: call again while next_due() is not after `now`.
  std::vector<Flush> due(WallTime now, std::size_t most = 100);
  /// When the next group is looked at; WallTime::max() when there is none.
  WallTime next_due() const { return queue_.empty() ? WallTime::max() : queue_.begin()->first; }

  /// Goes over to another tree. Groups whose route is still there go on; alerts that belong elsewhere now are told
  /// there anew, and where they were told their end is told, too. Groups without a route are forgotten.
  void reroute(const RouteTree& tree, WallTime now);

  /// What is to be kept for a restart, of all groups, or of the one of a notification (none when it is forgotten).
  std::vector<GroupRecord> records() const;
  std::optional<GroupRecord> record(const Flush& flush) const;
  /// Puts records back into an empty Grouping; returns how many were left out, since their route is gone or has no
  /// receivers, or for want of room. Then insert() all alerts that fire; of unclaimed() ones the end is told once
  /// somebody inserts them as resolved.
  std::size_t restore(std::span<const GroupRecord> records, const RouteTree& tree, WallTime now);
  /// Alerts that were told as firing, and of which nothing was heard since a restart.
  std::vector<GroupRecord::Told> unclaimed() const;

  std::size_t groups() const { return groups_.size(); }
  /// In all groups; an alert on two routes counts twice.
  std::size_t alerts() const { return by_alert_.size(); }
  /// Alerts that did not get into a group, since the beginning.
  std::uint64_t refused() const { return refused_; }

 private:
  Status add(const SharedAlert& alert, const std::shared_ptr<const Route>& route, WallTime now);
  Status add_new(Group& group, const SharedAlert& alert);
  void resolve(const SharedAlert& alert);
  /// Makes the group if there is none.
  Result<Group*> find_or_make(const std::shared_ptr<const Route>& route, model::Labels labels, WallTime next_check);
  bool restore_one(const GroupRecord& record, const std::shared_ptr<const Route>& route, WallTime now);
  Error refuse(const model::Alert& alert, std::string_view why);
  void forget_member(Group& group, const Member& member);
  void forget_group(Group& group);
  void forget_if_empty(Group& group);
  /// After the time of the next look, which was `before`, has changed.
  void requeue(Group& group, WallTime before);
  void watch_clock(WallTime now);
  bool is_seen_elsewhere(const model::Alert& alert) const;
  /// Gives `group` its route in another tree, and lets go of alerts that do not belong to it there.
  void detach_strangers(Group& group, const RouteTree& tree, WallTime now);

  const MutedBy muted_;
  const OnDecision decided_;
  const GroupingOptions options_;
  std::unordered_map<std::string, std::unique_ptr<Group>> groups_;  // by key
  std::set<std::pair<WallTime, std::string_view>> queue_;           // next look and key of each group
  std::unordered_multimap<model::Fingerprint, Group*, IdHash> by_alert_;
  memory::Account& account_;
  memory::Reservation memory_;  // of groups and members
  WallTime latest_{};           // time that was told last
  std::uint64_t refused_ = 0;
};

}  // namespace holter::alert
