#include "runtime/task_scope.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iterator>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace holter::runtime {

TaskScope::TaskScope(Executor executor)
    : executor_(executor), empty_(executor, asio::steady_timer::time_point::max()) {}

TaskScope::~TaskScope() {
  CHECK(tasks_.empty());
}

/// The end of a task, whichever way it ends: its last owner's destructor tells the scope.
class TaskScope::Ending {
 public:
  Ending(TaskScope& scope, std::list<Entry>::iterator entry) : scope_(&scope), entry_(entry) {}
  Ending(Ending&& other) noexcept : scope_(std::exchange(other.scope_, nullptr)), entry_(other.entry_) {}
  Ending& operator=(Ending&&) = delete;
  ~Ending() {
    if (scope_ != nullptr) scope_->ended(entry_);
  }
  void operator()(std::exception_ptr failure) const { report(std::move(failure)); }
  void start(asio::awaitable<void> task) {
    auto* scope = std::exchange(scope_, nullptr);
    scope->start(entry_, std::move(task));
  }

 private:
  TaskScope* scope_;
  std::list<Entry>::iterator entry_;
};

TaskScope::Task TaskScope::spawn(asio::awaitable<void> task) {
  if (closed_) return nullptr;
  sweep_lost();
  Ending ending(*this, tasks_.emplace(tasks_.end()));
  auto* entry = &tasks_.back();
  // co_spawn() alone would run the task up to its first wait within this call.
  asio::post(executor_,
             [ending = std::move(ending), task = std::move(task)]() mutable { ending.start(std::move(task)); });
  return entry;
}

void TaskScope::start(std::list<Entry>::iterator entry, asio::awaitable<void> task) {
  entry->started = true;
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(entry->signal.slot(), Ending(*this, entry)));
  if (entry->cancelled && !entry->ended) entry->signal.emit(asio::cancellation_type::terminal);
}

void TaskScope::report(std::exception_ptr failure) try {
  if (failure) std::rethrow_exception(failure);
} catch (const boost::system::system_error& e) {
  // A cancelled wait that nobody translated: the normal end of a closed task.
  if (e.code() != asio::error::operation_aborted) log::error("runtime", "BUG: a task ended with: {}", e.what());
} catch (const std::bad_alloc&) {  // what it held is free again
} catch (const std::exception& e) {
  log::error("runtime", "BUG: a task ended with: {}", e.what());
}

void TaskScope::ended(std::list<Entry>::iterator entry) noexcept {
  // A cancellation that was emitted off the shard's thread may be on its way through the executor's queue, and uses the
  // entry: it must be off the list only behind that.
  entry->ended = true;
  try {
    asio::post(executor_, [this, entry] {
      tasks_.erase(entry);
      if (tasks_.empty()) empty_.cancel();
    });
  } catch (const std::bad_alloc&) {  // the next spawn() or close() takes it off
    entry->lost = true;
    ++lost_;
    empty_.cancel();
  }
}

void TaskScope::sweep_lost() noexcept {
  for (auto entry = tasks_.begin(); lost_ > 0 && entry != tasks_.end();) {
    auto next = std::next(entry);
    if (entry->lost) {
      tasks_.erase(entry);
      --lost_;
    }
    entry = next;
  }
}

void TaskScope::cancel(Task task) {
  task->cancelled = true;
  if (task->started && !task->ended) task->signal.emit(asio::cancellation_type::terminal);
}

void TaskScope::cancel() {
  closed_ = true;
  for (auto& task : tasks_) cancel(&task);
}

asio::awaitable<void> TaskScope::close() {
  // The setting belongs to the caller's whole task, hence it is put back.
  bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  cancel();
  while (true) {
    sweep_lost();
    if (tasks_.empty()) break;
    boost::system::error_code ignored;  // the wait ends by cancel(): that is its purpose
    co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
}

asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  boost::system::error_code failure;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
  co_return !failure;
}

}  // namespace holter::runtime
