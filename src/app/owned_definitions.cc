#include "app/owned_definitions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "app/loaded.h"
#include "base/log.h"
#include "base/units.h"
#include "catalog/audit.h"
#include "runtime/task_scope.h"

// Changes, and how what is in force follows the catalog; lists are in definition_lists.cc, checks in
// definition_trial.cc.
namespace holter::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using api::Answered;
using api::Problem;

constexpr unsigned kRetrySeconds = 2;
constexpr seconds kTryAgain{30};
constexpr milliseconds kPatience{30'000};
/// Of a page, and of what is known of all.
constexpr std::size_t kPageTexts = 512 * 1024;
constexpr std::size_t kPageBytes = kPageTexts + catalog::kMostDefinitionText + 512 * 1024;
constexpr std::size_t kPageHeads = 100;

std::string audit_text(std::uint64_t version, std::size_t bytes) {
  if (version == 0) return "";
  json::object out{{"version", version}};
  if (bytes > 0) out["bytes"] = bytes;
  return json::serialize(out);
}

}  // namespace

OwnedDefinitions::~OwnedDefinitions() {
  for (const auto& [app, entry] : entries_) parts_.held.release(entry.bytes);
}

void OwnedDefinitions::drop(Entries::iterator at) {
  parts_.held.release(at->second.bytes);
  entries_.erase(at);
}

/// Without memory for it the file's counts.
void OwnedDefinitions::keep(const std::string& app, Entry entry) {
  if (auto old = entries_.find(app); old != entries_.end()) drop(old);
  entry.bytes = sizeof(Entry) + (entry.definition ? bytes_of(*entry.definition) : 0);
  if (!parts_.held.try_reserve(entry.bytes)) {
    entry.definition = nullptr;
    entry.unreadable = "no memory is left for it";
    entry.bytes = 0;
  }
  entries_[app] = std::move(entry);
}

OwnedDefinitions::Entry OwnedDefinitions::entry_of(const catalog::DefinitionText& text) const {
  Entry entry{.version = text.version, .created = text.created, .created_by = text.created_by};
  define::Problems problems;
  auto definition = parse(text.app, text.text, problems);
  if (!definition) {
    entry.unreadable = definition.error().detail;
    return entry;
  }
  entry.definition = std::move(*definition);
  auto error = std::ranges::find(problems.list, define::Problem::Severity::kError, &define::Problem::severity);
  if (!entry.definition) entry.unreadable = error == problems.list.end() ? "it has errors" : define::to_string(*error);
  return entry;
}

asio::awaitable<Status> OwnedDefinitions::read() {
  using Texts = std::vector<catalog::DefinitionText>;
  CO_TRY(auto held, parts_.texts.reserve(kPageBytes));
  auto call = [this] { return catalog::Call{"read the definitions", parts_.clock.mono() + kPatience, 0}; };
  CO_TRY(auto heads, co_await parts_.catalog.read<Texts>(
                         [](catalog::Database& database) { return catalog::read_definitions(database); }, call()));
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto next = std::next(at);
    if (std::ranges::find(heads, at->first, &catalog::DefinitionText::app) == heads.end()) drop(at);
    at = next;
  }
  std::erase_if(heads, [this](const auto& head) {
    auto known = entries_.find(head.app);
    return known != entries_.end() && known->second.version == head.version && known->second.definition;
  });
  for (std::size_t from = 0; from < heads.size();) {
    Texts wanted(heads.begin() + static_cast<std::ptrdiff_t>(from),
                 heads.begin() + static_cast<std::ptrdiff_t>(std::min(heads.size(), from + kPageHeads)));
    auto work = [wanted = std::move(wanted)](catalog::Database& database) {
      return catalog::read_definition_texts(database, wanted, kPageTexts);
    };
    CO_TRY(auto page, co_await parts_.catalog.read<Texts>(std::move(work), call()));
    for (const auto& text : page) keep(text.app, entry_of(text));
    from += page.size();
  }
  co_return Status();
}

OwnedDefinitions::Over OwnedDefinitions::over() const {
  Over over;
  for (const auto& [app, entry] : entries_)
    if (entry.definition) over.push_back(entry.definition);
  return over;
}

void OwnedDefinitions::note_left_out(const std::vector<define::LeftOut>& left_out, define::Problems& problems) {
  for (auto& [app, entry] : entries_) {
    auto out = std::ranges::find(left_out, app, &define::LeftOut::app);
    entry.left_out = out == left_out.end() ? "" : excerpt(out->reason, 300);
    if (entry.fault().empty()) continue;
    auto text = fmt::format("cannot use version {} of the catalog: {}; {}", entry.version, entry.fault(),
                            parts_.files.find(app) ? "the file's counts" : "there is no file of it");
    problems.add({define::Problem::Severity::kWarning, fmt::format("catalog:{}", app), 0, 0, "", std::move(text)});
  }
}

