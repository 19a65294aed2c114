#include "runtime/task_scope.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/check.h"
#include "base/log.h"

namespace holter::runtime {

TaskScope::TaskScope(Executor executor)
    : executor_(executor), empty_(executor, asio::steady_timer::time_point::max()) {}

TaskScope::~TaskScope() {
  CHECK(tasks_.empty());
}

TaskScope::Task TaskScope::spawn(asio::awaitable<void> task) {
  if (closed_) return nullptr;
  auto signal = tasks_.emplace(tasks_.end());
  auto ended = [this, signal](std::exception_ptr failure) {
    if (failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const boost::system::system_error& e) {
        // A cancelled wait that nobody translated: the normal end of a closed task.
        if (e.code() != asio::error::operation_aborted) log::error("runtime", "BUG: a task ended with: {}", e.what());
      } catch (const std::exception& e) {
        log::error("runtime", "BUG: a task ended with: {}", e.what());
      }
    }
    tasks_.erase(signal);
    if (tasks_.empty()) empty_.cancel();
  };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
  return &*signal;
}

void TaskScope::cancel() {
  closed_ = true;
  // A cancelled task may end within emit() and take its own signal off the list (no other): step on before.
  for (auto it = tasks_.begin(); it != tasks_.end();) (it++)->emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> TaskScope::close() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  cancel();
  while (!tasks_.empty()) {
    boost::system::error_code ignored;  // the wait ends by cancel(): that is its purpose
    co_await empty_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<bool> sleep_for(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  boost::system::error_code failure;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
  co_return !failure;
}

}  // namespace holter::runtime
