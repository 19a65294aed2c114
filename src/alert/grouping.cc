#include "alert/grouping.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::alert {
namespace {

// A member with its nodes in the group and in by_alert_; the alert is paid for by whoever made it (share()).
constexpr std::size_t kMemberBytes = sizeof(Member) + 160;
// The clock is set in small steps all the time; only a jump back is worth a look at all groups.
constexpr seconds kJump{1};

/// What `known` was, in the state of `now`: for where the account has no room for more. It stands in for what was paid.
SharedAlert with_state_of(const model::Alert& known, const model::Alert& now) {
  auto alert = std::make_shared<model::Alert>(known);
  alert->starts = now.starts;
  alert->ends = now.ends;
  alert->resolution = now.resolution;
  return alert;
}

bool tells(const Route& route) {
  return !route.receivers.empty();
}

}  // namespace

Grouping::Grouping(memory::Account& account, MutedBy muted, OnDecision decided, const GroupingOptions& options)
    : muted_(std::move(muted)),
      decided_(std::move(decided)),
      options_(options),
      account_(account),
      memory_(account.adopt(0)) {}

Status Grouping::insert(const SharedAlert& alert, std::span<const std::shared_ptr<const Route>> routes, WallTime now) {
  watch_clock(now);
  if (!alert->firing()) {
    resolve(alert);
    return {};
  }
  Status status;
  bool routed = false;
  for (const auto& route : routes) {
    if (!tells(*route)) continue;
    routed = true;
    auto added = add(alert, route, now);
    if (!added && status) status = std::move(added);
  }
  if (!routed) decided_({.alert = alert->fingerprint, .when = now, .verdict = NotifyVerdict::kNoRoute});
  return status;
}

Status Grouping::add(const SharedAlert& alert, const std::shared_ptr<const Route>& route, WallTime now) {
  auto refused = [&](Error error) {
    decided_({.alert = alert->fingerprint, .route = route, .when = now, .verdict = NotifyVerdict::kRefused});
    return error;
  };
  auto group = find_or_make(route, group_labels(*route, alert->labels), now + route->group_wait);
  if (!group) return refused(refuse(*alert, group.error().message()));
  auto& found = **group;
  if (auto known = found.find(*alert); known != found.members().end()) {
    known->second.seen = true;
    known->second.alert = alert;
    return {};
  }
  auto added = add_new(found, alert);
  if (!added) {
    forget_if_empty(found);
    return refused(std::move(added).error());
  }
  decided_(found.decision(*alert, NotifyVerdict::kWaiting, now, found.next_check()));
  return {};
}

Status Grouping::add_new(Group& group, const SharedAlert& alert) {
  if (group.members().size() >= options_.most_in_group)
    return refuse(*alert, fmt::format("its group has {} alerts already", options_.most_in_group));
  if (by_alert_.size() >= options_.most_alerts)
    return refuse(*alert, fmt::format("there are {} alerts already", options_.most_alerts));
  if (!memory_.resize(memory_.bytes() + kMemberBytes)) return refuse(*alert, "no memory");
  group.members().emplace(alert->fingerprint, Member{.alert = alert, .told = {}});
  by_alert_.emplace(alert->fingerprint, &group);
  return {};
}

void Grouping::resolve(const SharedAlert& alert) {
  auto [begin, end] = by_alert_.equal_range(alert->fingerprint);
  for (auto at = begin; at != end; ++at) {
    auto member = at->second->find(*alert);
    if (member == at->second->members().end()) continue;  // another alert with this fingerprint
    member->second.seen = true;
    member->second.alert = alert;
  }
}

Result<Group*> Grouping::find_or_make(const std::shared_ptr<const Route>& route, model::Labels labels,
                                      WallTime next_check) {
  auto key = Group::key_of(*route, labels);
  if (auto found = groups_.find(key); found != groups_.end()) return found->second.get();
  auto full = [](std::string why) { return Error(ErrorCode::kResourceExhausted, std::move(why)); };
  if (groups_.size() >= options_.most_groups) return full(fmt::format("there are {} groups", options_.most_groups));
  auto made = std::make_unique<Group>(route, std::move(labels), key, next_check);
  if (!memory_.resize(memory_.bytes() + made->held_bytes())) return full("no memory for another group");
  auto* group = groups_.emplace(std::move(key), std::move(made)).first->second.get();
  queue_.emplace(next_check, group->key());
  return group;
}

Error Grouping::refuse(const model::Alert& alert, std::string_view why) {
  ++refused_;
  return {ErrorCode::kResourceExhausted,
          fmt::format("cannot group alert {}: {}", excerpt(to_string(alert.labels), 200), why)};
}

std::vector<Flush> Grouping::due(WallTime now, std::size_t most) {
  watch_clock(now);
  std::vector<Flush> out;
  for (std::size_t looked = 0; looked < most && next_due() <= now; ++looked) {
    auto& group = *groups_.find(std::string(queue_.begin()->second))->second;
    const auto before = group.next_check();
    std::vector<Member> gone;
    auto flush = group.check(now, muted_, decided_, gone);
    for (const auto& member : gone) forget_member(group, member);
    requeue(group, before);
    if (flush) out.push_back(std::move(*flush));
    forget_if_empty(group);
  }
  return out;
}

void Grouping::forget_member(Group& group, const Member& member) {
  auto [begin, end] = by_alert_.equal_range(member.alert->fingerprint);
  // With equal fingerprints any of the entries for this group will do: it says only where to look.
  auto entry = std::find_if(begin, end, [&](const auto& known) { return known.second == &group; });
  CHECK(entry != end);
  by_alert_.erase(entry);
  (void)memory_.resize(memory_.bytes() - kMemberBytes);  // less is never refused
}

