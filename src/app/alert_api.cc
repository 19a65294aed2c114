#include "app/alert_api.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "base/units.h"
#include "catalog/audit.h"
#include "catalog/sealed_values.h"
#include "incidents/spec_reader.h"

// What users configure of alerting.
namespace holter::app {
namespace json = boost::json;
namespace {

using api::AlertKind;
using api::Answered;
using api::Problem;
using catalog::AlertObject;
using catalog::AlertObjectKind;

constexpr std::size_t kReadBytes = (1 << 20) + catalog::kMostAlertObjectJson;  // of a page of the catalog
constexpr std::size_t kRowBytes = 2048;  // about what a document takes while it is copied
/// A route that nobody has stored is there nevertheless.
constexpr std::string_view kRoutesName = "routes";
/// Ids of built-in rules begin here: those of the catalog, a counter's, do not come so far.
constexpr std::uint64_t kBuiltinIds = 1'000'000'000'000;

AlertObjectKind kind_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::kRule:
      return AlertObjectKind::kRule;
    case AlertKind::kReceiver:
      return AlertObjectKind::kReceiver;
    case AlertKind::kSilence:
      return AlertObjectKind::kSilence;
    case AlertKind::kInhibition:
      return AlertObjectKind::kInhibition;
    case AlertKind::kRoute:
      return AlertObjectKind::kRoute;
    case AlertKind::kTemplate:
      return AlertObjectKind::kTemplate;
    case AlertKind::kRotation:
      return AlertObjectKind::kRotation;
  }
  return AlertObjectKind::kRule;
}

/// What is wrong with a document is the request's; its member is the parameter.
Problem refused(const Error& error) {
  auto [member, text] = incidents::split_fault(error.message());
  if (error.code() == ErrorCode::kForbidden) return {403, text, member, 0};
  if (error.code() == ErrorCode::kConflict) return {409, text, member.empty() ? "name" : member, 0};
  if (error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kTooLarge ||
      error.code() == ErrorCode::kNotFound)
    return {422, text, member, 0};
  return api::to_problem(error);
}
/// Of errors of the catalog about a change.
Problem failed(const Error& error, bool versioned) {
  auto problem = api::to_problem(error);
  if (versioned && error.code() == ErrorCode::kConflict && error.message().contains("version"))
    return {412, error.message(), "If-Match", 0};
  if (problem.status == 409) problem.parameter = "name";
  return problem;
}

bool has(std::string_view name, std::string_view part) {
  auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  return std::ranges::search(name, part, {}, lower, lower).begin() != name.end() || part.empty();
}

/// For the audit log: the document without its sealed secrets.
std::string audit_text(const AlertObject& object, std::string spec) {
  auto text = fmt::format(R"({{"name":{},"enabled":{},"spec":{}}})", json::serialize(json::value(object.name)),
                          object.enabled, spec);
  // What is longer than the log takes is cut down to its name.
  if (text.size() > 16'000) text = fmt::format(R"({{"name":{}}})", json::serialize(json::value(object.name)));
  return text;
}

std::string target_of(const AlertObject& object) {
  return fmt::format("{}/{}", catalog::to_string(object.kind), object.name);
}

/// The spec as it may be shown: secrets are only marked as set.
std::string shown_spec(const AlertObject& object) {
  if (object.kind != AlertObjectKind::kReceiver) return object.json;
  auto spec = incidents::parse_object(object.json, "a receiver");
  if (!spec) return "{}";
  auto receiver = incidents::read_receiver({object.name, object.enabled, std::move(*spec)});
  return receiver ? json::serialize(incidents::write_receiver(*receiver, true)) : "{}";
}

/// How the runs of a periodic rule go.
void put_runs(const PeriodicStatus& runs, json::object& status) {
  status.emplace("evaluations", runs.evaluations);
  status.emplace("failures", runs.failures);
  status.emplace("skipped", runs.skipped);
  status.emplace("duration_ms", runs.duration.count());
  status.emplace("lateness_ms", runs.lateness.count());
  if (runs.answered_ms != 0) {
    status.emplace("answered", format_time(WallTime(milliseconds(runs.answered_ms))));
    status.emplace("rows", runs.rows);
    status.emplace("rows_merged", runs.outcome.merged);
    status.emplace("rows_left_out", runs.outcome.left_out);
    status.emplace("rows_refused", runs.outcome.refused);
  }
  if (!runs.error.empty()) {
    status.insert_or_assign("error", runs.error);
    status.emplace("error_since", format_time(WallTime(milliseconds(runs.error_since_ms))));
  }
  if (!runs.warnings.empty()) status.emplace("warnings", json::array(runs.warnings.begin(), runs.warnings.end()));
}

/// The document of the routes with their name in it.
std::string named(std::string text) {
  auto object = incidents::parse_object(text, "the routes");
  if (!object) return text;  // whoever reads it says what is wrong
  (*object)["name"] = kRoutesName;
  return json::serialize(*object);
}

}  // namespace

