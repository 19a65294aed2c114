#include "runtime/deadline.h"

#include <boost/asio/redirect_error.hpp>

namespace holter::runtime {

asio::awaitable<void> wait_until(MonoTime deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  boost::system::error_code ignored;  // a cancelled wait is over, too
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace holter::runtime
