// Targets that do not answer, or answer more than anybody wants.
#include <array>

#include <fmt/format.h>

#include "stress/scenario.h"
#include "stress/web.h"

namespace holter::stress {
namespace {

// All targets of one kind are one address here: the limit per address would spare the server what is to be shown.
const std::map<std::string, std::string> kNoTargetLimit{{"HOLTER_COLLECT_MAX_PER_TARGET", "4096"}};

/// `count` checks, spread over `paths`.
Monitors pages(const WebTarget& web, std::string_view app, std::span<const char* const> paths, std::size_t count,
               std::string_view interval, int timeout_ms) {
  Monitors monitors;
  for (std::size_t i = 0; i < count; ++i)
    monitors.check(fmt::format("{}-{}", app, i), app, web.host(), web.port(), paths[i % paths.size()], interval,
                   i % 2 == 0 ? "low" : "normal", timeout_ms);
  return monitors;
}

/// Base, a load for some time, base: with the memory of before and after.
Status run_load(Trial& trial, const Monitors& small, const Monitors& load, seconds time) {
  TRY_OK(trial.warm_up(small));
  TRY_OK(trial.before());
  trial.phase("load");
  auto monitors = trial.base();
  monitors.append(load);
  TRY_OK(trial.set_monitors(monitors));
  TRY_OK(trial.wait(time));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

}  // namespace

Status run_silent(Trial& trial) {
  constexpr std::array kPaths{"/silent"};
  TRY(auto dead, DeadPort::open());
  TRY(auto web, WebTarget::open());
  auto count = trial.amount(2'000, 5'000);
  auto load = [&](std::size_t n) {
    auto monitors = pages(*web, "page", kPaths, n / 2, "2s", 6000);
    for (std::size_t i = 0; i < n / 2; ++i)
      monitors.check(fmt::format("dead-{}", i), "port", dead.host(), dead.port(), "", "2s",
                     i % 2 == 0 ? "low" : "normal", 6000);
    return monitors;
  };
  TRY_OK(trial.start({.environment = kNoTargetLimit}));
  return run_load(trial, load(count / 10), load(count), trial.time(5, 90));
}

Status run_bodies(Trial& trial) {
  constexpr std::array kPaths{"/endless", "/drip", "/bomb", "/headers", "/length"};
  TRY(auto web, WebTarget::open());
  auto count = trial.amount(500, 1'000);
  auto load = [&](std::size_t n) { return pages(*web, "page", kPaths, n, "2s", 4000); };
  TRY_OK(trial.start({.environment = kNoTargetLimit}));
  TRY_OK(run_load(trial, load(count / 10), load(count), trial.time(5, 90)));
  trial.note(fmt::format("{} requests were answered so", web->requests()));
  return {};
}

Status run_labels(Trial& trial) {
  constexpr std::array kPaths{"/labels/1000", "/labels/1000?t=1"};
  TRY(auto web, WebTarget::open());
  auto count = trial.amount(40, 40);
  auto load = [&](std::size_t n) { return pages(*web, "labels", kPaths, n, "1s", 4000); };
  TRY_OK(trial.start({.environment = kNoTargetLimit}));
  TRY_OK(run_load(trial, load(count / 10), load(count), trial.time(5, 90)));
  trial.note(fmt::format("{} answers with labels that nobody had seen before", web->requests()));
  return {};
}

}  // namespace holter::stress
