#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/deadline.h"
#include "runtime/shard.h"

namespace holter::runtime {

/// A few threads for calls that block (file sync, libraries without a non-blocking interface), with a bounded queue.
/// Threads: run() from any shard; post_job() from any thread. Destruction waits for running calls; waiting ones are
/// dropped, and who awaits them goes on at the deadline. Lifetime: must end before the shards that call run(): a call
/// that is late still resumes on them.
class BlockingPool {
 public:
  /// At most `max_waiting` calls wait; one more is refused (kResourceExhausted).
  BlockingPool(std::size_t threads, std::size_t max_waiting);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` (returns Result<T>) on a pool thread and resumes on the caller's executor. At `deadline` the caller
  /// goes on with kTimeout; a call that has begun cannot be stopped and holds its thread until it returns, so `work`
  /// must own all that it touches; one that has not begun never will. Errors: those of `work`, what its exceptions mean
  /// (see error_of()), kTimeout, kCancelled, kResourceExhausted (the queue is full).
  template <class T>
  asio::awaitable<Result<T>> run(std::function<Result<T>()> work, MonoTime deadline, std::string what);

  /// False when the queue is full. An exception of `job` is logged; the thread goes on.
  bool post_job(std::function<void()> job);

  struct Stats {
    std::size_t threads = 0, busy = 0, waiting = 0;
    std::uint64_t done = 0, refused = 0;
  };
  Stats stats() const;

 private:
  void work();
  void run_job(const std::function<void()>& job);

  const std::size_t max_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::size_t busy_ = 0;
  std::uint64_t done_ = 0, refused_ = 0;
  std::vector<std::thread> threads_;
};

template <class T>
asio::awaitable<Result<T>> BlockingPool::run(std::function<Result<T>()> work, MonoTime deadline, std::string what) {
  // Shared by the pool thread and the waiting coroutine, whichever is later.
  struct State {
    std::mutex mutex;
    std::optional<Result<T>> result;
    bool abandoned = false;
    std::shared_ptr<asio::steady_timer> done;
  };
  auto executor = co_await asio::this_coro::executor;
  auto state = std::make_shared<State>();
  state->done = std::make_shared<asio::steady_timer>(executor, deadline);
  auto job = [state, executor, what, work = std::move(work)] {
    {
      std::scoped_lock lock(state->mutex);
      if (state->abandoned) return;  // the deadline passed while this call waited in the queue
    }
    std::exception_ptr failure;
    auto result = [&]() -> Result<T> {
      try {
        return work();
      } catch (...) {
        failure = std::current_exception();
      }
      return error_of(failure, what);
    }();
    std::scoped_lock lock(state->mutex);
    state->result.emplace(std::move(result));
    asio::post(executor, [done = state->done] { done->cancel(); });
  };
  if (!post_job(std::move(job)))
    co_return Error(ErrorCode::kResourceExhausted,
                    fmt::format("cannot {}: all {} blocking threads are busy and {} calls wait", what, stats().threads,
                                max_waiting_));
  // A result that arrives before the wait begins has been posted behind it on the same executor, so none is missed.
  boost::system::error_code ignored;
  co_await state->done->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  auto cancellation = co_await asio::this_coro::cancellation_state;
  std::scoped_lock lock(state->mutex);
  if (state->result) co_return std::move(*state->result);
  state->abandoned = true;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    co_return Error(ErrorCode::kCancelled, fmt::format("cannot {}: cancelled", what));
  co_return Error(ErrorCode::kTimeout, fmt::format("cannot {}: no answer in time", what));
}

}  // namespace holter::runtime
