#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>

#include "base/clock.h"

namespace holter::api {

/// Ends the reads of a stream at a time without closing it, so that the peer can still be told why (408). The stream's
/// own deadline would close it. A read that begins just as the time comes is missed: set the stream's own deadline a
/// little later, too. Threads: the stream's executor. Lifetime: the stream outlives it.
class ReadDeadline {
 public:
  ReadDeadline(boost::beast::tcp_stream& stream, MonoTime at)
      : state_(std::make_shared<State>(&stream, boost::asio::steady_timer(stream.get_executor(), at))) {
    state_->timer.async_wait([state = state_](boost::system::error_code cancelled) {
      if (cancelled || state->stream == nullptr) return;
      state->passed = true;
      state->stream->cancel();
    });
  }
  ~ReadDeadline() {
    state_->stream = nullptr;
    state_->timer.cancel();
  }
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

  bool passed() const { return state_->passed; }

 private:
  struct State {
    State(boost::beast::tcp_stream* s, boost::asio::steady_timer t) : stream(s), timer(std::move(t)) {}
    boost::beast::tcp_stream* stream;  // null: this object is gone, the timer's handler is still on its way
    boost::asio::steady_timer timer;
    bool passed = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace holter::api
