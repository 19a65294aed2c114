#include "incidents/desk.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <new>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/units.h"
#include "incidents/dressed.h"
#include "incidents/record_json.h"

namespace holter::incidents {
namespace {

constexpr seconds kStatesEvery{10}, kMissedEvery{60}, kPurgeEvery{3600};
/// The clock is set in small steps all the time; farther apart from the steady one it has been set by somebody.
constexpr seconds kClockSet{5};
/// What an alert that fires holds here, beside the alert itself (alert::share()), with its places in the indexes.
constexpr std::size_t kOpenBytes = sizeof(OpenAlert) + 160;
/// An opening is copied for the catalog when its turn comes: so many wait at a time. In an outage of everything the
/// copies would take more than the alerts.
constexpr std::size_t kMostOpenings = 1'000;

}  // namespace

Desk::Desk(Parts parts)
    : parts_(std::move(parts)),
      evaluator_(parts_.account, *this, parts_.hours),
      silences_(parts_.account),
      inhibition_(parts_.account),
      grouping_(
          parts_.account, [this](const model::Alert& alert) { return muted(alert); },
          [this](const alert::Decision& decision) { decided(decision); }),
      receivers_(parts_.keyring, parts_.exec_allowed),
      memory_(parts_.account.adopt(0)),
      states_(parts_.account.adopt(0)),
      book_(parts_.catalog, parts_.account),
      tasks_(parts_.executor) {}
Desk::~Desk() = default;

// --- alerts ---

bool Desk::charge_open(std::size_t count) {
  return memory_.resize(count * kOpenBytes);
}
/// Less is always granted.
void Desk::settle_open() {
  (void)charge_open(open_.size() + short_.size());
}

/// An alert with its texts rendered.
model::Alert Desk::dressed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) const {
  const auto* monitor = parts_.monitor_named(model::label_of(alert.labels, "monitor"));
  return incidents::dressed(alert, rule, evidence, monitor != nullptr ? monitor->param("host") : nullptr, parts_.url);
}

void Desk::fired(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) {
  states_changed_ = true;
  try {
    begin(dressed(alert, rule, evidence), std::nullopt);
  } catch (const std::bad_alloc&) {
    ++stats_.unbooked;  // book_missed() finds it
  }
}

void Desk::resolved(const model::Alert& alert, const alert::Rule&, const alert::Evidence&) {
  states_changed_ = true;
  end(alert.fingerprint, alert.resolution, alert.ends);
}

void Desk::changed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) {
  states_changed_ = true;
  auto open = open_.find(alert.fingerprint);
  if (open == open_.end()) return;
  try {
    auto next = alert::share(dressed(alert, rule, evidence), parts_.account);
    if (!next) {
      ++stats_.unbooked;  // as below
      return;
    }
    open->second.alert = next;
    group(next, parts_.clock.wall());
    if (open->second.incident.value != 0) tell_of(open->second, "changed");
  } catch (const std::bad_alloc&) {
    ++stats_.unbooked;  // it keeps the texts that it had
  }
}

void Desk::limited(const alert::Rule& rule, alert::Limit limit) {
  auto text = fmt::format("the rule '{}' makes no more alerts: {}", rule.name, alert::to_string(limit));
  log::warning("alert", "{}", text);
  parts_.tell("alert.limit", "warning", text);
}
void Desk::broken(const alert::Rule& rule, const Error& error) {
  auto text = fmt::format("the rule '{}' cannot be asked: {}", rule.name, error.message());
  log::warning("alert", "{}", text);
  parts_.tell("alert.rule", "warning", text);
}

void Desk::begin(model::Alert alert, std::optional<WallTime> expires) {
  const auto fingerprint = alert.fingerprint;
  if (!charge_open(open_.size() + short_.size() + (open_.contains(fingerprint) ? 0 : 1))) {
    ++stats_.unbooked;
    return;
  }
  auto shared = alert::share(std::move(alert), parts_.account);
  if (!shared) {
    settle_open();
    ++stats_.unbooked;
    return;
  }
  auto [place, fresh] = open_.insert_or_assign(fingerprint, OpenAlert{.alert = shared, .expires = expires});
  if (book_.openings() < kMostOpenings)
    book(place->second);
  else
    more_to_book_ = true;
  (void)inhibition_.update(*shared);  // one that has no place inhibits nothing, and is counted there
  group(shared, parts_.clock.wall());
  if (escalation_) steps_.emplace(*escalation_->next(shared->starts, 0), fingerprint);
  parts_.tell("alert", model::label_of(shared->labels, "severity"),
              fmt::format("{} fires: {}", model::label_of(shared->labels, "alertname"),
                          model::label_of(shared->labels, "monitor")));
}

