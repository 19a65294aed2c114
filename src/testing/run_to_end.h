#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include <gtest/gtest.h>

namespace holter::testing {

/// Runs a coroutine on the test's own thread until it has ended; a test that hangs fails after ten seconds.
inline void run_to_end(boost::asio::io_context& context, boost::asio::awaitable<void> body) {
  bool ended = false;
  boost::asio::co_spawn(context, std::move(body), [&](const std::exception_ptr& failure) {
    ended = true;
    context.stop();
    if (failure) std::rethrow_exception(failure);
  });
  context.run_for(std::chrono::seconds(10));
  context.restart();
  EXPECT_TRUE(ended) << "the coroutine hangs";
}

}  // namespace holter::testing
