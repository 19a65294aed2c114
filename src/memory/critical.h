#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "memory/account.h"

namespace holter::memory {

/// Pays for rounds: from the common account, and, where that refuses, those of critical monitors from bytes that nobody
/// else can take. The reserve's account must have a floor as high as its limit (memory::apply() gives `critical` one).
/// Threads: any. Lifetime: the accounts must outlive it; reservations may outlive it.
class Reserve {
 public:
  Reserve(Account& common, Account& critical) : common_(&common), critical_(&critical) {}

  /// Errors: kResourceExhausted, naming the account that was asked last.
  Result<Reservation> reserve(std::size_t bytes, bool critical);

  std::uint64_t from_reserve() const { return from_reserve_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  std::uint64_t refused_critical() const { return refused_critical_.load(std::memory_order_relaxed); }

 private:
  Account* common_;
  Account* critical_;
  std::atomic<std::uint64_t> from_reserve_{0}, refused_{0}, refused_critical_{0};
};

}  // namespace holter::memory