void Desk::end(model::Fingerprint fingerprint, model::Resolution why, WallTime when) {
  auto place = open_.find(fingerprint);
  if (place == open_.end()) return;
  auto open = std::move(place->second);
  open_.erase(place);
  try {
    if (!open.booked) book(open);  // it was short: its turn had not come
    auto& ended = *open.alert;
    ended.resolution = why;
    ended.ends = std::max(when, ended.starts);  // the clock may have been set back meanwhile
    if (open.booked && !book_.close(open.key(), ended.ends, why)) ++stats_.unbooked;
    (void)inhibition_.update(ended);
    group(open.alert, parts_.clock.wall());
    parts_.tell("alert", "info",
                fmt::format("{} is over ({}): {}", model::label_of(ended.labels, "alertname"), model::to_string(why),
                            model::label_of(ended.labels, "monitor")));
    if (open.incident.value != 0) tell_of(open, "closed", model::to_string(why));
  } catch (const std::bad_alloc&) {
    ++stats_.unbooked;  // read_open() of the next start closes it
  }
  try {
    const auto key = open.key();
    if (open.booked && open.incident.value == 0) (void)short_.try_emplace(key, std::move(open), why);
  } catch (const std::bad_alloc&) {  // nobody is told of its begin and end, which are stored
  }
  settle_open();
}

void Desk::tell_of(const OpenAlert& open, std::string_view action, std::string_view text) const {
  if (parts_.tell_incident) parts_.tell_incident({open.incident, action, *open.alert, open.monitor, text});
}

/// What the catalog has just learnt of.
void Desk::tell_written(const Book::Written& written) {
  for (const auto& [key, id] : written.opened) {
    if (auto open = open_.find(key.fingerprint); open != open_.end() && open->second.key() == key) {
      open->second.incident = id;
      tell_of(open->second, "opened");
    } else if (auto over = short_.extract(key)) {
      auto& [ended, why] = over.mapped();
      ended.incident = id;
      tell_of(ended, "opened");
      tell_of(ended, "closed", model::to_string(why));
    }
  }
  settle_open();
}

void Desk::book(OpenAlert& open) {
  catalog::Incident incident;
  const auto& alert = *open.alert;
  incident.fingerprint = alert.fingerprint;
  incident.started = alert.starts;
  incident.rule = std::string(model::label_of(alert.labels, "alertname"));
  if (const auto* monitor = parts_.monitor_named(model::label_of(alert.labels, "monitor")))
    incident.monitor = open.monitor = monitor->id;
  incident.labels = alert.labels;
  incident.annotations = alert.annotations;
  incident.severity = model::parse_severity(model::label_of(alert.labels, "severity")).value_or(model::Severity::kInfo);
  incident.evidence = std::string(model::label_of(alert.annotations, "evidence"));
  open.booked = book_.open(std::move(incident));
  if (!open.booked) {
    ++stats_.unbooked;
    return;
  }
  if (open.verdict)
    note_decision(open, {.alert = alert.fingerprint, .when = parts_.clock.wall(), .verdict = *open.verdict});
  open.verdict.reset();
}

/// Openings whose turn has come.
void Desk::book_more() {
  more_to_book_ = false;
  for (auto& [fingerprint, open] : open_) {
    if (open.booked) continue;
    if (book_.openings() >= kMostOpenings) {
      more_to_book_ = true;
      return;
    }
    book(open);
  }
}

void Desk::group(const alert::SharedAlert& alert, WallTime now) {
  if (!routes_) return;
  auto routes = alert->firing() ? routes_->match(alert->labels) : std::vector<std::shared_ptr<const alert::Route>>();
  if (auto taken = grouping_.insert(alert, routes, now); !taken) ++stats_.not_grouped;
}

alert::Muted Desk::muted(const model::Alert& alert) const {
  auto now = parts_.clock.wall();
  alert::Muted muted;
  muted.silences = silences_.silenced_by(alert.labels, now);
  if (auto inhibited = inhibition_.inhibited_by(alert.labels)) muted.inhibitor = inhibited->by;
  if (const auto* open = find(alert.fingerprint); open != nullptr) {
    muted.snoozed = open->snoozed_until > now;
    muted.acknowledged = open->acknowledged != WallTime();
  }
  return muted;
}

