#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "runtime/shard.h"

namespace holter::runtime {

/// Owns tasks: whoever starts a coroutine spawns it here, and close() cancels all of them and waits until the last has
/// ended. A task that throws is a bug and is logged.
///
/// Threads: one shard's, the executor's. Lifetime: close() must have completed before destruction (checked).
class TaskScope {
 public:
  explicit TaskScope(Executor executor);
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Names a running task; must not be used once the task has ended.
  using Task = asio::cancellation_signal*;

  /// Starts `task` soon (not within this call). After close() it is dropped, never run, and the result is null.
  Task spawn(asio::awaitable<void> task);
  /// Cancels one task: its waits end with operation_aborted. It may end within this call.
  static void cancel(Task task) { task->emit(asio::cancellation_type::terminal); }

  /// Cancels every task (terminal cancellation: their waits end with operation_aborted) and waits for the last.
  /// Not cancellable itself. May be called again; then it waits likewise.
  asio::awaitable<void> close();

  /// Cancels without waiting; tasks() falls to 0 later.
  void cancel();

  std::size_t tasks() const { return tasks_.size(); }
  Executor executor() const { return executor_; }

 private:
  Executor executor_;
  std::list<asio::cancellation_signal> tasks_;  // a list: signals do not move
  asio::steady_timer empty_;                    // cancelled when the last task has ended
  bool closed_ = false;
};

/// Waits for `duration`, or until cancelled. True when the time has passed.
asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration);

}  // namespace holter::runtime