std::string AlertApi::status_of(const AlertObject& object, const std::vector<alert::RuleStatus>& rules,
                                std::string_view finding) const {
  json::object status;
  if (!finding.empty()) status.emplace("finding", std::string(finding));
  const auto& desk = parts_.desk;
  if (object.kind == AlertObjectKind::kRule) {
    auto name = [](const alert::RuleStatus& rule) -> std::string_view { return rule.rule->name; };
    auto rule = std::ranges::lower_bound(rules, std::string_view(object.name), {}, name);
    if (rule != rules.end() && name(*rule) == object.name) {
      status.emplace("firing", rule->alerts);
      status.emplace("series", rule->series);
      status.emplace("refused", std::reduce(rule->refused.begin(), rule->refused.end()));
      if (!rule->error.empty()) status.emplace("error", std::string(rule->error));
      if (auto runs = parts_.periodic(object.name)) put_runs(*runs, status);
    }
  } else if (object.kind == AlertObjectKind::kSilence) {
    const auto* silence = desk.silences().find(object.id.value);
    auto state = silence == nullptr ? alert::SilenceState::kExpired : state_at(*silence, parts_.clock.wall());
    status.emplace("state", std::string(alert::to_string(state)));
    std::size_t caught = 0;
    if (silence != nullptr)
      desk.each_open([&](const incidents::OpenAlert& open) {
        caught += alert::matches(silence->matchers, open.alert->labels) ? 1 : 0;
      });
    status.emplace("catches", caught);
  } else if (object.kind == AlertObjectKind::kReceiver) {
    status.emplace("known", parts_.desk.receivers().channel_of(object.name) != nullptr);
  }
  return json::serialize(status);
}

std::vector<alert::RuleStatus> AlertApi::rules_of(AlertObjectKind kind) const {
  return kind == AlertObjectKind::kRule ? parts_.desk.evaluator().rules() : std::vector<alert::RuleStatus>();
}

api::AlertDocument AlertApi::shown(const AlertObject& object, const std::vector<alert::RuleStatus>& rules,
                                   std::string_view finding) const {
  return {.id = object.kind == AlertObjectKind::kRoute ? api::kRouteTree : object.id.value,
          .name = object.name,
          .spec = shown_spec(object),
          .status = status_of(object, rules, finding),
          .enabled = object.enabled,
          .version = object.version,
          .created_ms = epoch_ms(object.created),
          .updated_ms = epoch_ms(object.updated),
          .created_by = object.created_by,
          .updated_by = object.updated_by};
}

/// The built-in rule that has this id, where it is one of those; it is not stored until somebody changes it.
std::optional<alert::Rule> builtin_of(AlertKind kind, std::uint64_t id) {
  auto rules = alert::builtin_rules();
  if (kind != AlertKind::kRule || id < kBuiltinIds || id - kBuiltinIds >= rules.size()) return std::nullopt;
  return std::move(rules[id - kBuiltinIds]);
}

api::AlertDocument AlertApi::shown_builtin(std::uint64_t id, const alert::Rule& rule,
                                           const std::vector<alert::RuleStatus>& rules) const {
  AlertObject object{.kind = AlertObjectKind::kRule,
                     .name = rule.name,
                     .json = json::serialize(incidents::write_rule(rule)),
                     .enabled = rule.enabled};
  auto document = shown(object, rules);
  document.id = id;
  document.built_in = true;
  return document;
}

AlertApi::Answer<AlertObject> AlertApi::stored_of(AlertKind kind, std::uint64_t id, MonoTime deadline) {
  auto builtin = builtin_of(kind, id);
  auto name = kind == AlertKind::kRoute ? std::string(kRoutesName) : builtin ? builtin->name : std::string();
  auto object = co_await parts_.catalog.read<AlertObject>(
      [kind, id, name](catalog::Database& database) {
        return name.empty() ? catalog::find_alert_object(database, kind_of(kind), catalog::AlertObjectId{id})
                            : catalog::find_alert_object(database, kind_of(kind), name);
      },
      {"find what alerting has", deadline});
  if (!object) co_return object.error();
  co_return *object;
}

