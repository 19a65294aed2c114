#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "collect/plugin.h"

namespace holter::collect {

/// How a coroutine probe ended.
struct Outcome {
  model::ResultCode code = model::ResultCode::kSuccess;
  std::string message;
};

/// Maps an error of net/ to the result codes of the definition format, section 3.3.
Outcome outcome_of(const Error& error);

/// A probe written as a coroutine: override run(). Its waits should end at attempt.deadline() with a message that says
/// what was waited for; what has not ended a moment after is cancelled: then the waits end with operation_aborted, and
/// what run() returns is ignored.
class CoroProbe : public Probe {
 public:
  void start(Attempt& attempt) final;
  void cancel(Attempt& attempt) final;
  milliseconds grace() const final { return milliseconds(250); }

 protected:
  /// The attempt outlives the coroutine. Fill attempt.table() on success.
  virtual boost::asio::awaitable<Outcome> run(Attempt& attempt) = 0;

 private:
  static boost::asio::awaitable<void> drive(CoroProbe* probe, Attempt* attempt);
};

}  // namespace holter::collect
