#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <duckdb.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/result.h"

namespace holter::history::child {

/// Interrupts whatever a connection does once its time is over, again and again until it is destroyed. Statements that
/// users write need that: one step of theirs may last for ever, so that nobody gets to look at the clock in between.
/// The engine looks for an interrupt between chunks of 2048 rows.
///
/// Threads: one of its own, with a small stack; start() and destruction are the owner's. Lifetime: the connection must
/// outlive it.
class Watchdog {
 public:
  /// Errors: kResourceExhausted (no thread).
  static Result<std::unique_ptr<Watchdog>> start(duckdb_connection connection, nanoseconds time);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The time is over.
  bool fired() const { return fired_; }

 private:
  Watchdog(duckdb_connection connection, nanoseconds time) : connection_(connection), time_(time) {}
  void watch();

  const duckdb_connection connection_;
  const nanoseconds time_;
  pthread_t thread_{};
  bool started_ = false;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::atomic<bool> fired_{false};
};

}  // namespace holter::history::child
