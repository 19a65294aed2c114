#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/result.h"

namespace holter::net {

/// Cancels what a socket waits for when the time is up. Stands around one wait; the socket outlives it.
template <class Socket>
class Watchdog {
 public:
  Watchdog(Socket& socket, MonoTime deadline) : timer_(socket.get_executor(), deadline) {
    state_->socket = &socket;
    timer_.async_wait([state = state_](boost::system::error_code failure) {
      // The timer may have run out in the same moment as the wait ended: then the socket is no longer there.
      if (failure || state->socket == nullptr) return;
      state->expired = true;
      boost::system::error_code ignored;  // a socket that is closed already waits for nothing
      state->socket->cancel(ignored);
    });
  }
  ~Watchdog() {
    state_->socket = nullptr;
    timer_.cancel();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  bool expired() const { return state_->expired; }

 private:
  struct State {
    Socket* socket = nullptr;
    bool expired = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  boost::asio::steady_timer timer_;
};

/// What the failure of a wait means: kTimeout, kCancelled or kUnavailable, "cannot <what> <peer>: ...".
inline Error socket_error(const boost::system::error_code& failure, bool expired, std::string_view what,
                          const std::string& peer) {
  if (expired) return {ErrorCode::kTimeout, fmt::format("cannot {} {}: no answer in time", what, peer)};
  if (failure == boost::asio::error::operation_aborted)
    return {ErrorCode::kCancelled, fmt::format("cannot {} {}: cancelled", what, peer)};
  auto reason = failure == boost::asio::error::eof ? std::string("the peer closed the connection") : failure.message();
  return {ErrorCode::kUnavailable, fmt::format("cannot {} {}: {}", what, peer, reason)};
}

}  // namespace holter::net