AlertApi::Answer<api::AlertDocuments> AlertApi::list(AlertKind kind, api::AlertDocumentQuery query, Caller caller) {
  CO_TRY(auto held, parts_.pages.reserve((query.limit + 100) * kRowBytes + kReadBytes));
  api::AlertDocuments found;
  std::vector<std::string> stored_names;
  catalog::AlertObjectId after{0};
  while (true) {
    auto page = co_await parts_.catalog.read<std::vector<AlertObject>>(
        [kind, after](catalog::Database& database) {
          return catalog::read_alert_objects(database, kind_of(kind), after);
        },
        {"read what alerting has", caller.deadline});
    if (!page) co_return page.error();
    if (page->empty()) break;
    after = page->back().id;
    auto rules = rules_of(kind_of(kind));
    for (const auto& object : *page) {
      if (kind == AlertKind::kRule) stored_names.push_back(object.name);
      if (!has(object.name, query.text)) continue;
      ++found.total;
      if (object.id.value <= query.after) continue;
      if (found.rows.size() < query.limit)
        found.rows.push_back(shown(object, rules));
      else if (!found.next)
        found.next = found.rows.back().id;
    }
  }
  // Rules that are there without anybody having written them stand behind the others.
  if (kind != AlertKind::kRule) co_return found;
  auto rules = rules_of(AlertObjectKind::kRule);
  auto id = kBuiltinIds;
  for (const auto& rule : alert::builtin_rules()) {
    auto own = id++;
    if (!has(rule.name, query.text) || std::ranges::find(stored_names, rule.name) != stored_names.end()) continue;
    ++found.total;
    if (own <= query.after) continue;
    if (found.rows.size() < query.limit)
      found.rows.push_back(shown_builtin(own, rule, rules));
    else if (!found.next)
      found.next = found.rows.back().id;
  }
  co_return found;
}

AlertApi::Answer<api::AlertDocument> AlertApi::find(AlertKind kind, std::uint64_t id, Caller caller) {
  auto object = co_await stored_of(kind, id, caller.deadline);
  if (object) co_return shown(*object, rules_of(kind_of(kind)));
  if (object.error().status != 404) co_return object.error();
  if (auto builtin = builtin_of(kind, id)) co_return shown_builtin(id, *builtin, rules_of(AlertObjectKind::kRule));
  if (kind != AlertKind::kRoute) co_return object.error();
  AlertObject none{.kind = AlertObjectKind::kRoute,
                   .name = std::string(kRoutesName),
                   .json = json::serialize(incidents::write_routing(parts_.desk.routing()))};
  auto document = shown(none, {});
  document.built_in = true;
  co_return document;
}

/// Puts stored secrets in the place of {"set": true}. They stay with the peer that they were given for.
Status keep_secrets(incidents::ReceiverSpec& receiver, const incidents::ReceiverSpec* before) {
  const auto* channel = notify::find_plugin(receiver.channel);
  for (const auto& name : receiver.kept) {
    if (before == nullptr || before->channel != receiver.channel || !before->settings.contains(name))
      return incidents::fault("spec.settings." + name, "there is no stored secret to keep: give it");
    for (const auto& field : channel->fields) {
      if (!field.decides_peer) continue;
      auto value = [&](const auto& settings) {
        auto found = settings.find(field.name);
        return found == settings.end() ? std::string(field.otherwise) : found->second;
      };
      if (value(before->settings) != value(receiver.settings))
        return incidents::fault("spec.settings." + name,
                                fmt::format("'{}' has changed: give the secret again", field.name));
    }
    receiver.settings[name] = before->settings.find(name)->second;
  }
  return {};
}

Status AlertApi::seal(AlertObject& object, const incidents::ReceiverSpec* before) const {
  TRY(auto spec, incidents::parse_object(object.json, "a receiver"));
  TRY(auto receiver, incidents::read_receiver({object.name, object.enabled, std::move(spec)}));
  TRY_OK(keep_secrets(receiver, before));
  for (const auto& field : notify::find_plugin(receiver.channel)->fields) {
    auto found = receiver.settings.find(field.name);
    if (field.type != notify::Field::Type::kPassword || found == receiver.settings.end()) continue;
    bool kept = std::ranges::find(receiver.kept, field.name) != receiver.kept.end();
    if (kept || found->second.empty()) continue;
    TRY(auto sealed, parts_.keyring.seal(found->second, incidents::Receivers::context(object.id.value, field.name)));
    found->second = catalog::to_sealed_text(sealed);
  }
  object.json = json::serialize(incidents::write_receiver(receiver, false));
  return {};
}

