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

constexpr seconds kWriteLimit{30};
constexpr milliseconds kFirstRetry{1'000}, kLastRetry{60'000};
constexpr seconds kStatesEvery{10}, kMissedEvery{60}, kPurgeEvery{3600};
/// The clock is set in small steps all the time; farther apart from the steady one it has been set by somebody.
constexpr seconds kClockSet{5};
/// What an alert that fires holds here, beside its texts, with its places in the indexes.
constexpr std::size_t kOpenBytes = sizeof(OpenAlert) + sizeof(model::Alert) + 256;

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

std::size_t Desk::bytes_of(const model::Alert& alert) {
  std::size_t bytes = kOpenBytes + alert.generator_url.size();
  for (const auto* labels : {&alert.labels, &alert.annotations})
    for (const auto& [name, value] : *labels) bytes += 64 + name.size() + value.size();
  return bytes;
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
    auto next = std::make_shared<const model::Alert>(dressed(alert, rule, evidence));
    open->second.alert = next;
    group(*next, parts_.clock.wall());
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
  auto fingerprint = alert.fingerprint;
  auto bytes = bytes_of(alert);
  auto there = open_.find(fingerprint);
  if (!memory_.resize(memory_.bytes() - (there == open_.end() ? 0 : there->second.bytes) + bytes)) {
    ++stats_.unbooked;
    return;
  }
  auto shared = std::make_shared<const model::Alert>(std::move(alert));
  auto [place, fresh] =
      open_.insert_or_assign(fingerprint, OpenAlert{.alert = shared, .expires = expires, .bytes = bytes});
  book(place->second);
  (void)inhibition_.update(*shared);  // one that has no place inhibits nothing, and is counted there
  group(*shared, parts_.clock.wall());
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
  const bool is_short = open.booked && open.incident.value == 0;
  if (!is_short) (void)memory_.resize(memory_.bytes() - open.bytes);  // less is always granted
  try {
    auto ended = *open.alert;
    ended.resolution = why;
    ended.ends = std::max(when, ended.starts);  // the clock may have been set back meanwhile
    if (open.booked && !book_.close(open.key(), ended.ends, why)) ++stats_.unbooked;
    (void)inhibition_.update(ended);
    group(ended, parts_.clock.wall());
    parts_.tell("alert", "info",
                fmt::format("{} is over ({}): {}", model::label_of(ended.labels, "alertname"), model::to_string(why),
                            model::label_of(ended.labels, "monitor")));
    if (open.incident.value != 0) tell_of(open, "closed", model::to_string(why));
  } catch (const std::bad_alloc&) {
    ++stats_.unbooked;  // read_open() of the next start closes it
  }
  if (!is_short) return;
  const auto bytes = open.bytes;
  try {
    const auto key = open.key();
    if (short_.try_emplace(key, std::move(open), why).second) return;
  } catch (const std::bad_alloc&) {  // nobody is told of its begin and end, which are stored
  }
  (void)memory_.resize(memory_.bytes() - bytes);
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
      (void)memory_.resize(memory_.bytes() - ended.bytes);
    }
  }
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
  if (!open.booked) ++stats_.unbooked;
}

void Desk::group(const model::Alert& alert, WallTime now) {
  if (!routes_) return;
  auto routes = alert.firing() ? routes_->match(alert.labels) : std::vector<std::shared_ptr<const alert::Route>>();
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
  const auto* open = find(decision.alert);
  auto key = mix64(decision.alert.value ^ (decision.group.value * 31));
  auto& last = told_.try_emplace(key, alert::NotifyVerdict::kRouteGone).first->second;
  if (last == decision.verdict && decision.verdict != alert::NotifyVerdict::kNotified) return;
  last = decision.verdict;
  if (open == nullptr) return;
  // Before the catalog has said which incident it is, nobody could look it up.
  if (open->incident.value != 0) {
    if (decision.verdict == alert::NotifyVerdict::kSilenced) tell_of(*open, "silenced");
    if (decision.verdict == alert::NotifyVerdict::kInhibited) tell_of(*open, "inhibited");
    if (decision.verdict == alert::NotifyVerdict::kMutedByTime) tell_of(*open, "muted");
  }
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
  if (!book_.note({open->key(), std::move(event)})) ++stats_.unbooked;
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
    place->second.alert = std::make_shared<const model::Alert>(std::move(alert));
    group(*place->second.alert, now);
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
    for (const auto& [fingerprint, open] : open_) group(*open.alert, now);  // also what no route was for until now
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
  for (auto& [fingerprint, open] : open_)
    if (!open.booked) book(open);
}

