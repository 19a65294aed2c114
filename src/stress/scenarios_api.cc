// Bad clients of the API.
#include <fmt/format.h>

#include "stress/flood.h"
#include "stress/scenario.h"

namespace holter::stress {

Status run_api(Trial& trial) {
  constexpr std::size_t kClients = 5'000;
  auto load = Monitors().pings(0, trial.amount(5'000, 5'000), "5s");
  TRY_OK(trial.start({}, load));
  TRY_OK(trial.wait(trial.time(1, 10)));
  {
    trial.phase("warm-up");
    Flood flood(trial.subject().port(), trial.subject().token(), 300);
    TRY_OK(trial.wait(trial.time(2, 5)));
  }
  TRY_OK(trial.wait(trial.time(2, 5)));
  TRY_OK(trial.before());
  {
    trial.phase("flood");
    Flood flood(trial.subject().port(), trial.subject().token(), kClients);
    std::uint64_t most = 0;
    auto until = SystemClock().mono() + trial.time(6, 90);
    TRY_OK(trial.wait_until(trial.time(10, 95), "the end of the time", [&] {
      most = std::max(most, flood.open_now());
      return SystemClock().mono() >= until;
    }));
    auto counts = flood.counts();
    trial.note(fmt::format("{} connections were opened, at most {} at once; {} refused, {} answered", counts.opened,
                           most, counts.refused, counts.answered));
  }
  return trial.after();
}

}  // namespace holter::stress
