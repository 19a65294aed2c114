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

/// A probe written as a coroutine: override run(). Cancellation and the deadline are taken care of: run()'s waits end
/// with operation_aborted, and whatever it returns then is ignored.
class CoroProbe : public Probe {
 public:
  void start(Attempt& attempt) final;
  void cancel(Attempt& attempt) final;

 protected:
  /// The attempt outlives the coroutine. Fill attempt.table() on success.
  virtual boost::asio::awaitable<Outcome> run(Attempt& attempt) = 0;
};

}  // namespace holter::collect