/// A setting that a user gives must not look like a sealed one.
Status refuse_sealed(const AlertObject& object) {
  if (object.kind != AlertObjectKind::kReceiver) return {};
  TRY(auto spec, incidents::parse_object(object.json, "a receiver"));
  TRY(auto receiver, incidents::read_receiver({object.name, object.enabled, std::move(spec)}));
  for (const auto& [name, value] : receiver.settings)
    if (catalog::is_sealed_text(value))
      return incidents::fault("spec.settings." + name, "a setting does not begin with 'sealed:'");
  return {};
}

AlertApi::Answer<api::AlertDocument> AlertApi::create(AlertKind kind, std::string text, bool dry_run, Caller caller) {
  auto document = incidents::read_document(text);
  if (!document) co_return refused(document.error());
  AlertObject object{.kind = kind_of(kind),
                     .name = document->name,
                     .json = json::serialize(document->spec),
                     .enabled = document->enabled};
  if (auto good = parts_.desk.check(object); !good) co_return refused(good.error());
  if (auto good = refuse_sealed(object); !good) co_return refused(good.error());
  auto finding = co_await check_query(object, caller.deadline);
  if (!finding) co_return finding.error();
  if (dry_run) co_return shown(object, rules_of(kind_of(kind)), *finding);
  bool receiver = kind == AlertKind::kReceiver;
  auto work = [this, object, receiver](catalog::Transaction& transaction) -> Result<AlertObject> {
    auto complete = [this](AlertObject& stored) { return seal(stored, nullptr); };
    TRY(auto made, catalog::create_alert_object(transaction, object,
                                                receiver ? catalog::AlertObjectCompletion(complete) : nullptr));
    TRY_OK(catalog::append_audit(transaction, {.what = fmt::format("{}.create", catalog::to_string(made.kind)),
                                               .target = target_of(made),
                                               .before = "",
                                               .after = audit_text(made, shown_spec(made))}));
    return made;
  };
  auto made = co_await parts_.catalog.write<AlertObject>(
      caller.who.account(), std::move(work),
      {fmt::format("store '{}'", excerpt(object.name)), caller.deadline, object.json.size()});
  if (!made)
    co_return incidents::split_fault(made.error().message()).first.empty() ? failed(made.error(), false)
                                                                           : refused(made.error());
  if (auto put = parts_.desk.put(*made); !put)
    co_return Problem{503, fmt::format("it is stored, but not in force: {}", put.error().message()), "", 30};
  co_return shown(*made, rules_of(kind_of(kind)), *finding);
}