/// Only what differs from the last decision of its kind is written down.
void Desk::decided(const alert::Decision& decision) {
  auto place = open_.find(decision.alert);
  auto key = mix64(decision.alert.value ^ (decision.group.value * 31));
  auto& last = told_.try_emplace(key, alert::NotifyVerdict::kRouteGone).first->second;
  if (last == decision.verdict && decision.verdict != alert::NotifyVerdict::kNotified) return;
  last = decision.verdict;
  if (place == open_.end()) return;
  auto& open = place->second;
  // Before the catalog has said which incident it is, nobody could look it up.
  if (open.incident.value != 0) {
    if (decision.verdict == alert::NotifyVerdict::kSilenced) tell_of(open, "silenced");
    if (decision.verdict == alert::NotifyVerdict::kInhibited) tell_of(open, "inhibited");
    if (decision.verdict == alert::NotifyVerdict::kMutedByTime) tell_of(open, "muted");
  }
  // What is told of it must find its incident; all else waits for its turn.
  if (!open.booked && decision.verdict != alert::NotifyVerdict::kNotified && book_.openings() >= kMostOpenings) {
    open.verdict = decision.verdict;
    return;
  }
  if (!open.booked) book(open);
  note_decision(open, decision);
}

void Desk::note_decision(const OpenAlert& open, const alert::Decision& decision) {
  boost::json::object json{{"verdict", std::string(alert::to_string(decision.verdict))}};
  if (decision.route) {
    json.emplace("route", decision.route->key);
    boost::json::array receivers;
    for (const auto& receiver : decision.route->receivers) receivers.emplace_back(receiver);
    json.emplace("receivers", std::move(receivers));
  }
  if (decision.until) json.emplace("until", format_time(*decision.until));
  boost::json::array silences;
  for (auto id : decision.muted.silences) silences.emplace_back(id);
  if (!silences.empty()) json.emplace("silences", std::move(silences));
  if (decision.muted.inhibitor) json.emplace("inhibited_by", fmt::format("{:016x}", decision.muted.inhibitor->value));
  auto text = fmt::format("{}{}", alert::to_string(decision.verdict),
                          decision.until ? fmt::format(" until {}", format_time(*decision.until)) : "");
  catalog::IncidentEvent event;
  event.kind = catalog::IncidentEventKind::kDecision;
  event.text = std::move(text);
  event.json = boost::json::serialize(json);
  if (event.json.size() > 4000) event.json.clear();  // a route with very long matchers: the text says it
  if (!book_.note({open.key(), std::move(event)})) ++stats_.unbooked;
}

// --- foreign alerts, and what people do ---

Status Desk::take(model::Alert alert, std::optional<WallTime> expires) {
  auto now = parts_.clock.wall();
  auto place = open_.find(alert.fingerprint);
  bool fires = place != open_.end() && place->second.alert->labels == alert.labels;
  if (!alert.firing()) {
    if (fires) end(alert.fingerprint, alert.resolution, alert.ends == WallTime() ? now : alert.ends);
    return {};
  }
  if (place != open_.end() && !fires)
    return Error(ErrorCode::kConflict, "cannot take an alert: another one has its fingerprint");
  if (!fires) {
    if (alert.starts == WallTime()) alert.starts = now;
    auto fingerprint = alert.fingerprint;
    begin(std::move(alert), expires);
    place = open_.find(fingerprint);
    if (place == open_.end())
      return Error(ErrorCode::kResourceExhausted, "cannot take an alert: no memory is left for it");
  } else if (place->second.alert->annotations != alert.annotations) {
    alert.starts = place->second.alert->starts;
    auto next = alert::share(std::move(alert), parts_.account);
    if (!next) return Error(ErrorCode::kResourceExhausted, "cannot take an alert: no memory is left for its new texts");
    place->second.alert = std::move(next);
    group(place->second.alert, now);
  }
  place->second.expires = expires;
  if (expires) expiries_.emplace(*expires, place->first);
  return {};
}

void Desk::end_expired(WallTime now) {
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    auto fingerprint = expiries_.begin()->second;
    expiries_.erase(expiries_.begin());
    auto place = open_.find(fingerprint);
    if (place == open_.end() || !place->second.expires || *place->second.expires > now) continue;  // told again
    end(fingerprint, model::Resolution::kExpired, now);
  }
}

