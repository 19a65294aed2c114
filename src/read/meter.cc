#include "read/meter.h"

#include <fmt/format.h>

#include "base/units.h"

namespace holter::read {

bool Meter::take(std::size_t bytes) {
  account_refused_ = false;
  if (bytes > limit_ - held_) return false;
  if (!account_.try_reserve(bytes)) {
    account_refused_ = true;
    return false;
  }
  held_ += bytes;
  peak_ = std::max(peak_, held_);
  return true;
}

void Meter::give(std::size_t bytes) {
  if (bytes == 0) return;
  held_ -= bytes;
  account_.release(bytes);
}

Error Meter::refusal(std::string_view doing) const {
  if (account_refused_)
    return {ErrorCode::kResourceExhausted,
            fmt::format("cannot {}: the memory account {} has no room left ({} used of {})", doing, account_.name(),
                        format_size(account_.used()), format_size(account_.limit()))};
  return {ErrorCode::kTooLarge, fmt::format("cannot {}: it takes more than {} of memory", doing, format_size(limit_))};
}

}  // namespace holter::read