AlertApi::Answer<api::AlertDocument> AlertApi::replace(AlertKind kind, std::uint64_t id, Version version,
                                                       std::string text, bool dry_run, Caller caller) {
  if (kind == AlertKind::kRoute) text = named(std::move(text));  // the tree has no name of its own
  auto document = incidents::read_document(text);
  if (!document) co_return refused(document.error());
  AlertObject object{.kind = kind_of(kind),
                     .id = {id},
                     .name = document->name,
                     .json = json::serialize(document->spec),
                     .enabled = document->enabled};
  auto there = co_await stored_of(kind, id, caller.deadline);
  if (!there && there.error().status != 404) co_return there.error();
  if (auto builtin = builtin_of(kind, id); builtin && object.name != builtin->name)
    co_return Problem{422, fmt::format("a built-in rule keeps its name, '{}'", builtin->name), "name", 0};
  if (kind == AlertKind::kRoute) object.name = kRoutesName;
  if (!there) {
    if (kind != AlertKind::kRoute && !builtin_of(kind, id)) co_return there.error();
    // The first change of what is there without anybody having written it stores it.
    if (version && *version != 0) co_return Problem{412, "there is no such version", "If-Match", 0};
    auto first = json::object{{"name", object.name}, {"enabled", object.enabled}, {"spec", document->spec}};
    co_return co_await create(kind, json::serialize(first), dry_run, caller);
  }
  object.id = there->id;
  if (auto good = parts_.desk.check(object); !good) co_return refused(good.error());
  if (auto good = refuse_sealed(object); !good) co_return refused(good.error());
  auto finding = co_await check_query(object, caller.deadline);
  if (!finding) co_return finding.error();
  if (dry_run) co_return shown(object, rules_of(kind_of(kind)), *finding);
  auto work = [this, object, version](catalog::Transaction& transaction) -> Result<AlertObject> {
    TRY(auto before, catalog::find_alert_object(transaction.database(), object.kind, object.id));
    auto next = object;
    next.version = version.value_or(before.version);
    if (next.kind == AlertObjectKind::kReceiver) {
      TRY(auto spec, incidents::parse_object(before.json, "a receiver"));
      TRY(auto old, incidents::read_receiver({before.name, before.enabled, std::move(spec)}));
      TRY_OK(seal(next, &old));
    }
    TRY(auto stored, catalog::update_alert_object(transaction, next));
    TRY_OK(catalog::append_audit(transaction, {.what = fmt::format("{}.update", catalog::to_string(stored.kind)),
                                               .target = target_of(stored),
                                               .before = audit_text(before, shown_spec(before)),
                                               .after = audit_text(stored, shown_spec(stored))}));
    return stored;
  };
  auto stored = co_await parts_.catalog.write<AlertObject>(
      caller.who.account(), std::move(work),
      {fmt::format("change '{}'", excerpt(object.name)), caller.deadline, object.json.size()});
  if (!stored)
    co_return incidents::split_fault(stored.error().message()).first.empty()
        ? failed(stored.error(), version.has_value())
        : refused(stored.error());
  if (auto put = parts_.desk.put(*stored); !put)
    co_return Problem{503, fmt::format("it is stored, but not in force: {}", put.error().message()), "", 30};
  co_return shown(*stored, rules_of(kind_of(kind)), *finding);
}

AlertApi::Answer<void> AlertApi::remove(AlertKind kind, std::uint64_t id, Version version, Caller caller) {
  auto there = co_await stored_of(kind, id, caller.deadline);
  if (!there) {
    if (builtin_of(kind, id)) co_return Problem{409, "a built-in rule cannot be deleted: disable it", "", 0};
    co_return there.error();
  }
  if (kind == AlertKind::kReceiver || kind == AlertKind::kRotation)
    if (auto users = parts_.desk.users_of(there->name); !users.empty())
      co_return Problem{409, fmt::format("cannot delete '{}': {}", excerpt(there->name), users), "", 0};
  auto stored = there->id;
  auto work = [kind, stored, version](catalog::Transaction& transaction) -> Result<bool> {
    TRY(auto before, catalog::find_alert_object(transaction.database(), kind_of(kind), stored));
    TRY_OK(catalog::delete_alert_object(transaction, before.kind, before.id, version));
    TRY_OK(catalog::append_audit(transaction, {.what = fmt::format("{}.delete", catalog::to_string(before.kind)),
                                               .target = target_of(before),
                                               .before = audit_text(before, shown_spec(before)),
                                               .after = ""}));
    return true;
  };
  auto removed = co_await parts_.catalog.write<bool>(caller.who.account(), std::move(work),
                                                     {"delete what alerting has", caller.deadline, 0});
  if (!removed) co_return failed(removed.error(), version.has_value());
  parts_.desk.remove(kind_of(kind), stored.value);
  co_return Answered<void>();
}

std::vector<api::ChannelForm> AlertApi::channels() const {
  constexpr std::string_view kTypes[] = {"text", "url", "number", "boolean", "password", "choice", "lines", "textarea"};
  std::vector<api::ChannelForm> forms;
  for (auto factory : notify::all_plugins()) {
    const auto& channel = factory();
    auto& form = forms.emplace_back(
        api::ChannelForm{std::string(channel.name), std::string(channel.title_en), std::string(channel.title_zh), {}});
    for (const auto& field : channel.fields) {
      if (field.by_server) continue;
      api::ChannelForm::Input input{.name = std::string(field.name),
                                    .type = std::string(kTypes[static_cast<std::size_t>(field.type)]),
                                    .title_en = std::string(field.title_en),
                                    .title_zh = std::string(field.title_zh),
                                    .help_en = std::string(field.help_en),
                                    .help_zh = std::string(field.help_zh),
                                    .otherwise = std::string(field.otherwise),
                                    .required = field.required,
                                    .secret = field.type == notify::Field::Type::kPassword,
                                    .choices = {}};
      for (auto choice : field.choices) input.choices.emplace_back(choice);
      form.inputs.push_back(std::move(input));
    }
  }
  return forms;
}

}  // namespace holter::app
