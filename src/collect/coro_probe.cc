#include "collect/coro_probe.h"

#include <cstdint>
#include <exception>
#include <new>
#include <utility>

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

boost::asio::awaitable<void> CoroProbe::drive(CoroProbe* probe, Attempt* attempt, memory::Reservation charged) {
  Outcome outcome;
  try {
    outcome = co_await probe->run(*attempt);
  } catch (const std::bad_alloc&) {
    outcome = {ResultCode::kUnavailable, "cannot collect: the allocator's cap is reached"};
  } catch (const std::exception& e) {  // a cancelled wait that nobody translated, or a library's surprise
    outcome = {ResultCode::kFail, e.what()};
  }
  charged.reset();  // finish() may start what waits for these bytes
  attempt->finish(outcome.code, outcome.message);
}

void CoroProbe::start(Attempt& attempt) {
  auto charged = attempt.services().answers.reserve(kRunningBytes);
  if (!charged) return attempt.finish(ResultCode::kUnavailable, charged.error().message());
  auto task = attempt.services().scope.spawn(drive(this, &attempt, std::move(*charged)));
  attempt.probe_word = reinterpret_cast<std::uintptr_t>(task);
  if (task == nullptr) attempt.finish(ResultCode::kUnavailable, "cannot collect: shutting down");
}

void CoroProbe::cancel(Attempt& attempt) {
  // The task lives until it has called finish(), after which nobody may cancel this attempt.
  runtime::TaskScope::cancel(reinterpret_cast<runtime::TaskScope::Task>(attempt.probe_word));
}

}  // namespace holter::collect