void Grouping::forget_group(Group& group) {
  for (const auto& [fingerprint, member] : group.members()) forget_member(group, member);
  (void)memory_.resize(memory_.bytes() - group.held_bytes());  // less is never refused
  queue_.erase({group.next_check(), group.key()});
  groups_.erase(groups_.find(std::string(group.key())));
}

void Grouping::forget_if_empty(Group& group) {
  if (group.members().empty()) forget_group(group);
}

void Grouping::requeue(Group& group, WallTime before) {
  queue_.erase({before, group.key()});
  queue_.emplace(group.next_check(), group.key());
}

void Grouping::watch_clock(WallTime now) {
  if (now + kJump < latest_) {
    for (auto& [key, group] : groups_) {
      const auto before = group->next_check();
      group->hasten(now);
      requeue(*group, before);
    }
    latest_ = now;
  }
  latest_ = std::max(latest_, now);
}

void Grouping::reroute(const RouteTree& tree, WallTime now) {
  watch_clock(now);
  std::vector<SharedAlert> firing;
  std::vector<Group*> known;
  for (auto& [key, group] : groups_) {
    known.push_back(group.get());
    for (const auto& [fingerprint, member] : group->members())
      if (member.fires()) firing.push_back(member.alert);
  }
  for (auto* group : known) detach_strangers(*group, tree, now);
  std::ranges::sort(firing);  // one alert is shared by its groups
  firing.erase(std::ranges::unique(firing).begin(), firing.end());
  for (const auto& alert : firing)
    for (const auto& route : tree.match(alert->labels))
      if (tells(*route)) (void)add(alert, route, now);  // a refusal is counted and decided
}

void Grouping::detach_strangers(Group& group, const RouteTree& tree, WallTime now) {
  auto route = tree.find(group.route().key);
  if (!route || !tells(*route)) {
    for (const auto& [fingerprint, member] : group.members())
      if (member.told) decided_(group.decision(*member.alert, NotifyVerdict::kRouteGone, now));
    forget_group(group);
    return;
  }
  auto belongs = [&](const model::Labels& labels) {
    const auto routes = tree.match(labels);
    return std::ranges::find(routes, route) != routes.end() && group_labels(*route, labels) == group.labels();
  };
  auto& members = group.members();
  for (auto at = members.begin(); at != members.end();) {
    auto& member = at->second;
    const bool stranger = member.fires() && !belongs(member.alert->labels);
    if (stranger && !member.told) {
      forget_member(group, member);
      at = members.erase(at);
      continue;
    }
    if (stranger) member.seen = false;  // only its end is told here
    ++at;
  }
  const auto before = group.next_check();
  group.set_route(std::move(route));
  group.hasten(now);  // its intervals may be others
  requeue(group, before);
}

std::vector<GroupRecord> Grouping::records() const {
  std::vector<GroupRecord> out;
  out.reserve(groups_.size());
  for (const auto& [next, key] : queue_) out.push_back(groups_.find(std::string(key))->second->record());
  return out;
}

std::optional<GroupRecord> Grouping::record(const Flush& flush) const {
  auto found = groups_.find(Group::key_of(*flush.route, flush.group_labels));
  return found == groups_.end() ? std::nullopt : std::optional(found->second->record());
}

std::size_t Grouping::restore(std::span<const GroupRecord> records, const RouteTree& tree, WallTime now) {
  watch_clock(now);
  std::size_t left_out = 0;
  for (const auto& record : records) {
    auto route = tree.find(record.route);
    if (!route || !tells(*route) || !restore_one(record, route, now)) ++left_out;
  }
  return left_out;
}

bool Grouping::restore_one(const GroupRecord& record, const std::shared_ptr<const Route>& route, WallTime now) {
  auto made = find_or_make(route, record.labels, record.next_check);
  if (!made) return false;
  auto& group = **made;
  const auto before = group.next_check();
  bool all = true;
  group.set_past(record.checked, record.notified);
  for (const auto& told : record.told) {
    model::Alert known;
    known.fingerprint = told.fingerprint;
    known.labels = told.labels;
    if (group.find(known) != group.members().end()) continue;
    auto alert = share(std::move(known), account_);
    if (!alert || !add_new(group, alert)) {
      all = false;
      continue;
    }
    auto& member = group.find(*alert)->second;
    member.told = told.when;
    member.seen = false;
  }
  for (const auto& alert : record.resolved) {
    auto member = group.find(alert);
    if (member == group.members().end()) continue;
    member->second.seen = true;
    // Where there is no room for annotations the end is told without.
    SharedAlert ended = share(alert, account_);
    member->second.alert = ended ? std::move(ended) : with_state_of(*member->second.alert, alert);
  }
  group.hasten(now);  // the record may be of a time that has not come
  requeue(group, before);
  return all;
}

bool Grouping::is_seen_elsewhere(const model::Alert& alert) const {
  auto [begin, end] = by_alert_.equal_range(alert.fingerprint);
  return std::any_of(begin, end, [&](const auto& entry) {
    auto member = entry.second->find(alert);
    return member != entry.second->members().end() && member->second.seen;
  });
}

std::vector<GroupRecord::Told> Grouping::unclaimed() const {
  std::vector<GroupRecord::Told> out;
  for (const auto& [key, group] : groups_)
    for (const auto& [fingerprint, member] : group->members())
      if (!member.seen && !is_seen_elsewhere(*member.alert))
        out.push_back({fingerprint, member.alert->labels, *member.told});
  return out;
}

}  // namespace holter::alert
