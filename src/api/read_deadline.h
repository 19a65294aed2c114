#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "api/wire.h"
#include "base/clock.h"

namespace holter::api {

/// Ends the reads of a wire at a time without closing it, so that the peer can still be told why (408). The wire's own
/// deadline would close it. A read that begins just as the time comes is missed: set the wire's own deadline a little
/// later, too. Threads: the wire's executor. Lifetime: the wire outlives it.
class ReadDeadline {
 public:
  ReadDeadline(Wire& wire, MonoTime at)
      : state_(std::make_shared<State>(&wire, boost::asio::steady_timer(wire.get_executor(), at))) {
    state_->timer.async_wait([state = state_](boost::system::error_code cancelled) {
      if (cancelled || state->wire == nullptr) return;
      state->passed = true;
      state->wire->cancel();
    });
  }
  ~ReadDeadline() {
    state_->wire = nullptr;
    state_->timer.cancel();
  }
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

  bool passed() const { return state_->passed; }

 private:
  struct State {
    State(Wire* w, boost::asio::steady_timer t) : wire(w), timer(std::move(t)) {}
    Wire* wire;  // null: this object is gone, the timer's handler is still on its way
    boost::asio::steady_timer timer;
    bool passed = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace holter::api
