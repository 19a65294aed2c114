#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "runtime/shard.h"

namespace holter::history {

/// Something that one coroutine waits for and another one tells. Look, then wait: on one thread nothing is missed in
/// between. Threads: the executor's. One waiter at a time.
class Signal {
 public:
  explicit Signal(runtime::Executor executor)
      : timer_(std::make_shared<boost::asio::steady_timer>(executor, boost::asio::steady_timer::time_point::max())) {}

  void tell() { timer_->cancel(); }
  /// For callbacks that may run after this object's end.
  std::function<void()> teller() {
    return [timer = timer_] { timer->cancel(); };
  }
  boost::asio::awaitable<void> wait(MonoTime until = MonoTime::max()) {
    timer_->expires_at(until);
    boost::system::error_code ignored;  // told, cancelled or over: the caller looks
    co_await timer_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

 private:
  std::shared_ptr<boost::asio::steady_timer> timer_;
};

}  // namespace holter::history
