#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/shard.h"

namespace holter::runtime {

/// Waits until `deadline`; cancelled waits end early without a word.
asio::awaitable<void> wait_until(MonoTime deadline);

/// Runs `work`, but not beyond `deadline`: then it is cancelled (and its end awaited) and the result is kTimeout,
/// "cannot <what>: no answer in time". Work that runs must honour cancellation: every Asio wait does.
template <class T>
asio::awaitable<Result<T>> with_deadline(MonoTime deadline, asio::awaitable<Result<T>> work, std::string what) {
  using namespace asio::experimental::awaitable_operators;
  if (deadline <= std::chrono::steady_clock::now())
    co_return Error(ErrorCode::kTimeout, fmt::format("cannot {}: no time left", what));
  auto first = co_await (std::move(work) || wait_until(deadline));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return Error(ErrorCode::kTimeout, fmt::format("cannot {}: no answer in time", what));
}

}  // namespace holter::runtime
