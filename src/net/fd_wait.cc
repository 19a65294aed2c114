#include "net/fd_wait.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "runtime/deadline.h"

namespace holter::net {

namespace asio = boost::asio;

FdWait::FdWait(runtime::Executor executor, int fd) : fd_(fd), descriptor_(executor) {
  boost::system::error_code failure;  // then every wait says so
  descriptor_.assign(fd, failure);
}

FdWait::~FdWait() {
  if (descriptor_.is_open()) descriptor_.release();
}

asio::awaitable<Result<bool>> FdWait::ready(For what_for, std::string what) {
  using namespace asio::experimental::awaitable_operators;
  using Base = asio::posix::descriptor_base;
  boost::system::error_code failure, other;
  if (what_for == For::kEither) {
    co_await (descriptor_.async_wait(Base::wait_read, asio::redirect_error(asio::use_awaitable, failure)) ||
              descriptor_.async_wait(Base::wait_write, asio::redirect_error(asio::use_awaitable, other)));
    if (failure == asio::error::operation_aborted) failure = other;  // the other one was first
  } else {
    co_await descriptor_.async_wait(what_for == For::kReadable ? Base::wait_read : Base::wait_write,
                                    asio::redirect_error(asio::use_awaitable, failure));
  }
  if (failure == asio::error::operation_aborted)
    co_return Error(ErrorCode::kCancelled, fmt::format("cannot {}: cancelled", what));
  if (failure) co_return Error(ErrorCode::kIo, fmt::format("cannot {}: {}", what, failure.message()));
  co_return true;
}

asio::awaitable<Status> FdWait::wait(For what_for, MonoTime deadline, std::string what) {
  if (!descriptor_.is_open()) co_return Error(ErrorCode::kIo, fmt::format("cannot {}: no usable descriptor", what));
  auto done = co_await runtime::with_deadline(deadline, ready(what_for, what), what);
  if (!done) co_return std::move(done).error();
  co_return Status();
}

}  // namespace holter::net
