#include "runtime/deadline.h"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

namespace holter::runtime {

asio::awaitable<void> wait_until(MonoTime deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  boost::system::error_code ignored;  // a cancelled wait is over, too
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Error error_of(const std::exception_ptr& failure, std::string_view what) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kResourceExhausted, fmt::format("cannot {}: the allocator has no memory left", what)};
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted)
      return {ErrorCode::kCancelled, fmt::format("cannot {}: cancelled", what)};
    return {ErrorCode::kInternal, fmt::format("BUG: cannot {}: {}", what, e.what())};
  } catch (const std::exception& e) {
    return {ErrorCode::kInternal, fmt::format("BUG: cannot {}: {}", what, e.what())};
  } catch (...) {
    return {ErrorCode::kInternal, fmt::format("BUG: cannot {}: an exception of an unknown type", what)};
  }
}

}  // namespace holter::runtime
