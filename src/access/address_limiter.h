#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::access {

struct AddressLimiterOptions {
  std::uint32_t burst = 20;      ///< attempts at once
  milliseconds interval{3'000};  ///< then one in this time
  std::size_t most = 4'096;      ///< addresses that are remembered; the one that has waited longest goes
};

/// How many attempts come from where: a token bucket for each address (an IPv6 network of 64 bits counts as one, RFC
/// 6177), as GCRA (ITU-T I.371), one time for each. Threads: one shard's.
class AddressLimiter {
 public:
  AddressLimiter(const Clock& clock, memory::Account& account, const AddressLimiterOptions& options = {});

  /// Counts an attempt. Zero when it may be made; else how long to wait, and it is not counted. What is no address is
  /// one together. Errors: kResourceExhausted when the account has no room for another address.
  Result<seconds> take(std::string_view address);

  std::size_t addresses() const { return table_.size(); }

 private:
  Status make_room();

  const Clock& clock_;
  const AddressLimiterOptions options_;
  std::unordered_map<std::string, MonoTime> table_;  // when the bucket is full again
  memory::Reservation memory_;
};

}  // namespace holter::access
