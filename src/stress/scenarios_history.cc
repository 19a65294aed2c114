// What can happen to the history process and its disk.
#include <algorithm>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "stress/scenario.h"

namespace holter::stress {
namespace {

constexpr seconds kNewChild{30};

/// Writes into a file until nothing more fits. Bytes written.
std::uint64_t fill_disk(const std::string& path) {
  int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return 0;
  std::string piece(65536, '\0');
  std::uint64_t bytes = 0;
  for (ssize_t got = 0; (got = ::write(file, piece.data(), piece.size())) > 0;)
    bytes += static_cast<std::uint64_t>(got);
  ::close(file);
  return bytes;
}

Status wait_for_kept(Trial& trial, std::uint64_t above) {
  return trial.wait_until(seconds(60), "samples kept again", [&] { return trial.counters().kept > above; });
}

}  // namespace

Status kill_history(Trial& trial, int times) {
  for (int i = 0; i < times; ++i) {
    pid_t victim = 0;
    TRY_OK(trial.wait_until(kNewChild, "a history process", [&] { return (victim = trial.subject().child()) > 0; }));
    ::kill(victim, SIGKILL);
    TRY_OK(trial.wait_until(kNewChild, "a new history process",
                            [&] { return trial.subject().child() > 0 && trial.subject().child() != victim; }));
    TRY_OK(trial.wait(milliseconds(500)));
  }
  return {};
}

Status stop_history(Trial& trial, milliseconds time) {
  auto victim = trial.subject().child();
  if (victim <= 0) return Error(ErrorCode::kNotFound, "cannot stop the history process: there is none");
  ::kill(victim, SIGSTOP);
  auto waited = trial.wait(time);
  // It may have been replaced meanwhile.
  if (trial.subject().child() == victim) ::kill(victim, SIGCONT);
  return waited;
}

Status run_history(Trial& trial) {
  auto load = Monitors().pings(0, trial.amount(9'000, 9'000), "1s");
  TRY_OK(trial.start({}));
  TRY_OK(trial.warm_up(load));
  TRY_OK(trial.before());
  auto monitors = trial.base();
  monitors.append(load);
  TRY_OK(trial.set_monitors(monitors));
  trial.phase("stopped");
  TRY_OK(stop_history(trial, trial.time(4, 90)));
  trial.phase("killed");
  TRY_OK(kill_history(trial, trial.quick() ? 2 : 6));
  TRY_OK(wait_for_kept(trial, trial.counters().kept));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

Status run_disk(Trial& trial) {
  auto load = Monitors().pings(0, trial.amount(2'000, 2'000), "1s");
  TRY_OK(trial.start({.disk_bytes = 32ULL << 20}));
  TRY_OK(trial.warm_up(load));
  TRY_OK(trial.before());
  auto monitors = trial.base();
  monitors.append(load);
  TRY_OK(trial.set_monitors(monitors));
  trial.phase("disk full");
  auto ballast = trial.subject().seen_by_it(trial.directory() + "/data/ballast");
  auto until = SystemClock().mono() + trial.time(4, 90);
  std::uint64_t filled = 0;
  // Again and again: what history frees is filled, too.
  TRY_OK(trial.wait_until(trial.time(8, 95), "the end of the time", [&] {
    filled += fill_disk(ballast);
    return SystemClock().mono() >= until;
  }));
  if (filled == 0) return Error(ErrorCode::kIo, fmt::format("cannot fill the disk at {}", ballast));
  trial.phase("disk free");
  auto kept = trial.counters().kept;
  ::unlink(ballast.c_str());
  TRY_OK(wait_for_kept(trial, kept));
  TRY_OK(trial.set_monitors(trial.base()));
  return trial.after();
}

}  // namespace holter::stress