void OwnedDefinitions::tell_changed_below(const define::Registry& before, const define::Registry& now,
                                          define::Problems& problems) {
  for (const auto& [app, entry] : entries_) {
    auto old = before.find(app), fresh = now.find(app);
    if (!entry.fault().empty() || old == fresh || !fresh || (old && *old == *fresh)) continue;
    auto text = fmt::format("the definition '{}' in {} has changed, but version {} of the catalog lies over it", app,
                            fresh->source, entry.version);
    parts_.events.add("definitions", "info", text);
    problems.add({define::Problem::Severity::kWarning, fresh->source, 0, 0, "", std::move(text)});
  }
}

bool OwnedDefinitions::due_again() {
  auto now = parts_.clock.mono();
  if (!behind_ || changing_ || now < next_try_) return false;
  next_try_ = now + kTryAgain;
  return true;
}

Answered<void> OwnedDefinitions::may_change() const {
  if (changing_) return Problem{503, "cannot change a definition while another is changed", "", kRetrySeconds};
  if (parts_.reloading())
    return Problem{503, "cannot change definitions while a reload is under way", "", kRetrySeconds};
  return {};
}

/// Changes of monitors that were under way end first; no new ones begin.
asio::awaitable<Answered<void>> OwnedDefinitions::settle(MonoTime deadline) const {
  auto over = [this, deadline] {
    return !parts_.changing_monitors() || parts_.clock.mono() + milliseconds(10) > deadline;
  };
  if (!co_await runtime::wait_until(over) || parts_.changing_monitors())
    co_return Problem{503, "cannot change definitions while monitors are changed", "", kRetrySeconds};
  co_return Answered<void>();
}

Answered<void> OwnedDefinitions::check_version(std::string_view app, Version version) const {
  auto known = entries_.find(app);
  auto present = known == entries_.end() ? 0 : known->second.version;
  if (!version || *version == present) return {};
  return Problem{412,
                 present == 0 ? fmt::format("cannot change the definition '{}': the catalog has no version of it", app)
                              : fmt::format("cannot change the definition '{}': it is version {} now", app, present),
                 "If-Match", 0};
}

/// Where something may have been stored nevertheless, it is found out.
Problem OwnedDefinitions::failed(const Error& error) {
  auto problem = api::to_problem(error);
  if (error.code() == ErrorCode::kConflict) {
    problem.status = 412;
    problem.parameter = "If-Match";
  } else if (error.code() != ErrorCode::kInvalidArgument && error.code() != ErrorCode::kNotFound &&
             error.code() != ErrorCode::kResourceExhausted) {
    behind_ = true;
  }
  return problem;
}

OwnedDefinitions::Answer<api::DefinitionReport> OwnedDefinitions::put(Put order, api::Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  bool there = entries_.contains(order.app) || parts_.files.find(order.app);
  if (!order.version && !order.any && there)
    co_return Problem{428,
                      fmt::format("cannot replace the definition '{}' without If-Match: send the ETag of the one that "
                                  "is to be replaced",
                                  order.app),
                      "If-Match", 0};
  CO_TRY_OK(check_version(order.app, order.version));
  CO_TRY_OK(co_await settle(caller.deadline));
  CO_TRY(auto prepared, co_await prepare(order.app, order.text, caller.deadline));
  const auto& check = prepared.check;
  if (!prepared.definition) {
    Problem problem{422, "cannot use this text", "text", 0};
    auto first = std::ranges::find(check.problems, define::Problem::Severity::kError, &define::Problem::severity);
    if (first != check.problems.end())
      problem.detail = first->line > 0 ? fmt::format("cannot use this text: line {}: {}", first->line, first->message)
                                       : fmt::format("cannot use this text: {}", first->message);
    problem.findings = check.problems;
    co_return problem;
  }
  if (check.refused_count > 0) {
    Problem problem{409,
                    fmt::format("cannot replace the definition '{}': {} monitors would lose what they need", order.app,
                                check.refused_count),
                    "text", 0};
    problem.monitors = check.refused;
    co_return problem;
  }
  auto possible = co_await parts_.reload(&prepared.over, {.dry_run = true});
  if (!possible) {
    auto problem = api::to_problem(possible.error());
    if (problem.status == 400) problem.status = 409;  // it is a matter of files
    co_return problem;
  }
  if (order.dry_run)
    co_return api::DefinitionReport{.monitors = check.monitors, .problems = std::move(prepared.check.problems)};
  auto known = entries_.find(order.app);
  auto base = known == entries_.end() ? 0 : known->second.version;
  co_return co_await commit(std::move(order.app), base, std::move(order.text), std::move(prepared), caller);
}