void Desk::keep_states() {
  states_changed_ = false;
  try {
    keep_series();
  } catch (const std::bad_alloc&) {
    states_changed_ = true;
  }
  charge_states();
}

/// What is noted here of states that are stored elsewhere. Where that is too much, decisions are forgotten, and told
/// once more.
void Desk::charge_states() {
  constexpr std::size_t kKept = 96, kTold = 40;  // an element with its place in the table
  if (states_.resize(kept_.size() * kKept + told_.size() * kTold)) return;
  told_.clear();
  if (!states_.resize(kept_.size() * kKept)) ++stats_.unbooked;
}

void Desk::keep_series() {
  constexpr auto kTable = catalog::StateTable::kAlerts;
  std::unordered_map<std::string, std::uint64_t> present;
  evaluator_.records([&](const alert::SeriesRecord& record) {
    auto key = key_of(record);
    auto json = to_json(record);
    if (json.size() > catalog::bounds_of(kTable).json_bytes) {
      auto shorter = record;
      shorter.evidence = {};
      json = to_json(shorter);
      if (json.size() > catalog::bounds_of(kTable).json_bytes) return;  // labels beyond all measure: it begins anew
    }
    auto hash = stable_hash(json);
    present.emplace(key, hash);
    if (auto kept = kept_.find(key); kept != kept_.end() && kept->second == hash) return;
    if (!book_.put_state(kTable, key, std::move(json))) present[key] = 0;  // the next time
  });
  for (const auto& [key, hash] : kept_)
    if (!present.contains(key) && !book_.put_state(kTable, key, std::nullopt)) present.emplace(key, hash);
  kept_ = std::move(present);
}

boost::asio::awaitable<void> Desk::write() {
  while (!book_.empty()) {
    // What began or ended during the last transaction goes into this one as a whole.
    if (states_changed_) keep_states();
    auto written = co_await book_.flush(parts_.clock.mono() + kWriteLimit);
    if (!written) {
      if (write_wait_ == milliseconds(0))
        parts_.tell("alert.store", "critical",
                    fmt::format("incidents and notifications are not written: {}", written.error().message()));
      ++stats_.failed_writes;
      write_wait_ = std::clamp(2 * write_wait_, kFirstRetry, kLastRetry);
      next_write_ = parts_.clock.mono() + write_wait_;
      log::warning("alert", "cannot write down what fires: {}; {} entries wait, tried again in {}",
                   written.error().message(), book_.waiting(), format_duration(write_wait_));
      break;
    }
    if (write_wait_ != milliseconds(0))
      parts_.tell("alert.store", "info", "incidents and notifications are written again");
    write_wait_ = milliseconds(0);
    tell_written(*written);
    if (parts_.outbox != nullptr)
      for (const auto& receiver : written->receivers) parts_.outbox->notice(receiver);
  }
  writing_ = false;
}

/// Takes what is over for long from the catalog, a piece in each transaction.
boost::asio::awaitable<void> Desk::purge() {
  struct Ended {
    bool& purging;
    ~Ended() { purging = false; }
  } ended{purging_};
  constexpr std::size_t kAtOnce = 1'000;
  auto now = parts_.clock.wall();
  for (bool more = true; more;) {
    auto work = [now](catalog::Transaction& transaction) -> Result<bool> {
      catalog::OutboxRetention old{
          .delivered_before = now - kKeepDelivered, .dead_before = now - kKeepDead, .most_deleted = kAtOnce};
      TRY(auto incidents, catalog::purge_incidents(transaction, now - kKeepIncidents, 1'000'000, kAtOnce));
      TRY(auto messages, catalog::purge_outbox(transaction, old));
      return incidents == kAtOnce || messages == kAtOnce;
    };
    auto purged = co_await parts_.catalog.write<bool>(
        "holter", work, {"purge incidents and notifications", parts_.clock.mono() + kWriteLimit});
    if (!purged) log::warning("alert", "{}", purged.error().message());
    more = purged.value_or(false);
  }
}

boost::asio::awaitable<void> Desk::close(MonoTime deadline) {
  co_await tasks_.close();
  keep_states();
  while (!book_.empty() && parts_.clock.mono() < deadline)
    if (auto written = co_await book_.flush(deadline); !written) {
      log::error("alert", "cannot write down what fires: {}; {} entries are lost: they are made anew at the next start",
                 written.error().message(), book_.waiting());
      break;
    }
}

}  // namespace holter::incidents
