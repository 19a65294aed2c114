#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>

#include "runtime/shard.h"

namespace holter::runtime {

/// Owns tasks: whoever starts a coroutine spawns it here, and close() cancels all of them and waits until the last has
/// ended. A task that throws is a bug and is logged.
///
/// When memory is refused a task may be dropped before or while it runs: its frame is destroyed, with what it holds,
/// and the scope knows that it has ended. What a task must do in any case belongs into the destructor of one of its
/// parameters.
///
/// Threads: one shard's, the executor's. Lifetime: close() must have completed before destruction (checked).
class TaskScope {
  struct Entry {
    asio::cancellation_signal signal;
    bool started = false;
    bool ended = false;
    bool cancelled = false;
    bool lost = false;  ///< ended, and nothing is posted that would take it off
  };

 public:
  explicit TaskScope(Executor executor);
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Names a running task; must not be used once the task has ended.
  using Task = Entry*;

  /// Starts `task` soon (not within this call). After close() it is dropped, never run, and the result is null. Throws
  /// std::bad_alloc; the task is dropped then.
  Task spawn(asio::awaitable<void> task);

  /// Cancels one task: its wait ends with operation_aborted. A task that has not begun yet begins, and its first wait
  /// is cancelled: so it always learns of it. The entry stays until the task has
  /// ended and the shard has come round once more.
  static void cancel(Task task);

  /// Cancels every task (terminal cancellation: their waits end with operation_aborted) and waits for the last. A
  /// cancellation of the caller does not cut this wait short; the caller meets it at its next wait. May be called
  /// again; then it waits likewise.
  ///
  /// Asio lets no coroutine await another once it has been cancelled. A task that closes a scope of its own as it ends
  /// must therefore say `co_await asio::this_coro::throw_if_cancelled(false)` before.
  asio::awaitable<void> close();

  /// Cancels without waiting; tasks() falls to 0 later.
  void cancel();

  bool closed() const { return closed_; }
  std::size_t tasks() const { return tasks_.size(); }
  Executor executor() const { return executor_; }

 private:
  class Ending;
  void start(std::list<Entry>::iterator entry, asio::awaitable<void> task);
  static void report(std::exception_ptr failure);
  void ended(std::list<Entry>::iterator entry) noexcept;
  void sweep_lost() noexcept;

  Executor executor_;
  std::list<Entry> tasks_;    // a list: signals do not move
  asio::steady_timer empty_;  // cancelled when the last task has ended
  bool closed_ = false;
  std::size_t lost_ = 0;
};

/// Waits for `duration`, or until cancelled. True when the time has passed.
asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration);

/// Waits until `done()`, which is asked every `each`. False when cancelled: then sleep_for() waits no more, so that a
/// loop of one's own around it must end, too.
template <class Done>
asio::awaitable<bool> wait_until(Done done, std::chrono::milliseconds each = std::chrono::milliseconds(10)) {
  while (!done())
    if (!co_await sleep_for(each)) co_return false;
  co_return true;
}

}  // namespace holter::runtime
