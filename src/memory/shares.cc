#include "memory/shares.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace holter::memory {
namespace {

// Whose unused floor is cut first when there is not enough for all; floors are restored in reverse.
constexpr std::array<Share, kShares> kCutOrder = {Share::kApi,      Share::kHistory, Share::kBatches, Share::kLatest,
                                                  Share::kMonitors, Share::kCollect, Share::kCritical};

constexpr double kRounding = 1e-9;  // 33.3 + 33.3 + 33.4 is not 100 in binary

Account& account_of(Budget& budget, Share share) {
  return budget.account(to_string(share));
}

std::size_t bytes_of(double percent, std::uint64_t limit) {
  return static_cast<std::size_t>(static_cast<double>(limit) * percent / 100);
}

/// "monitors 40 %, collect 15 %, ..."
std::string listed(const Shares& shares) {
  std::string text;
  for (std::size_t i = 0; i < kShares; ++i)
    text += fmt::format("{}{} {:g} %", i == 0 ? "" : ", ", kShareNames[i], shares.percent[i]);
  return text;
}

double sum_of(const Shares& shares) {
  double sum = 0;
  for (auto percent : shares.percent) sum += percent;
  return sum;
}

}  // namespace

Status check(const Shares& shares) {
  for (std::size_t i = 0; i < kShares; ++i)
    if (!(shares.percent[i] >= 0 && shares.percent[i] <= 100))  // not a number, too
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot divide memory.budget: memory.shares.{} is {:g} %, a share is from 0 to 100 %",
                               kShareNames[i], shares.percent[i]));
  if (auto sum = sum_of(shares); sum > 100 + kRounding)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot divide memory.budget: the shares add up to {:g} %, at most 100 % are there: {}",
                             sum, listed(shares)));
  return {};
}

Result<std::uint64_t> apply(const Shares& shares, Budget& budget, std::uint64_t ledger_limit) {
  TRY_OK(check(shares));
  ledger_limit = std::min<std::uint64_t>(ledger_limit, Account::kMost);
  auto pool = bytes_of(100 - std::min(100.0, sum_of(shares)), ledger_limit);
  auto floor_of = [&](Share share) { return bytes_of(shares.of(share), ledger_limit); };

  for (auto share : kCutOrder) {
    auto& account = account_of(budget, share);
    (void)account.set_floor_up_to(std::min(account.floor(), floor_of(share)));  // falling or as it is: never refused
  }
  budget.root().set_limit(ledger_limit);
  for (auto share : kCutOrder) {
    auto& account = account_of(budget, share);
    account.set_limit(floor_of(share) + (may_borrow(share) ? pool : 0));
    account.set_watched(yields_to_pressure(share));
  }
  for (auto share : kCutOrder) {
    auto granted = budget.granted();
    if (granted <= ledger_limit) break;
    auto& account = account_of(budget, share);
    (void)account.set_floor_up_to(account.floor() - std::min<std::size_t>(account.floor(), granted - ledger_limit));
  }
  std::size_t claimed = 0, claimed_by_parts = 0;
  for (auto share : kCutOrder) claimed_by_parts += account_of(budget, share).held();
  claimed = budget.used() - std::min(budget.used(), claimed_by_parts);  // what stands outside of the shares
  for (std::size_t i = kShares; i-- > 0;) {
    auto& account = account_of(budget, kCutOrder[i]);
    (void)account.set_floor_up_to(floor_of(kCutOrder[i]));  // what is missing shows in the sum below
    claimed += std::max(account.held(), floor_of(kCutOrder[i]));
  }
  return claimed - std::min<std::size_t>(claimed, ledger_limit);
}

}  // namespace holter::memory
