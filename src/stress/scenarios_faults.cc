// Allocations that are refused.
#include <cmath>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>

#include "stress/refusal.h"
#include "stress/scenario.h"

namespace holter::stress {
namespace {

/// One start with allocation number `at` refused: it must end in words or serve, never crash. False: it ended before
/// that allocation came.
Result<bool> start_with_refusal(Trial& trial, std::uint64_t at, const std::string& directory) {
  std::error_code failure;
  std::filesystem::remove_all(directory, failure);
  std::filesystem::create_directories(directory, failure);
  TRY_OK(write_definitions(directory + "/definitions"));
  TRY_OK(trial.base().pings(0, 100, "1s").write(directory + "/monitors.yml"));
  TRY(auto refusal, Refusal::make(directory));
  refusal->once_at(at);
  Subject subject({.directory = directory,
                   .budget = 64ULL << 20,
                   .child_limit = 128ULL << 20,
                   .environment = refusal->environment()});
  auto started = subject.start(seconds(20));
  auto end = subject.end();
  if (started) {
    TRY_OK(trial.wait(milliseconds(100)));
    subject.signal(SIGINT);
    end = subject.wait_end(seconds(20));
  }
  if (!end || end->signal != 0 || (started && end->code != 0))
    trial.problem(
        fmt::format("start with allocation {} refused: {}: {}", at, end ? end->text() : "hangs", subject.last_words()));
  return refusal->refused() > 0;
}

Status sweep_start(Trial& trial) {
  double factor = trial.quick() ? 6 : 1.6;
  int starts = 0;
  auto directory = trial.directory() + "/start";
  std::uint64_t last = 0;
  for (double at = 1;; at = std::max(at * factor, at + 1)) {
    ++starts;
    last = static_cast<std::uint64_t>(at);
    TRY(auto refused, start_with_refusal(trial, last, directory));
    if (!refused) break;
  }
  trial.note(fmt::format("{} starts with one allocation refused, up to number {}", starts, last));
  return {};
}

/// Refuses one allocation each, ever further ahead.
Status sweep_running(Trial& trial, Refusal& refusal) {
  double factor = trial.quick() ? 2 : 1.15;
  double most = trial.quick() ? 4'000 : 200'000;
  auto before = refusal.refused();
  for (double ahead = 1; ahead < most; ahead = std::max(ahead * factor, ahead + 1)) {
    auto refused = refusal.refused();
    refusal.once_at(refusal.allocations() + static_cast<std::uint64_t>(ahead));
    auto hit = trial.wait_until(seconds(5), "the refusal", [&] { return refusal.refused() > refused; });
    // Racing threads may step over the number: then there is none this time.
    if (!hit && hit.error().code() != ErrorCode::kTimeout) return hit;
  }
  refusal.off();
  trial.note(fmt::format("{} allocations refused one by one while it ran", refusal.refused() - before));
  return {};
}

}  // namespace

Status run_faults(Trial& trial) {
  TRY_OK(trial.start({.faults = true}, Monitors().pings(0, trial.amount(500, 2'000), "1s")));
  auto& refusal = trial.refusal();
  trial.phase("one at start");
  TRY_OK(sweep_start(trial));
  TRY_OK(trial.before());
  trial.judge_critical();  // a check whose own memory is refused cannot be on time: from here on they must recover
  trial.phase("one by one");
  TRY_OK(sweep_running(trial, refusal));
  trial.phase("all");
  auto refused = refusal.refused();
  for (int i = 0; i < (trial.quick() ? 2 : 10); ++i) {
    refusal.all();
    auto waited = trial.wait(milliseconds(trial.quick() ? 800 : 3000));
    refusal.off();
    TRY_OK(waited);
    auto since = SystemClock().mono();
    TRY_OK(trial.wait_until(seconds(5), "each critical monitor checked after the refusals",
                            [&] { return trial.critical().all_seen_since(since); }));
  }
  trial.note(fmt::format("{} allocations refused when all were", refusal.refused() - refused));
  TRY_OK(trial.wait_until(seconds(30), "a history process",
                          [&] { return trial.subject().child() > 0 && trial.counters().known; }));
  return trial.after();
}

}  // namespace holter::stress
