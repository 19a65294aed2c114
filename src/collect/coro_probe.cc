#include "collect/coro_probe.h"

#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include "collect/fixed_text.h"
#include "runtime/task_scope.h"

namespace holter::collect {

using model::ResultCode;

Outcome outcome_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kResourceExhausted:  // our own want of memory is never the target's fault
      return {ResultCode::kUnavailable, error.message()};
    case ErrorCode::kNotFound:
      return {ResultCode::kUnreachable, error.message()};
    case ErrorCode::kUnavailable:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kProtocolViolation:
    case ErrorCode::kTimeout:
      return {ResultCode::kUnconnectable, error.message()};
    default:
      return {ResultCode::kFail, error.message()};
  }
}

/// Ends the attempt in any case: when memory is refused, Asio may drop a coroutine wherever it is.
class CoroProbe::Ending {
 public:
  explicit Ending(Attempt& attempt) : attempt_(&attempt) {}
  Ending(Ending&& other) noexcept : attempt_(std::exchange(other.attempt_, nullptr)) {}
  Ending& operator=(Ending&&) = delete;
  ~Ending() { finish(ResultCode::kUnavailable, kNoMemory); }

  Attempt& attempt() const { return *attempt_; }
  void finish(ResultCode code, std::string_view message) {
    if (auto* attempt = std::exchange(attempt_, nullptr)) attempt->finish(code, message);
  }

  static constexpr std::string_view kNoMemory = "cannot collect: the allocator's cap is reached";

 private:
  Attempt* attempt_;
};

boost::asio::awaitable<void> CoroProbe::drive(CoroProbe* probe, Ending ending, memory::Reservation charged) {
  Outcome outcome;
  auto message = std::string_view();
  try {
    outcome = co_await probe->run(ending.attempt());
    message = outcome.message;
  } catch (const std::bad_alloc&) {
    outcome.code = ResultCode::kUnavailable;
    message = Ending::kNoMemory;
  } catch (const std::exception& e) {  // a cancelled wait that nobody translated, or a library's surprise
    outcome.code = ResultCode::kFail;
    FixedText<256> text;
    ending.attempt().note_held(charged.bytes());
    charged.reset();
    ending.finish(outcome.code, text.format("{}", e.what()));
    co_return;
  }
  ending.attempt().note_held(charged.bytes());
  charged.reset();  // finish() may start what waits for these bytes
  ending.finish(outcome.code, message);
}

void CoroProbe::start(Attempt& attempt) {
  auto charged = attempt.reserve(kRunningBytes);
  if (!charged) return attempt.finish(ResultCode::kUnavailable, charged.error().message());
  auto& scope = attempt.services().scope;
  if (scope.closed()) return attempt.finish(ResultCode::kUnavailable, "cannot collect: shutting down");
  attempt.probe_word = 0;
  try {
    auto task = scope.spawn(drive(this, Ending(attempt), std::move(*charged)));
    if (task != nullptr) attempt.probe_word = reinterpret_cast<std::uintptr_t>(task);
  } catch (const std::bad_alloc&) {  // the task was dropped, and has ended the attempt as it went
  }
}

void CoroProbe::cancel(Attempt& attempt) {
  // The task lives until it has called finish(), after which nobody may cancel this attempt.
  runtime::TaskScope::cancel(reinterpret_cast<runtime::TaskScope::Task>(attempt.probe_word));
}

}  // namespace holter::collect
