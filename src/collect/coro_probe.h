#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string_view>

#include "collect/plugin.h"
#include "memory/account.h"

namespace holter::collect {

/// Maps an error of net/ to the result codes of the definition format, section 3.3.
Outcome outcome_of(const Error& error);

/// A probe written as a coroutine: override run(). Its waits should end at attempt.deadline() with a message that says
/// what was waited for; what has not ended a moment after is cancelled: then the waits end with operation_aborted, and
/// what run() returns is ignored.
///
/// An attempt that runs holds kRunningBytes on the account for answers; when that is refused, it fails at once.
class CoroProbe : public Probe {
 public:
  /// Coroutine frames, timers and buffers of a running attempt, besides what net/ charges itself (measured by
  /// protocols/telnet/memory_test and protocols/http/memory_test).
  static constexpr std::size_t kRunningBytes = 12 * 1024;

  void start(Attempt& attempt) final;
  void cancel(Attempt& attempt) final;
  milliseconds grace() const final { return milliseconds(250); }

 protected:
  /// The attempt outlives the coroutine. Fill attempt.table() on success.
  virtual boost::asio::awaitable<Outcome> run(Attempt& attempt) = 0;

 private:
  class Ending;
  static boost::asio::awaitable<void> drive(CoroProbe* probe, Ending ending, memory::Reservation charged);
};

}  // namespace holter::collect
