#include "collect/trial.h"

#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect {
namespace {

namespace asio = boost::asio;
using model::ResultCode;

/// A set made ready to be asked.
struct Ready {
  std::unique_ptr<Probe> probe;
  std::shared_ptr<const Layout> layout;
};

Result<Ready> make_ready(const PluginInfo& plugin, std::string_view app, const model::ResolvedSet& set) {
  TRY(auto layout, Layout::make(*set.set, set.aliases, set.calculates, set.units, set.filters));
  TRY(auto probe, plugin.compile({app, set.set->name, set.aliases, set.block}));
  return Ready{std::move(probe), std::make_shared<const Layout>(std::move(layout))};
}

asio::awaitable<void> ask(OneShot& shot, Probe& probe, runtime::Executor executor) {
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
      [&shot, &probe, executor](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        auto runs = std::make_shared<bool>(true);  // a probe that has ended is not to be cancelled
        if (slot.is_connected())
          slot.assign([&shot, &probe, runs](asio::cancellation_type) {
            if (*runs) probe.cancel(shot);
          });
        shot.run(probe, [kept, executor, slot, runs] {
          *runs = false;
          asio::post(executor, [kept, slot]() mutable {
            if (slot.is_connected()) slot.clear();
            std::move (*kept)();
          });
        });
      },
      asio::use_awaitable);
}

}  // namespace

/// The sets that are asked for, and those that they refer to, and so on.
void Trial::choose() {
  for (const auto& set : sets_)
    if ((options_.only_set.empty() || set.set->name == options_.only_set) &&
        (!options_.deciding_only || set.set->priority == 0))
      wanted_.push_back(set.set);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    auto later = std::ranges::find(sets_, wanted_[i], &model::ResolvedSet::set);
    for (const auto& name : references(*later))
      for (const auto& set : sets_)
        if (set.set->priority < later->set->priority && !wanted(*set.set) &&
            std::ranges::find(set.set->fields, name, &model::FieldDef::field) != set.set->fields.end())
          wanted_.push_back(set.set);
  }
}

bool Trial::wanted(const model::SetDef& set) const {
  return std::ranges::find(wanted_, &set) != wanted_.end();
}

asio::awaitable<Trial::Verdict> Trial::run(std::function<void(const TrialResult&)> seen) {
  choose();
  std::set<int> levels;
  for (const auto& set : sets_)
    if (wanted(*set.set)) levels.insert(set.set->priority);
  const auto end = services_.clock.mono() + options_.limit;
  auto verdict = Verdict::kUndecided;
  for (int level : levels) {
    bool failed = false;
    for (const auto& set : sets_) {
      if (set.set->priority != level || !wanted(*set.set) || services_.clock.mono() >= end) continue;
      auto outcome = co_await run_set(set, seen);
      if (level > 0) continue;
      failed = failed || outcome.code != ResultCode::kSuccess;
      if (outcome.code == ResultCode::kUnavailable) continue;
      if (verdict != Verdict::kDown) verdict = outcome.code == ResultCode::kSuccess ? Verdict::kUp : Verdict::kDown;
    }
    if (failed) co_return verdict == Verdict::kUp ? Verdict::kUndecided : verdict;
  }
  co_return verdict;
}

bool Trial::recorded(const model::SetDef& set, std::size_t number) const {
  return !options_.replay || options_.replay(set, number).has_value();
}

asio::awaitable<Outcome> Trial::run_set(const model::ResolvedSet& set, const Seen& seen) {
  auto names = references(set);
  if (names.empty()) {
    if (recorded(*set.set, 0)) co_return co_await run_one(set, 0, seen);
    co_return Outcome{ResultCode::kUnavailable, "no answer was recorded"};
  }
  auto runs = found_.runs(names, set.set->priority);
  if (!runs) {
    if (!recorded(*set.set, 1)) co_return Outcome{ResultCode::kUnavailable, "no answer was recorded"};
    TrialResult result{.set = *set.set, .outcome = {ResultCode::kFail, runs.error().message()}};
    seen(result);
    co_return result.outcome;
  }
  Outcome worst{ResultCode::kUnavailable, runs->note()};
  for (std::size_t i = 0; i < runs->count; ++i) {
    if (!recorded(*set.set, i + 1)) continue;
    auto outcome = co_await run_one(substitute(set, found_.variables(*runs, i)), i + 1, seen);
    if (outcome.code == ResultCode::kSuccess || worst.code == ResultCode::kUnavailable) worst = std::move(outcome);
  }
  co_return worst;
}

asio::awaitable<Outcome> Trial::run_one(const model::ResolvedSet& set, std::size_t number, const Seen& seen) {
  TrialResult result{.set = *set.set, .number = number};
  const auto* plugin = find_plugin(set.set->protocol);
  auto ready = plugin != nullptr
                   ? make_ready(*plugin, app_, set)
                   : Error(ErrorCode::kNotFound,
                           fmt::format("cannot ask: this version has no protocol '{}'", excerpt(set.set->protocol)));
  if (!ready) {
    result.outcome = {plugin == nullptr ? ResultCode::kUnavailable : ResultCode::kFail, ready.error().message()};
    seen(result);
    co_return result.outcome;
  }
  OneShot shot(services_, ready->layout->columns(), account_, options_.traced);
  if (options_.replay)
    shot.replay(*ready->probe, options_.replay(*set.set, number).value_or(""));
  else
    co_await ask(shot, *ready->probe, services_.executor);
  result.probe = ready->probe.get();
  result.layout = ready->layout;
  result.shot = &shot;
  result.outcome = {shot.code(), shot.message()};
  auto rows = shot.table().rows();
  if (shot.code() == ResultCode::kSuccess && number == 0 && rows < set.set->min_rows && !set.set->dynamic)
    result.outcome = {ResultCode::kFail, fmt::format(kFewRows, rows, set.set->min_rows)};
  keep_rows(result);
  seen(result);
  co_return result.outcome;
}

void Trial::keep_rows(const TrialResult& result) {
  std::vector<std::string> names;
  for (const auto& later : sets_) {
    if (later.set->priority <= result.set.priority) continue;
    auto more = references(later);
    names.insert(names.end(), more.begin(), more.end());
  }
  if (names.empty()) return;
  if (result.outcome.code != ResultCode::kSuccess)
    found_.add_failed(result.set, result.outcome.code, result.outcome.message);
  else  // a refusal is kept as the set's failure
    (void)found_.add(result.set, *result.layout, result.shot->table(), names, scratch_, services_.clock.wall(),
                     result.number > 1 ? Environment::Add::kAppend : Environment::Add::kReplace);
}

}  // namespace holter::collect
