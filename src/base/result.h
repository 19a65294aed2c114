#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace holter {

/// Why an operation did not succeed. Values are stable: they are stored and exported as the
/// `error_code` label of metrics. Add at the end; never reuse a number.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument = 1,  ///< our own user or configuration is wrong; retrying cannot help
  kNotFound = 2,
  kTimeout = 3,            ///< the deadline passed
  kUnavailable = 4,        ///< peer refused, unreachable, or closed the connection
  kUnauthenticated = 5,    ///< peer rejected our credentials
  kProtocolViolation = 6,  ///< peer answered something this protocol does not allow
  kResourceExhausted = 7,  ///< the memory budget or another limit said no
  kCancelled = 8,          ///< we are shutting down or the job was removed
  kCorruption = 9,         ///< stored bytes fail their checksum or format
  kIo = 10,
  kInternal = 11,   ///< a bug in this program
  kTooLarge = 12,   ///< peer sent more than this program takes
  kConflict = 13,   ///< it exists already, or was changed since it was read
  kForbidden = 14,  ///< we know who asks, and he may not do that
};

/// An expected failure: a stable code, and a message that says what was tried, with values quoted.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same error with "<context>: " in front of the message; use it where a caller knows
  /// what was being attempted ("open segment 17"). Once per layer.
  Error with_context(std::string_view context) && {
    message_.insert(0, ": ").insert(0, context);
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  std::string message_;
};

/// The code's name as it stands in metrics and messages, e.g. "timeout".
std::string_view to_string(ErrorCode code);

/// Either a T or an Error.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}  // NOLINT: implicit on purpose
  Result(Base base) : Base(std::move(base)) {}                    // NOLINT: implicit on purpose
};

/// A Result that carries no value: `return {};` on success.
using Status = Result<void>;

}  // namespace holter

// The only control-flow macros of this project.
//   TRY(auto bytes, read(path));                 in a function that returns Result or Status
//   CO_TRY(auto reply, co_await send(request));  in a coroutine
//   TRY_OK / CO_TRY_OK                           when there is no value to keep
#define HOLTER_CONCAT_(a, b) a##b
#define HOLTER_CONCAT(a, b) HOLTER_CONCAT_(a, b)
#define HOLTER_TRY_(ret, tmp, decl, ...)            \
  auto tmp = (__VA_ARGS__);                         \
  if (!tmp.has_value()) ret std::move(tmp).error(); \
  decl = std::move(*tmp)
#define HOLTER_TRY_OK_(ret, ...)                                          \
  do {                                                                    \
    auto holter_status = (__VA_ARGS__);                                   \
    if (!holter_status.has_value()) ret std::move(holter_status).error(); \
  } while (false)
#define TRY(decl, ...) HOLTER_TRY_(return, HOLTER_CONCAT(holter_result_, __COUNTER__), decl, __VA_ARGS__)
#define CO_TRY(decl, ...) HOLTER_TRY_(co_return, HOLTER_CONCAT(holter_result_, __COUNTER__), decl, __VA_ARGS__)
#define TRY_OK(...) HOLTER_TRY_OK_(return, __VA_ARGS__)
#define CO_TRY_OK(...) HOLTER_TRY_OK_(co_return, __VA_ARGS__)
