#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace holter::testing {

/// A deadline that a test expects not to meet.
inline MonoTime soon(milliseconds after = seconds(20)) {
  return std::chrono::steady_clock::now() + after;
}

namespace detail {
template <class T>
boost::asio::awaitable<void> store(boost::asio::awaitable<T> task, std::optional<T>* result) {
  result->emplace(co_await std::move(task));
}
}  // namespace detail

/// Runs `context` until `task` has ended, and gives its result. A task that has not ended after 60 s fails the test.
template <class T>
T run_task(boost::asio::io_context& context, boost::asio::awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(context, detail::store(std::move(task), &result), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.restart();
  auto latest = soon(seconds(60));
  while (!result && context.run_one_until(latest) > 0) {
  }
  if (!result) {
    ADD_FAILURE() << "the task did not end";
    std::abort();
  }
  return std::move(*result);
}

/// Runs `context` until `done()`, which may also look at what other threads do; at most 60 s. False when the time is up.
template <class Done>
bool run_until(boost::asio::io_context& context, Done done) {
  auto latest = soon(seconds(60));
  while (!done()) {
    if (std::chrono::steady_clock::now() > latest) return false;
    context.restart();
    context.run_one_for(milliseconds(5));
  }
  return true;
}

}  // namespace holter::testing