OwnedDefinitions::Answer<api::DefinitionReport> OwnedDefinitions::commit(std::string app, std::uint64_t base,
                                                                         std::string text, Prepared prepared,
                                                                         api::Caller caller) {
  using Stored = catalog::DefinitionText;
  auto work = [app, base, text](catalog::Transaction& transaction) -> Result<Stored> {
    TRY(auto stored, catalog::put_definition(transaction, app, base, text));
    TRY_OK(catalog::append_audit(transaction, {.what = base == 0 ? "definition.create" : "definition.update",
                                               .target = fmt::format("definition/{}", app),
                                               .before = audit_text(base, 0),
                                               .after = audit_text(stored.version, text.size())}));
    return stored;
  };
  auto what = fmt::format("store the definition '{}'", app);
  auto stored = co_await parts_.catalog.write<Stored>(caller.who.account(), std::move(work),
                                                      {what, caller.deadline, 2 * text.size()});
  if (!stored) co_return failed(stored.error());
  keep(app, {.version = stored->version,
             .created = stored->created,
             .created_by = stored->created_by,
             .definition = std::move(prepared.definition)});
  api::DefinitionReport report{
      .version = stored->version, .monitors = prepared.check.monitors, .problems = std::move(prepared.check.problems)};
  co_await put_in_force(report, caller.who.account());
  auto told = fmt::format("definition '{}': version {} by {}, {} monitors follow", app, stored->version,
                          stored->created_by, report.monitors);
  log::info("app", "{}", told);
  parts_.events.add("definitions", "info", told);
  co_return std::move(report);
}

asio::awaitable<void> OwnedDefinitions::put_in_force(api::DefinitionReport& report, std::string started_by) {
  behind_ = true;
  Result<api::ReloadReport> done = Error(ErrorCode::kCancelled, "Holter ends");
  if (co_await runtime::wait_until([this] { return !parts_.reloading(); })) {
    auto over_now = over();
    done = co_await parts_.reload(&over_now, {.started_by = std::move(started_by)});
  }
  report.in_force = done.has_value();
  if (done) co_return;
  report.pending = fmt::format("{}; it is tried again", done.error().message());
  next_try_ = parts_.clock.mono() + kTryAgain;
  log::warning("app", "a definition is stored, but not in force: {}", report.pending);
  parts_.events.add("definitions", "warning", report.pending);
}

OwnedDefinitions::Answer<api::DefinitionReport> OwnedDefinitions::remove(std::string app, Version version,
                                                                         api::Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  auto known = entries_.find(app);
  if (known == entries_.end()) {
    auto file = parts_.files.find(app);
    if (!file) co_return Problem{404, fmt::format("cannot find the definition '{}'", excerpt(app)), "name", 0};
    co_return Problem{404,
                      fmt::format("cannot delete the definition '{}' here: it stands in {}, and the catalog has no "
                                  "version of it",
                                  app, file->source),
                      "name", 0};
  }
  CO_TRY_OK(check_version(app, version));
  auto base = known->second.version;
  CO_TRY_OK(co_await settle(caller.deadline));
  CO_TRY(auto prepared, co_await prepare_removal(app, caller.deadline));
  if (prepared.check.refused_count > 0) {
    Problem problem{
        409, fmt::format("cannot delete the definition '{}': {} monitors need it", app, prepared.check.refused_count),
        "name", 0};
    problem.monitors = prepared.check.refused;
    co_return problem;
  }
  auto possible = co_await parts_.reload(&prepared.over, {.dry_run = true});
  if (!possible) {
    auto problem = api::to_problem(possible.error());
    if (problem.status == 400) problem.status = 409;
    co_return problem;
  }
  using Stored = catalog::DefinitionText;
  auto work = [app, base](catalog::Transaction& transaction) -> Result<Stored> {
    TRY(auto stored, catalog::delete_definition(transaction, app, base));
    TRY_OK(catalog::append_audit(transaction, {.what = "definition.delete",
                                               .target = fmt::format("definition/{}", app),
                                               .before = audit_text(base, 0),
                                               .after = ""}));
    return stored;
  };
  auto stored = co_await parts_.catalog.write<Stored>(
      caller.who.account(), std::move(work), {fmt::format("delete the definition '{}'", app), caller.deadline, 0});
  if (!stored) co_return failed(stored.error());
  if (auto at = entries_.find(app); at != entries_.end()) drop(at);
  api::DefinitionReport report{.removed = !prepared.whole.find(app), .monitors = prepared.check.monitors};
  co_await put_in_force(report, caller.who.account());
  auto told = fmt::format("definition '{}': {} by {}, {} monitors follow", app,
                          report.removed ? "removed" : "the file's again", stored->created_by, report.monitors);
  log::info("app", "{}", told);
  parts_.events.add("definitions", "info", told);
  co_return std::move(report);
}

}  // namespace holter::app
