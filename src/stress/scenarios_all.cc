// All of it together, and the list of the scenarios.
#include <array>

#include <fmt/format.h>

#include "stress/flood.h"
#include "stress/scenario.h"
#include "stress/web.h"

namespace holter::stress {
namespace {

constexpr Scenario kScenarios[] = {
    {"incident", "9,000 pings every 60 s, then every 3 s", 18, 160, run_incident},
    {"start", "started with 100,000 pings every 10 s in a budget for 30,000", 12, 90, run_start},
    {"overload", "100,000 pings every 10 s added to a server with a budget for 30,000", 18, 200, run_overload},
    {"silent", "targets that never answer", 18, 130, run_silent},
    {"bodies", "endless, dripping and packed bodies, endless headers", 18, 130, run_bodies},
    {"history", "history process stopped and killed", 20, 150, run_history},
    {"disk", "history on a full disk", 18, 140, run_disk},
    {"api", "5,000 clients of the API: slow, silent, huge", 20, 130, run_api},
    {"churn", "100,000 monitors created and deleted", 20, 90, run_churn},
    {"labels", "ever new labels", 18, 130, run_labels},
    {"faults", "allocations refused, once and for good", 25, 150, run_faults},
    {"all", "all of it together", 20, 180, run_all},
};

/// What the scenarios above have, a part of each.
Monitors mixed_load(const WebTarget& web, const DeadPort& dead, std::size_t pings) {
  constexpr std::array kPaths{"/silent", "/endless", "/drip", "/bomb", "/headers", "/length"};
  Monitors load;
  load.pings(0, pings, "5s");
  for (std::size_t i = 0; i < 300; ++i)
    load.check(fmt::format("page-{}", i), "page", web.host(), web.port(), kPaths[i % kPaths.size()], "2s", "normal",
               4000);
  for (std::size_t i = 0; i < 500; ++i)
    load.check(fmt::format("dead-{}", i), "port", dead.host(), dead.port(), "", "2s", "low", 6000);
  for (std::size_t i = 0; i < 10; ++i)
    load.check(fmt::format("labels-{}", i), "labels", web.host(), web.port(), "/labels/500", "1s", "normal", 4000);
  return load;
}

}  // namespace

std::span<const Scenario> scenarios() {
  return kScenarios;
}

Status run_all(Trial& trial) {
  TRY(auto dead, DeadPort::open());
  TRY(auto web, WebTarget::open());
  auto load = mixed_load(*web, dead, trial.amount(20'000, 20'000));
  TRY_OK(trial.start({.environment = {{"HOLTER_COLLECT_MAX_PER_TARGET", "4096"}}, .faults = true}));
  TRY_OK(trial.warm_up(mixed_load(*web, dead, 5'000)));
  TRY_OK(trial.before());
  trial.phase("load");
  auto monitors = trial.base();
  monitors.append(load);
  TRY_OK(trial.set_monitors(monitors));
  {
    Flood flood(trial.subject().port(), trial.subject().token(), 2'000);
    for (int round = 0; round < (trial.quick() ? 1 : 5); ++round) {
      TRY_OK(trial.wait(trial.time(2, 10)));
      TRY_OK(stop_history(trial, trial.time(2, 10)));
      TRY_OK(kill_history(trial, 1));
      trial.refusal().all();
      auto waited = trial.wait(milliseconds(50));
      trial.refusal().off();
      TRY_OK(waited);
    }
    TRY_OK(trial.wait(trial.time(1, 10)));
  }
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

}  // namespace holter::stress
