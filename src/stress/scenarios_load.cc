// Too many monitors, too often, and ever new ones.
#include <fmt/format.h>

#include "stress/scenario.h"

namespace holter::stress {
namespace {

// Holds 100,000 monitors that are paused, and runs about 30,000 of them.
constexpr std::uint64_t kOverloadBudget = 112ULL << 20;

Monitors pings(const Trial& trial, std::size_t from, std::size_t count, std::string_view interval) {
  auto monitors = trial.base();
  monitors.pings(from, count, interval);
  return monitors;
}

}  // namespace

Status run_incident(Trial& trial) {
  auto count = trial.amount(9'000, 9'000);
  TRY_OK(trial.start({}));
  TRY_OK(trial.warm_up(Monitors().pings(0, count / 10, "1s")));
  TRY_OK(trial.before());
  trial.phase("every 60 s");
  TRY_OK(trial.set_monitors(pings(trial, 0, count, "60s")));
  TRY_OK(trial.wait(trial.time(2, 65)));
  trial.phase("every 3 s");
  TRY_OK(trial.set_monitors(pings(trial, 0, count, "3s")));
  TRY_OK(trial.wait(trial.time(5, 60)));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

Status run_start(Trial& trial) {
  auto count = trial.amount(100'000, 100'000);
  TRY_OK(trial.start({.budget = kOverloadBudget}, Monitors().pings(0, count, "10s")));
  trial.phase("at start");
  TRY_OK(trial.wait(trial.time(5, 60)));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.wait(trial.time(2, 20));
}

Status run_overload(Trial& trial) {
  auto count = trial.amount(100'000, 100'000);
  TRY_OK(trial.start({.budget = kOverloadBudget}));
  TRY_OK(trial.warm_up(Monitors().pings(0, count / 20, "1s")));
  TRY_OK(trial.before());
  trial.phase("load");
  TRY_OK(trial.set_monitors(pings(trial, 0, count, "10s")));
  TRY_OK(trial.wait(trial.time(7, 120)));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

Status run_churn(Trial& trial) {
  constexpr std::size_t kAtOnce = 5'000;
  auto rounds = trial.amount(100'000, 200'000) / kAtOnce;
  TRY_OK(trial.start({}));
  TRY_OK(trial.warm_up(Monitors().pings(0, kAtOnce, "1s")));
  TRY_OK(trial.before());
  trial.phase("churn");
  for (std::size_t round = 1; round <= rounds; ++round) {
    TRY_OK(trial.set_monitors(pings(trial, round * kAtOnce, kAtOnce, "1s")));
    TRY_OK(trial.wait(milliseconds(trial.quick() ? 50 : 1000)));
  }
  trial.note(fmt::format("{} monitors were created and deleted", rounds * kAtOnce));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

}  // namespace holter::stress
