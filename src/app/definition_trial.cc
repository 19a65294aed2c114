#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "app/loaded.h"
#include "app/owned_definitions.h"
#include "base/units.h"
#include "collect/job.h"
#include "define/monitors.h"
#include "define/resolve.h"

// What would come of a definition: for itself, for others that extend it, and for the monitors that run.
namespace holter::app {
namespace {

namespace asio = boost::asio;
using api::Answered;
using api::Problem;
using define::YamlNode;
using Severity = define::Problem::Severity;

constexpr std::size_t kLongestApp = 64;
/// A long definition has 2,000; what is read of a text takes up to 160 bytes for each.
constexpr define::YamlLimits kLimits{.max_bytes = catalog::kMostDefinitionText, .max_nodes = 30'000};
constexpr std::size_t kNodeBytes = 160;
constexpr std::size_t kPiece = 200;

bool is_good_app(std::string_view app) {
  constexpr std::string_view kGood = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
  return !app.empty() && app.size() <= kLongestApp && app.find_first_not_of(kGood) == std::string_view::npos &&
         app.front() != '.' && app.front() != '-';
}

/// Each value is a byte and a separator at least.
std::size_t tree_bytes(std::size_t text) {
  return text + kNodeBytes * std::min(text / 2 + 1, kLimits.max_nodes);
}

YamlNode text_node(std::string text) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(text)};
}

void put(YamlNode& map, std::string key, YamlNode value) {
  map.keys.push_back({std::move(key)});
  map.items.push_back(std::move(value));
}

/// As it stands in a file, without what a definition has no say in.
YamlNode fields_of(const model::Monitor& monitor, std::chrono::milliseconds least) {
  YamlNode fields{.kind = YamlNode::Kind::kMap}, params{.kind = YamlNode::Kind::kMap};
  for (const auto& [index, value] : monitor.params)
    put(params, monitor.definition->params[index].field, text_node(value));
  put(fields, "name", text_node(monitor.name));
  put(fields, "app", text_node(monitor.definition->app));
  put(fields, "interval", text_node(fmt::format("{}ms", std::max(monitor.interval, least).count())));
  put(fields, "params", std::move(params));
  return fields;
}

int line_of_app(std::string_view text) {
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    if (text.substr(at).starts_with("app:")) return line;
    auto end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return 0;
}

void add(api::DefinitionCheck& check, const model::Monitor& monitor, std::string reason) {
  ++check.refused_count;
  if (check.refused.size() < api::Definitions::kMostMonitors)
    check.refused.push_back({monitor.name, excerpt(reason, 300)});
}

}  // namespace

/// Null with errors in `problems`. Problems: 400, 413; 503 where no memory is left to read it.
Answered<OwnedDefinitions::DefinitionPtr> OwnedDefinitions::parse(const std::string& app, const std::string& text,
                                                                  define::Problems& problems) const {
  if (!is_good_app(app))
    return Problem{400,
                   fmt::format("cannot use the app '{}': up to {} of a-z, 0-9, '_', '-' and '.' are allowed",
                               excerpt(app), kLongestApp),
                   "name", 0};
  if (text.size() > catalog::kMostDefinitionText)
    return Problem{413,
                   fmt::format("cannot use a text of {}: at most {} are allowed", format_size(text.size()),
                               format_size(catalog::kMostDefinitionText)),
                   "text", 0};
  auto held = parts_.texts.reserve(tree_bytes(text.size()));
  if (!held) return held.error();
  auto definition = define::load_definition(fmt::format("catalog:{}", app), text, protocol_keys(), problems, kLimits);
  if (!definition || definition->app == app) return definition;
  problems.add(
      {Severity::kError, definition->source, line_of_app(text), 1, "app",
       fmt::format("cannot use the app '{}' here: this is the definition of '{}'", excerpt(definition->app), app)});
  return DefinitionPtr();
}

/// Without it, then with it: only what it brings about is held against it.
void OwnedDefinitions::lay_over(Prepared& prepared, std::string_view app) const {
  define::Problems before, after;
  std::vector<define::LeftOut> out_before, out_after;
  (void)define::lay_over(parts_.files, over(), out_before, before);
  prepared.whole = define::lay_over(parts_.files, prepared.over, out_after, after);
  for (const auto& out : out_after) {
    bool known = out.app != app && std::ranges::find(out_before, out.app, &define::LeftOut::app) != out_before.end();
    if (known) continue;
    auto message =
        out.app == app ? out.reason : fmt::format("cannot do without what '{}' needs: {}", out.app, out.reason);
    prepared.check.problems.push_back({Severity::kError, "", 0, 0, "extends", std::move(message)});
    prepared.definition = nullptr;
  }
}

