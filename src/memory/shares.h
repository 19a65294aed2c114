#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"

namespace holter::memory {

/// The parts into which the ledger is divided; each is an account right below the root, of the same name.
enum class Share : std::uint8_t { kMonitors, kCollect, kCritical, kLatest, kBatches, kHistory, kApi };
constexpr std::size_t kShares = 7;
constexpr std::array<std::string_view, kShares> kShareNames = {"monitors", "collect", "critical", "latest",
                                                               "batches",  "history", "api"};
constexpr std::string_view to_string(Share share) {
  return kShareNames[static_cast<std::size_t>(share)];
}

/// What each part is guaranteed, in percent of what the ledger may hold (memory.shares.<name>). What nobody is
/// guaranteed is a common pool, from which all may borrow but `api`, which must not take from monitoring, and
/// `critical`, the reserve for rounds of critical monitors.
struct Shares {
  std::array<double, kShares> percent = {10, 15, 3, 10, 6, 6, 6};

  double of(Share share) const { return percent[static_cast<std::size_t>(share)]; }
};
constexpr bool may_borrow(Share share) {
  return share != Share::kApi && share != Share::kCritical;
}

/// Whether pausing monitors gives its bytes back. What being known and the newest states take stays; there admission is
/// the remedy, not pressure.
constexpr bool yields_to_pressure(Share share) {
  return share == Share::kCollect || share == Share::kBatches || share == Share::kHistory;
}

/// Errors: kInvalidArgument, naming all shares, when they add up to more than 100 % or one is not within 0 and 100.
Status check(const Shares& shares);

/// Divides the ledger: sets the limit of the root and floor and limit of each share. At start, and again whenever the
/// budget or the shares change, while others reserve. Nothing fails half-way: floors that fall come first, then the
/// limits, then floors that rise, the reserve for critical monitors before the others; where the bytes in use leave no
/// room, unused floors are cut (the reserve last) and growth is refused. Returns the bytes that must be given back
/// before all of it is in force; while that is not 0, call again now and then.
/// Errors: those of check(), and then nothing has changed.
Result<std::uint64_t> apply(const Shares& shares, Budget& budget, std::uint64_t ledger_limit);

}  // namespace holter::memory
