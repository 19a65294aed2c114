#include "collect/trial.h"

#include <algorithm>
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
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        shot.run(probe, [kept, executor] { asio::post(executor, [kept] { std::move (*kept)(); }); });
      },
      asio::use_awaitable);
}

}  // namespace

bool Trial::wanted(const model::SetDef& set) const {
  return (options_.only_set.empty() || set.name == options_.only_set) && (!options_.deciding_only || set.priority == 0);
}

asio::awaitable<Trial::Verdict> Trial::run(std::function<void(const TrialResult&)> seen) {
  std::set<int> levels;
  for (const auto& set : sets_)
    if (wanted(*set.set)) levels.insert(set.set->priority);
  const auto end = services_.clock.mono() + options_.limit;
  auto verdict = Verdict::kUndecided;
  for (int level : levels) {
    bool failed = false;
    for (const auto& set : sets_) {
      if (set.set->priority != level || !wanted(*set.set) || services_.clock.mono() >= end) continue;
      if (options_.replay && !options_.replay(*set.set, 0)) continue;
      auto outcome = co_await run_set(set, 0, seen);
      if (level > 0) continue;
      failed = failed || outcome.code != ResultCode::kSuccess;
      if (outcome.code == ResultCode::kUnavailable) continue;
      if (verdict != Verdict::kDown) verdict = outcome.code == ResultCode::kSuccess ? Verdict::kUp : Verdict::kDown;
    }
    if (failed) co_return verdict == Verdict::kUp ? Verdict::kUndecided : verdict;
  }
  co_return verdict;
}

asio::awaitable<Outcome> Trial::run_set(const model::ResolvedSet& set, std::size_t number,
                                        const std::function<void(const TrialResult&)>& seen) {
  TrialResult result{.set = *set.set, .number = number};
  const auto* plugin = find_plugin(set.set->protocol);
  if (plugin == nullptr) {
    result.outcome = {ResultCode::kUnavailable,
                      fmt::format("cannot ask: this version has no protocol '{}'", excerpt(set.set->protocol))};
    seen(result);
    co_return result.outcome;
  }
  auto ready = make_ready(*plugin, app_, set);
  if (!ready) {
    result.outcome = {ResultCode::kFail, ready.error().message()};
    seen(result);
    co_return result.outcome;
  }
  OneShot shot(services_, ready->layout->columns(), account_);
  if (options_.replay)
    shot.replay(*ready->probe, options_.replay(*set.set, number).value_or(""));
  else
    co_await ask(shot, *ready->probe, services_.executor);
  result.probe = ready->probe.get();
  result.layout = ready->layout;
  result.shot = &shot;
  result.outcome = {shot.code(), shot.message()};
  seen(result);
  co_return result.outcome;
}

}  // namespace holter::collect
