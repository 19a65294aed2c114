#include "alert/group.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "alert/matcher.h"
#include "base/hash.h"

namespace holter::alert {
namespace {

constexpr std::array<std::string_view, 12> kVerdicts{"notified",   "waiting",  "repeat not due", "silenced",
                                                     "inhibited",  "snoozed",  "acknowledged",   "muted by time",
                                                     "never told", "no route", "refused",        "route gone"};
constexpr std::array<std::string_view, 4> kReasons{"first", "new members", "resolved members", "repeat"};
// Nodes of the tables of Grouping.
constexpr std::size_t kTableBytes = 256;

/// The first reason that holds.
NotifyVerdict verdict_of(const Muted& by) {
  if (!by.silences.empty()) return NotifyVerdict::kSilenced;
  if (by.inhibitor) return NotifyVerdict::kInhibited;
  return by.snoozed ? NotifyVerdict::kSnoozed : NotifyVerdict::kAcknowledged;
}

}  // namespace

std::shared_ptr<model::Alert> share(model::Alert alert, memory::Account& account) {
  struct Paid {
    memory::Reservation memory;
    model::Alert alert;
  };
  constexpr std::size_t kCounts = 32;  // of the pointers, and what the allocator rounds up
  auto memory = account.reserve(sizeof(Paid) + kCounts + held_bytes(alert.labels) + held_bytes(alert.annotations) +
                                alert.generator_url.capacity());
  if (!memory) return nullptr;
  auto paid = std::make_shared<Paid>(std::move(*memory), std::move(alert));
  return {paid, &paid->alert};
}

std::string to_string(GroupId id) {
  return fmt::format("{:016x}", id.value);
}
std::string_view to_string(NotifyVerdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}
std::string_view to_string(FlushReason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

Group::Group(std::shared_ptr<const Route> route, model::Labels labels, std::string key, WallTime next_check)
    : route_(std::move(route)),
      labels_(std::move(labels)),
      key_(std::move(key)),
      id_{stable_hash(key_)},
      next_check_(next_check) {}

std::string Group::key_of(const Route& route, const model::Labels& labels) {
  return route.key + ":" + to_string(labels);
}

Group::Members::iterator Group::find(const model::Alert& alert) {
  auto [begin, end] = members_.equal_range(alert.fingerprint);
  auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second.alert->labels == alert.labels; });
  return found == end ? members_.end() : found;
}

Decision Group::decision(const model::Alert& alert, NotifyVerdict verdict, WallTime when,
                         std::optional<WallTime> until) const {
  return {.alert = alert.fingerprint,
          .route = route_,
          .group = id_,
          .when = when,
          .verdict = verdict,
          .until = until,
          .muted = {}};
}

std::optional<Flush> Group::check(WallTime now, const MutedBy& muted, const OnDecision& decided,
                                  std::vector<Member>& gone) {
  const bool quiet = route_->muted_at(now);
  auto sorted = sort(now, quiet, muted, decided, gone);
  next_check_ = now + route_->group_interval;
  checked_ = true;
  if (quiet) return std::nullopt;
  auto why = reason(sorted, now);
  if (!why) {
    for (const auto* member : sorted.firing)
      decided(decision(*member->alert, NotifyVerdict::kRepeatNotDue, now, *member->told + route_->repeat_interval));
    return std::nullopt;
  }
  auto flush = make_flush(sorted, *why, now);
  for (const auto& alert : flush.alerts) decided(decision(*alert, NotifyVerdict::kNotified, now));
  notified_ = true;
  for (auto* member : sorted.firing) member->told = now;
  for (auto* member : sorted.resolved) member->told.reset();
  // What is resolved is told now, and what was never told has gone in sort().
  for (auto at = members_.begin(); at != members_.end();) {
    if (!at->second.seen || at->second.alert->firing()) {
      ++at;
      continue;
    }
    gone.push_back(std::move(at->second));
    at = members_.erase(at);
  }
  flush.last = members_.empty();
  return flush;
}

Group::Sorted Group::sort(WallTime now, bool quiet, const MutedBy& muted, const OnDecision& decided,
                          std::vector<Member>& gone) {
  Sorted sorted;
  const auto loud = quiet ? std::optional(route_->next_mute_change(now)) : std::nullopt;
  for (auto at = members_.begin(); at != members_.end();) {
    auto& member = at->second;
    const auto& alert = *member.alert;
    if (member.seen && !alert.firing() && !member.told) {
      decided(decision(alert, NotifyVerdict::kNeverTold, now));
      gone.push_back(std::move(member));
      at = members_.erase(at);
      continue;
    }
    ++at;
    if (!member.seen) continue;
    if (quiet) {
      decided(decision(alert, NotifyVerdict::kMutedByTime, now, loud));
    } else if (!alert.firing()) {
      sorted.resolved.push_back(&member);
    } else if (auto by = muted(alert); by.any()) {
      auto why = decision(alert, verdict_of(by), now);
      why.muted = std::move(by);
      decided(why);
    } else {
      sorted.firing.push_back(&member);
    }
  }
  return sorted;
}

std::optional<FlushReason> Group::reason(const Sorted& sorted, WallTime now) const {
  auto is_new = [](const Member* member) { return !member->told; };
  auto is_due = [&](const Member* member) { return now - *member->told >= route_->repeat_interval; };
  if (std::ranges::any_of(sorted.firing, is_new)) return notified_ ? FlushReason::kNewMembers : FlushReason::kFirst;
  if (!sorted.resolved.empty()) return FlushReason::kResolvedMembers;
  if (std::ranges::any_of(sorted.firing, is_due)) return FlushReason::kRepeat;
  return std::nullopt;
}

Flush Group::make_flush(Sorted& sorted, FlushReason why, WallTime now) const {
  Flush flush{.route = route_, .group_labels = labels_, .group = id_, .alerts = {}, .reason = why, .when = now};
  std::ranges::sort(sorted.firing, {},
                    [](const Member* member) { return std::tuple(member->alert->starts, member->alert->fingerprint); });
  std::ranges::sort(sorted.resolved, {},
                    [](const Member* member) { return std::tuple(member->alert->ends, member->alert->fingerprint); });
  flush.alerts.reserve(sorted.firing.size() + sorted.resolved.size());
  for (const auto* part : {&sorted.firing, &sorted.resolved})
    for (const auto* member : *part) flush.alerts.push_back(member->alert);
  return flush;
}

void Group::hasten(WallTime now) {
  next_check_ = std::min(next_check_, now + (checked_ ? route_->group_interval : route_->group_wait));
  for (auto& [fingerprint, member] : members_)
    if (member.told) member.told = std::min(*member.told, now);
}

GroupRecord Group::record() const {
  GroupRecord record{.route = route_->key,
                     .labels = labels_,
                     .next_check = next_check_,
                     .checked = checked_,
                     .notified = notified_,
                     .told = {},
                     .resolved = {}};
  for (const auto& [fingerprint, member] : members_) {
    if (!member.told) continue;
    record.told.push_back({fingerprint, member.alert->labels, *member.told});
    if (member.seen && !member.alert->firing()) record.resolved.push_back(*member.alert);
  }
  return record;
}

std::size_t Group::held_bytes() const {
  return sizeof(*this) + kTableBytes + key_.capacity() + alert::held_bytes(labels_);
}

}  // namespace holter::alert
