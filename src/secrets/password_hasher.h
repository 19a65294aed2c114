#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "runtime/blocking_pool.h"
#include "secrets/password_hash.h"
#include "secrets/secret_text.h"

namespace holter::secrets {

struct PasswordVerdict {
  bool matches = false;
  bool needs_rehash = false;  ///< it matches, but its hash has another cost: hash() it again, and store that
};

/// Hashes and verifies passwords by Argon2id, one at a time on a thread of its own, so that no number of logins takes
/// more than one calculation's memory; a few more wait, and what comes beyond is refused. One for the process.
/// Threads: hash() and verify() from any shard. Lifetime: must end before those shards; the account outlives it.
class PasswordHasher {
 public:
  struct Options {
    memory::Account* account =
        nullptr;        ///< charged with the calculation's memory, which is outside the allocator's cap
    PasswordCost cost;  ///< cost_for(the budget)
    std::size_t max_waiting = 8;
  };
  explicit PasswordHasher(const Options& options);

  /// The text to store. Errors: kInvalidArgument (check_new_password()), kResourceExhausted (too many wait, or no
  /// memory for it), kTimeout at `deadline`, kCancelled.
  boost::asio::awaitable<Result<std::string>> hash(SecretText password, std::string user, MonoTime deadline);

  /// Without `stored`, for an unknown user, it takes as long and does not match. Errors: kResourceExhausted,
  /// kTimeout at `deadline`, kCancelled; kCorruption when `stored` cannot be understood, after the same time.
  boost::asio::awaitable<Result<PasswordVerdict>> verify(std::optional<std::string> stored, SecretText password,
                                                         MonoTime deadline);

  struct Stats {
    std::uint64_t calculated = 0;
    std::uint64_t refused = 0;  ///< for want of memory, or because too many waited
    std::size_t waiting = 0;
  };
  Stats stats() const;

 private:
  template <class T>
  boost::asio::awaitable<Result<T>> run(SecretText password, std::function<Result<T>(std::string_view)> work,
                                        MonoTime deadline, std::string what);
  /// Takes the memory of one calculation. Errors: kResourceExhausted.
  Result<memory::Reservation> charge(PasswordCost cost);
  Result<PasswordVerdict> verify_now(const std::optional<std::string>& stored, std::string_view password);

  memory::Account* const account_;
  const PasswordCost cost_;
  const PasswordHash dummy_;
  std::atomic<std::uint64_t> calculated_{0}, refused_{0};
  runtime::BlockingPool pool_;  ///< last: waits for a calculation that still runs
};

}  // namespace holter::secrets
