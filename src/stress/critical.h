#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace holter::stress {

/// How late the checks of critical monitors came.
struct Lateness {
  std::size_t checks = 0;
  double p99_ms = 0, most_ms = 0;
};

/// From the times (s, ascending) at which one monitor was seen between `from` and `to`: how much longer than `interval`
/// each gap was, in ms, the open one at the end included. Adds to `out`.
void add_gaps(const std::vector<double>& times, double from, double to, double interval_s, std::vector<double>& out);
/// The 99th percentile and the maximum.
Lateness lateness_of(std::vector<double> gaps_ms, std::size_t checks);

/// Listeners of the tester that critical `port` monitors knock at, one each: the tester knows by its own clock when
/// each check came. A thread of its own accepts and closes. Threads: all methods from one other thread.
class CriticalTargets {
 public:
  static constexpr std::size_t kMostTimes = 200'000;  ///< per target; later ones are not kept

  /// Errors: kIo.
  static Result<std::unique_ptr<CriticalTargets>> open(std::size_t count);
  ~CriticalTargets();

  std::size_t count() const { return targets_.size(); }
  std::string host(std::size_t i) const;
  std::uint16_t port(std::size_t i) const { return targets_[i].port; }

  /// Of the checks since `from`, for monitors with this interval.
  Lateness lateness(MonoTime from, milliseconds interval) const;
  /// Whether each target has been seen since `from`.
  bool all_seen_since(MonoTime from) const;

 private:
  struct Target {
    int socket = -1;
    std::uint16_t port = 0;
    std::vector<double> times;  ///< s since start_
  };

  void accept_all();
  double now_s() const { return std::chrono::duration<double>(clock_.mono() - start_).count(); }

  SystemClock clock_;
  const MonoTime start_ = clock_.mono();
  int stop_ = -1;  // eventfd
  mutable std::mutex mutex_;
  std::vector<Target> targets_;  // times under mutex_
  std::thread thread_;
};

}  // namespace holter::stress
