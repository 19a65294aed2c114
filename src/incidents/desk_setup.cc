#include <algorithm>

#include <fmt/format.h>

#include "alert/compiled_rule.h"
#include "base/log.h"
#include "base/units.h"
#include "incidents/desk.h"
#include "incidents/record_json.h"
#include "incidents/spec_reader.h"

// What is configured, and how a start goes on from where the process ended.
namespace holter::incidents {
namespace {

using catalog::AlertObject;
using catalog::AlertObjectKind;

constexpr seconds kReadLimit{60};

Result<Document> document_of(const AlertObject& object) {
  Document document;
  document.name = object.name;
  document.enabled = object.enabled;
  TRY(document.spec, parse_object(object.json, "the document"));
  return document;
}

/// The routes as they are before anybody has written any: everything goes to nobody.
Routing no_routing() {
  Routing routing;
  routing.root.receivers = std::vector<std::string>();
  return routing;
}

}  // namespace

Status Desk::check(const AlertObject& object) const {
  TRY(auto document, document_of(object));
  switch (object.kind) {
    case AlertObjectKind::kRule: {
      TRY(auto rule, read_rule(document));
      if (!rule.selector.set.empty()) {
        auto definition = parts_.definition_of(rule.selector.app);
        if (!definition)
          return fault("spec.selector.app", fmt::format("there is no definition '{}'", excerpt(rule.selector.app)));
        auto compiled = alert::CompiledRule::compile(rule, definition.get());
        if (!compiled) return fault("spec", compiled.error().message());
      }
      std::vector<alert::Rule> all;
      for (const auto& [id, there] : rules_)
        if (id != object.id.value) all.push_back(there);
      all.push_back(std::move(rule));
      auto good = evaluator_.check_rules(std::move(all));
      return good ? Status() : Status(fault("spec", good.error().message()));
    }
    case AlertObjectKind::kReceiver: {
      TRY(auto receiver, read_receiver(document));
      return receivers_.check(receiver);
    }
    case AlertObjectKind::kRoute: {
      TRY(auto routing, read_routing(document));
      auto names = receivers_.names();
      auto tree = alert::RouteTree::compile(routing.root, names);
      if (!tree) return fault("spec", tree.error().message());
      for (const auto& step : routing.escalation)
        for (const auto& name : step.receivers)
          if (std::ranges::find(names, name) == names.end())
            return fault("spec.escalation", fmt::format("there is no receiver '{}'", excerpt(name)));
      if (routing.escalation.empty()) return {};
      auto steps = notify::Escalation::make(routing.escalation);
      return steps ? Status() : Status(fault("spec.escalation", steps.error().message()));
    }
    case AlertObjectKind::kSilence:
      TRY_OK(read_silence(document, parts_.clock.wall()));
      return {};
    case AlertObjectKind::kInhibition:
      TRY_OK(read_inhibition(document));
      return {};
    case AlertObjectKind::kTemplate:
      TRY_OK(read_template(document));
      return {};
    case AlertObjectKind::kRotation: {
      TRY(auto options, read_rotation(document));
      for (const auto& name : options.receivers)
        if (receivers_.find(name) == nullptr)
          return fault("spec.receivers", fmt::format("there is no receiver '{}'", excerpt(name)));
      return {};
    }
  }
  return {};
}

Status Desk::put(const AlertObject& object) {
  TRY(auto document, document_of(object));
  auto id = object.id.value;
  switch (object.kind) {
    case AlertObjectKind::kRule: {
      TRY(auto rule, read_rule(document));
      auto before = std::exchange(rules_[id], std::move(rule));
      auto good = set_rules();
      if (good) return good;
      if (before.name.empty())
        rules_.erase(id);  // there was none
      else
        rules_[id] = std::move(before);
      return good;
    }
    case AlertObjectKind::kReceiver: {
      TRY(auto receiver, read_receiver(document));
      return receivers_.set(id, std::move(receiver));
    }
    case AlertObjectKind::kRoute: {
      TRY(auto routing, read_routing(document));
      return set_routing(std::move(routing));
    }
    case AlertObjectKind::kSilence: {
      TRY(auto silence, read_silence(document, object.created));
      silence.id = id;
      silence.created_by = object.created_by;
      silence.created = object.created;
      silence.updated = object.updated;
      return silences_.set(std::move(silence));
    }
    case AlertObjectKind::kInhibition: {
      TRY(auto rule, read_inhibition(document));
      if (object.enabled)
        inhibitions_.insert_or_assign(id, std::move(rule));
      else
        inhibitions_.erase(id);
      return set_inhibitions();
    }
    case AlertObjectKind::kTemplate: {
      TRY(auto spec, read_template(document));
      receivers_.set_template(id, object.name, std::move(spec));
      return {};
    }
    case AlertObjectKind::kRotation: {
      TRY(auto options, read_rotation(document));
      TRY(auto rotation, notify::Rotation::make(std::move(options)));
      return receivers_.set_rotation(id, object.name, std::move(rotation));
    }
  }
  return {};
}

void Desk::remove(AlertObjectKind kind, std::uint64_t id) {
  Status good;
  switch (kind) {
    case AlertObjectKind::kRule:
      rules_.erase(id);
      good = set_rules();
      break;
    case AlertObjectKind::kReceiver:
      receivers_.remove(id);
      break;
    case AlertObjectKind::kRoute:
      good = set_routing(no_routing());
      break;
    case AlertObjectKind::kSilence:
      (void)silences_.remove(id);  // one that had expired may be gone already
      break;
    case AlertObjectKind::kInhibition:
      inhibitions_.erase(id);
      good = set_inhibitions();
      break;
    case AlertObjectKind::kTemplate:
      receivers_.remove_template(id);
      break;
    case AlertObjectKind::kRotation:
      receivers_.remove_rotation(id);
      break;
  }
  // Fewer of anything are always possible but for want of memory; the next change puts them in force.
  if (!good) log::error("alert", "cannot put a deletion in force: {}", good.error().message());
}

std::string Desk::users_of(std::string_view name) const {
  auto names = [&](const std::vector<std::string>& list) { return std::ranges::find(list, name) != list.end(); };
  for (std::size_t i = 0; routes_ && i < routes_->size(); ++i)
    if (names(routes_->route(i)->receivers)) return fmt::format("the route {} needs it", routes_->route(i)->key);
  for (const auto& step : routing_.escalation)
    if (names(step.receivers)) return "the escalation needs it";
  return receivers_.rotation_with(name);
}

Status Desk::set_rules() {
  std::vector<alert::Rule> all;
  all.reserve(rules_.size());
  for (const auto& [id, rule] : rules_) all.push_back(rule);
  auto set = evaluator_.set_rules(std::move(all), now_ms());
  if (set) ++rules_version_;
  return set;
}

Status Desk::set_inhibitions() {
  std::vector<alert::InhibitionRule> all;
  for (const auto& [id, rule] : inhibitions_) all.push_back(rule);
  std::vector<const model::Alert*> firing;
  for (const auto& [fingerprint, open] : open_) firing.push_back(open.alert.get());
  return inhibition_.set_rules(std::move(all), firing);
}

Status Desk::set_routing(Routing routing) {
  // Receivers that are gone by now are passed over when something is to be sent, and told then.
  auto names = receivers_.names();
  TRY(auto tree, alert::RouteTree::compile(routing.root, names));
  std::optional<notify::Escalation> escalation;
  if (!routing.escalation.empty()) {
    TRY(auto made, notify::Escalation::make(routing.escalation));
    escalation = std::move(made);
  }
  routes_ = std::move(tree);
  routing.root = routes_->spec();
  routing_ = std::move(routing);
  escalation_ = std::move(escalation);
  reroute_ = true;
  steps_.clear();
  if (!escalation_) return {};
  for (auto& [fingerprint, open] : open_)
    if (auto next = escalation_->next(open.alert->starts, open.steps)) steps_.emplace(*next, fingerprint);
  return {};
}

boost::asio::awaitable<Status> Desk::start() {
  CO_TRY_OK(set_rules());  // the built-in ones
  CO_TRY_OK(set_routing(no_routing()));
  CO_TRY_OK(co_await read_objects());
  CO_TRY_OK(co_await read_open());
  co_return co_await restore();
}

boost::asio::awaitable<Status> Desk::read_objects() {
  // Rules are put together; routes come behind the receivers that they name, rotations too.
  for (auto kind :
       {AlertObjectKind::kTemplate, AlertObjectKind::kReceiver, AlertObjectKind::kRotation, AlertObjectKind::kRoute,
        AlertObjectKind::kSilence, AlertObjectKind::kInhibition, AlertObjectKind::kRule}) {
    catalog::AlertObjectId after{0};
    while (true) {
      auto page = co_await parts_.catalog.read<std::vector<AlertObject>>(
          [kind, after](catalog::Database& database) { return catalog::read_alert_objects(database, kind, after); },
          {fmt::format("read each {}", catalog::to_string(kind)), parts_.clock.mono() + kReadLimit});
      if (!page) co_return page.error();
      if (page->empty()) break;
      after = page->back().id;
      for (const auto& object : *page) {
        Status good;
        if (kind == AlertObjectKind::kRule) {
          auto document = document_of(object);
          auto rule = document ? read_rule(*document) : Result<alert::Rule>(document.error());
          if (rule)
            rules_.emplace(object.id.value, std::move(*rule));
          else
            good = rule.error();
        } else {
          good = put(object);
        }
        if (good) continue;
        auto text = fmt::format("the {} '{}' is not in force: {}", catalog::to_string(kind), object.name,
                                good.error().message());
        log::warning("alert", "{}", text);
        parts_.tell("alert.setup", "warning", text);
      }
    }
  }
  auto good = set_rules();
  if (!good && good.error().code() != ErrorCode::kResourceExhausted) {
    // One of them cannot be used by this version any more: the others shall not go with it.
    auto all = std::exchange(rules_, {});
    for (auto& [id, rule] : all) {
      auto name = rule.name;
      rules_.emplace(id, std::move(rule));
      if (auto one = set_rules(); !one) {
        rules_.erase(id);
        log::warning("alert", "the rule '{}' is not in force: {}", name, one.error().message());
        parts_.tell("alert.setup", "warning",
                    fmt::format("the rule '{}' is not in force: {}", name, one.error().message()));
      }
    }
    good = set_rules();
  }
  co_return good;
}

/// What was open when the process ended.
boost::asio::awaitable<Status> Desk::read_open() {
  std::uint64_t before = 0;
  while (true) {
    auto page = co_await parts_.catalog.read<std::vector<catalog::Incident>>(
        [before](catalog::Database& database) {
          catalog::IncidentQuery query;
          query.which = catalog::IncidentQuery::Which::kOpen;
          query.before_id = before;
          query.most = 1000;
          return catalog::read_incidents(database, query);
        },
        {"read the open incidents", parts_.clock.mono() + kReadLimit});
    if (!page) co_return page.error();
    if (page->empty()) co_return Status();
    before = page->back().id.value;
    for (auto& incident : *page) {
      model::Alert alert{.fingerprint = incident.fingerprint,
                         .labels = std::move(incident.labels),
                         .annotations = std::move(incident.annotations),
                         .starts = incident.started};
      auto shared = charge_open(open_.size() + 1) ? alert::share(std::move(alert), parts_.account) : nullptr;
      if (!shared) continue;  // book_missed() has it when there is memory again: what was opened twice is one incident
      OpenAlert open{.alert = std::move(shared),
                     .incident = incident.id,
                     .acknowledged = incident.acknowledged,
                     .snoozed_until = incident.snoozed_until,
                     .monitor = incident.monitor,
                     .booked = true};
      // Twice open is what a crash may leave: the older one ends with what began anew.
      auto [place, fresh] = open_.try_emplace(incident.fingerprint, std::move(open));
      if (!fresh)
        (void)book_.close({incident.fingerprint, incident.started}, parts_.clock.wall(), model::Resolution::kVanished);
    }
    settle_open();
  }
}

boost::asio::awaitable<Status> Desk::restore() {
  std::vector<alert::SeriesRecord> series;
  std::vector<alert::GroupRecord> groups;
  for (auto table : {catalog::StateTable::kAlerts, catalog::StateTable::kGroups}) {
    std::string after;
    while (true) {
      auto page = co_await parts_.catalog.read<std::vector<catalog::StoredState>>(
          [table, after](catalog::Database& database) { return catalog::read_states(database, table, after); },
          {"read what fired", parts_.clock.mono() + kReadLimit});
      if (!page) co_return page.error();
      if (page->empty()) break;
      after = page->back().key;
      for (const auto& state : *page) {
        Status good;
        if (table == catalog::StateTable::kAlerts) {
          kept_.emplace(state.key, 0);  // written anew, or deleted, with the first look
          auto record = series_from_json(state.json);
          if (record) series.push_back(std::move(*record));
          if (!record) good = record.error();
        } else {
          auto record = group_from_json(state.json);
          if (record) groups.push_back(std::move(*record));
          if (!record) good = record.error();
        }
        if (!good) log::warning("alert", "{}: it begins anew", good.error().message());
      }
    }
  }
  auto now = parts_.clock.wall();
  for (auto& record : series)  // of a time that has not come: the clock was set back meanwhile
    for (auto* ms : {&record.machine.newest_ms, &record.machine.value_ms, &record.machine.false_ms})
      *ms = std::min(*ms, epoch_ms(now));
  (void)evaluator_.restore(series, parts_.monitors);  // those without a place end below, with all that fires no more
  if (routes_) (void)grouping_.restore(groups, *routes_, now);
  reroute_ = false;
  std::unordered_map<model::Fingerprint, bool, IdHash> fires;
  evaluator_.each_alert([&](const model::Alert& alert, const alert::Rule&) { fires[alert.fingerprint] = true; });
  std::vector<model::Fingerprint> over;
  for (auto& [fingerprint, open] : open_) {
    bool foreign = !model::label_of(open.alert->labels, "source").empty();
    if (foreign && !fires.contains(fingerprint)) {
      // Its source tells it again if it still fires.
      open.expires = now + std::chrono::minutes(10);
      expiries_.emplace(*open.expires, fingerprint);
      fires[fingerprint] = true;
    }
    if (!fires.contains(fingerprint)) {
      over.push_back(fingerprint);
      continue;
    }
    group(open.alert, now);
    (void)inhibition_.update(*open.alert);
  }
  for (auto fingerprint : over) end(fingerprint, model::Resolution::kVanished, now);
  book_missed();
  if (escalation_)
    for (auto& [fingerprint, open] : open_)
      if (auto next = escalation_->next(open.alert->starts, open.steps)) steps_.emplace(*next, fingerprint);
  states_changed_ = true;
  co_return Status();
}

}  // namespace holter::incidents
