#include "runtime/task_scope.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace holter::runtime {
namespace {

constexpr std::chrono::milliseconds kSweep{100};  // how often close() looks for tasks that ended without a word

}  // namespace

TaskScope::TaskScope(Executor executor)
    : executor_(executor), empty_(executor, asio::steady_timer::time_point::max()) {}

TaskScope::~TaskScope() {
  CHECK(tasks_.empty());
}

TaskScope::Task TaskScope::spawn(asio::awaitable<void> task) {
  if (closed_) return nullptr;
  auto entry = tasks_.emplace(tasks_.end());
  try {
    // co_spawn() alone would run the task up to its first wait within this call.
    asio::post(executor_, [this, entry, task = std::move(task)]() mutable { start(entry, std::move(task)); });
  } catch (const std::bad_alloc&) {
    tasks_.erase(entry);
    throw;
  }
  return &*entry;
}

void TaskScope::start(std::list<Entry>::iterator entry, asio::awaitable<void> task) {
  entry->started = true;
  try {
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(entry->signal.slot(),
                                                [this, entry](std::exception_ptr failure) { ended(entry, failure); }));
  } catch (const std::bad_alloc&) {  // it has never run, and nobody else will say so
    if (!entry->ended) ended(entry, std::current_exception());
    return;
  }
  if (entry->cancelled && !entry->ended) entry->signal.emit(asio::cancellation_type::terminal);
}

void TaskScope::ended(std::list<Entry>::iterator entry, std::exception_ptr failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error& e) {
    // A cancelled wait that nobody translated: the normal end of a closed task.
    if (e.code() != asio::error::operation_aborted) log::error("runtime", "BUG: a task ended with: {}", e.what());
  } catch (const std::bad_alloc&) {
    log::error("runtime", "cannot go on with a task: the allocator has no memory left");
  } catch (const std::exception& e) {
    log::error("runtime", "BUG: a task ended with: {}", e.what());
  }
  // A cancellation that was emitted off the shard's thread may be on its way through the executor's queue, and uses the
  // entry: it must be off the list only behind that.
  entry->ended = true;
  try {
    asio::post(executor_, [this, entry] {
      tasks_.erase(entry);
      sweep();
    });
  } catch (const std::bad_alloc&) {
    entry->forgotten = true;
    ++forgotten_;
  }
}

void TaskScope::sweep() {
  if (forgotten_ > 0) forgotten_ -= std::erase_if(tasks_, [](const Entry& entry) { return entry.forgotten; });
  if (tasks_.empty()) empty_.cancel();
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
  while (!tasks_.empty()) {
    boost::system::error_code ignored;  // the wait ends by cancel(): that is its purpose
    try {
      empty_.expires_after(kSweep);
      co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    } catch (const std::bad_alloc&) {  // tried again: whoever closes must not go on before the last task has ended
    }
    sweep();
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
