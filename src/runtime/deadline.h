#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/shard.h"

namespace holter::runtime {

/// The deadline of a real wait: `d` from now on the clock that Asio's timers run by. Parts that a test must be able to
/// set the time of take a Clock instead.
inline MonoTime deadline_in(std::chrono::nanoseconds d) {
  return std::chrono::steady_clock::now() + d;
}
inline bool has_passed(MonoTime deadline) {
  return deadline <= std::chrono::steady_clock::now();
}

/// Waits until `deadline`; cancelled waits end early without a word.
asio::awaitable<void> wait_until(MonoTime deadline);

/// What an exception that ended `what` means: kCancelled for an aborted wait, kResourceExhausted for std::bad_alloc,
/// kInternal ("BUG: ...") for any other.
Error error_of(const std::exception_ptr& failure, std::string_view what);

/// Stands in the frame of a coroutine that starts others side by side and waits for them. Where the allocator has
/// nothing left to start the second one, the first has been started already, though the frame that its work refers to
/// is gone: it looks here before it begins.
class Presence {
 public:
  Presence() : here_(std::make_shared<bool>(true)) {}
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() { *here_ = false; }
  std::shared_ptr<const bool> token() const { return here_; }

 private:
  std::shared_ptr<bool> here_;
};

/// `work`, with exceptions as errors (see error_of()). With the token of a Presence it does not begin once that is
/// gone.
template <class T>
asio::awaitable<Result<T>> guarded(asio::awaitable<Result<T>> work, std::string what,
                                   std::shared_ptr<const bool> present = nullptr) {
  if (present && !*present) co_return Error(ErrorCode::kCancelled, "cannot begin");
  std::exception_ptr failure;
  try {
    co_return co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  co_return error_of(failure, what);
}

/// Runs `work`, but not beyond `deadline`: then it is cancelled (and its end awaited) and the result is kTimeout,
/// "cannot <what>: no answer in time"; kCancelled when the caller was cancelled before that. Work that runs must honour
/// cancellation: every Asio wait does. An exception of `work` becomes an error at once (see error_of()).
template <class T>
asio::awaitable<Result<T>> with_deadline(MonoTime deadline, asio::awaitable<Result<T>> work, std::string what) {
  using namespace asio::experimental::awaitable_operators;
  if (has_passed(deadline)) co_return Error(ErrorCode::kTimeout, fmt::format("cannot {}: no time left", what));
  Presence here;
  auto first = co_await (guarded(std::move(work), what, here.token()) || wait_until(deadline));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    co_return Error(ErrorCode::kCancelled, fmt::format("cannot {}: cancelled", what));
  co_return Error(ErrorCode::kTimeout, fmt::format("cannot {}: no answer in time", what));
}

}  // namespace holter::runtime