OwnedDefinitions::Answer<OwnedDefinitions::Prepared> OwnedDefinitions::prepare(std::string app, std::string text,
                                                                               MonoTime deadline) {
  Prepared prepared;
  define::Problems problems;
  CO_TRY(prepared.definition, parse(app, text, problems));
  prepared.check.problems = std::move(problems.list);
  if (!prepared.definition) co_return std::move(prepared);
  for (const auto& one : over())
    if (one->app != app) prepared.over.push_back(one);
  prepared.over.push_back(prepared.definition);
  lay_over(prepared, app);
  if (!prepared.definition) co_return std::move(prepared);
  auto whole = prepared.whole.find(app);
  bool runs_commands =
      std::ranges::any_of(whole->sets, [](const model::SetDef& set) { return set.protocol == "script"; });
  if (runs_commands && !parts_.config.script.allow)
    co_return Problem{403,
                      fmt::format("cannot store the definition '{}': it runs commands on this machine, which "
                                  "script.allow forbids",
                                  app),
                      "text", 0};
  co_await check_monitors(prepared);
  if (parts_.clock.mono() > deadline)
    co_return Problem{504, "cannot check all monitors against the definition in time; nothing has changed", "", 0};
  co_return std::move(prepared);
}

OwnedDefinitions::Answer<OwnedDefinitions::Prepared> OwnedDefinitions::prepare_removal(std::string app,
                                                                                       MonoTime deadline) {
  Prepared prepared;
  for (const auto& one : over())
    if (one->app != app) prepared.over.push_back(one);
  lay_over(prepared, app);
  if (!prepared.check.problems.empty())
    co_return Problem{
        409, fmt::format("cannot delete the definition '{}': {}", app, prepared.check.problems[0].message), "name", 0};
  for (auto other : parts_.definitions.apps())
    if (other != app && !prepared.whole.find(other))
      co_return Problem{409, fmt::format("cannot delete the definition '{}': '{}' extends it", app, other), "name", 0};
  if (!prepared.whole.find(app)) {
    refuse_users(app, prepared.check);
    if (prepared.check.refused_count > 0) co_return std::move(prepared);
  }
  co_await check_monitors(prepared);
  if (parts_.clock.mono() > deadline)
    co_return Problem{504, "cannot check all monitors against the definition in time; nothing has changed", "", 0};
  co_return std::move(prepared);
}

/// Also those that cannot be run as they are: they would never come back.
void OwnedDefinitions::refuse_users(std::string_view app, api::DefinitionCheck& check) const {
  parts_.fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
    if (watched.monitor.definition->app == app) add(check, watched.monitor, "it is a monitor of this app");
    return true;
  });
}

/// Each monitor whose definition becomes another is read against that, as it is when it is made. In pieces, so that
/// the API goes on answering; monitors stay as they are meanwhile.
asio::awaitable<void> OwnedDefinitions::check_monitors(Prepared& prepared) const {
  std::set<const model::Definition*> changed;
  for (auto app : parts_.definitions.apps()) {
    auto old = parts_.definitions.find(app), fresh = prepared.whole.find(app);
    if (!fresh || (old != fresh && *old != *fresh)) changed.insert(old.get());
  }
  if (changed.empty()) co_return;
  auto executor = co_await asio::this_coro::executor;
  define::MonitorReader reader(prepared.whole, parts_.config.collect.min_interval);
  collect::JobFactory factory;  // that of the fleet would keep what is made for a definition that never counts
  const auto& monitors = parts_.fleet.monitors();
  std::size_t looked_at = 0;
  for (Fleet::Slot slot = 0; slot < monitors.slots(); ++slot) {
    if (!monitors.listed(slot) || !changed.contains(monitors.at(slot).monitor.definition.get())) continue;
    const auto& monitor = monitors.at(slot).monitor;
    ++prepared.check.monitors;
    auto reason = reason_against(monitor, prepared.whole.find(monitor.definition->app), reader, factory);
    if (!reason.empty()) add(prepared.check, monitor, std::move(reason));
    if (++looked_at % kPiece == 0) co_await asio::post(executor, asio::use_awaitable);
  }
}

/// Why the monitor could not go on with the definition; empty: it can.
std::string OwnedDefinitions::reason_against(const model::Monitor& monitor, const DefinitionPtr& definition,
                                             define::MonitorReader& reader, collect::JobFactory& factory) const {
  if (!definition) return "there would be no definition of its app";
  define::Problems problems;
  auto read = reader.read(fields_of(monitor, parts_.config.collect.min_interval), problems);
  if (!read) {
    auto error = std::ranges::find(problems.list, Severity::kError, &define::Problem::severity);
    if (error == problems.list.end()) return "it cannot be read";
    return fmt::format("{}: {}", error->key, error->message);
  }
  read->id = monitor.id;
  std::vector<model::ResolvedSet> sets;
  for (const auto& set : read->definition->sets) sets.push_back(define::resolve(set, *read));
  auto job = factory.make(*read, sets);
  return job ? "" : job.error().message();
}

OwnedDefinitions::Answer<api::DefinitionCheck> OwnedDefinitions::check(std::string app, std::string text,
                                                                       api::Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  CO_TRY_OK(co_await settle(caller.deadline));
  CO_TRY(auto prepared, co_await prepare(std::move(app), std::move(text), caller.deadline));
  co_return std::move(prepared.check);
}

}  // namespace holter::app
