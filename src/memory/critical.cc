#include "memory/critical.h"

namespace holter::memory {

Result<Reservation> Reserve::reserve(std::size_t bytes, bool critical) {
  if (common_->try_reserve(bytes)) return common_->adopt(bytes);
  if (critical && critical_->try_reserve(bytes)) {
    from_reserve_.fetch_add(1, std::memory_order_relaxed);
    return critical_->adopt(bytes);
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  if (critical) refused_critical_.fetch_add(1, std::memory_order_relaxed);
  return (critical ? critical_ : common_)->refusal(bytes);
}

}  // namespace holter::memory