void Desk::on_result(const alert::RoundView& round) {
  watch_clock();
  auto result = round;
  result.time_ms = std::min(result.time_ms, epoch_ms(seen_wall_));  // collected before the clock was set back
  evaluator_.on_result(result);
}

void Desk::set_condition(std::string_view rule, const model::Labels& labels, bool holds, std::string_view text) {
  watch_clock();
  model::Labels annotations;
  if (!text.empty()) annotations.emplace_back("summary", std::string(text));
  // A rule that is switched off is not found; that is its user's wish.
  (void)evaluator_.set_condition(rule, labels, holds, annotations, now_ms());
}

void Desk::acknowledged(model::Fingerprint alert, WallTime when) {
  auto place = open_.find(alert);
  if (place == open_.end()) return;
  place->second.acknowledged = when;
  if (when == WallTime() && escalation_)
    if (auto next = escalation_->next(place->second.alert->starts, place->second.steps)) steps_.emplace(*next, alert);
}
void Desk::snoozed(model::Fingerprint alert, WallTime until) {
  if (auto place = open_.find(alert); place != open_.end()) place->second.snoozed_until = until;
}
bool Desk::resolve_by_hand(model::Fingerprint alert) {
  auto place = open_.find(alert);
  if (place == open_.end()) return false;
  if (!place->second.expires && evaluator_.resolve_by_hand(place->second.alert->labels, now_ms())) return true;
  end(alert, model::Resolution::kByHand, parts_.clock.wall());
  return true;
}

const OpenAlert* Desk::find(model::Fingerprint alert) const {
  auto place = open_.find(alert);
  return place == open_.end() ? nullptr : &place->second;
}
void Desk::each_open(const std::function<void(const OpenAlert&)>& visit) const {
  for (const auto& [fingerprint, open] : open_) visit(open);
}

DeskStats Desk::stats() const {
  auto stats = stats_;
  stats.firing = open_.size();
  stats.groups = grouping_.groups();
  stats.waiting = book_.waiting();
  return stats;
}

// --- time ---

/// Rules measure by the time of day, since their states outlive the process: when somebody sets it, these move with it.
void Desk::watch_clock() {
  auto wall = parts_.clock.wall();
  auto mono = parts_.clock.mono();
  auto by = std::chrono::duration_cast<milliseconds>((wall - seen_wall_) - (mono - seen_mono_));
  bool first = seen_mono_ == MonoTime();
  seen_wall_ = wall;
  seen_mono_ = mono;
  if (first || std::chrono::abs(by) < kClockSet) return;
  log::warning("alert", "the clock was set by {} s", std::chrono::duration_cast<seconds>(by).count());
  evaluator_.on_clock_set(by.count());
  states_changed_ = true;
}

void Desk::look() {
  auto now = parts_.clock.wall();
  auto mono = parts_.clock.mono();
  watch_clock();
  (void)evaluator_.tick(epoch_ms(now), &parts_.monitors);
  end_expired(now);
  if (reroute_ && routes_) {
    grouping_.reroute(*routes_, now);
    for (const auto& [fingerprint, open] : open_) group(open.alert, now);  // also what no route was for until now
    reroute_ = false;
  }
  for (int pass = 0; pass < 10 && grouping_.next_due() <= now; ++pass)
    for (const auto& flush : grouping_.due(now)) send(flush);
  escalate(now);
  if (mono - last_missed_ >= kMissedEvery) {
    last_missed_ = mono;
    book_missed();
    (void)silences_.remove_expired(now - std::chrono::hours(24 * 5));
    if (told_.size() > 4 * (open_.size() + 1000)) told_.clear();  // decisions are told once more then
  }
  if (states_changed_ || mono - last_states_ >= kStatesEvery) {
    last_states_ = mono;
    keep_states();
  }
  if (!purging_ && mono >= next_purge_) {
    next_purge_ = mono + kPurgeEvery;
    purging_ = tasks_.spawn(purge()) != nullptr;
  }
  if (!book_.empty() && !writing_ && mono >= next_write_) {
    writing_ = true;
    if (!tasks_.spawn(write())) writing_ = false;  // no memory to begin: the next look tries again
  }
}

/// What fires and found no memory when it began.
void Desk::book_missed() {
  evaluator_.each_alert([&](const model::Alert& alert, const alert::Rule& rule) {
    if (!open_.contains(alert.fingerprint)) fired(alert, rule, {});
  });
  book_more();
}

}  // namespace holter::incidents
