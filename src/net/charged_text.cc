#include "net/charged_text.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::net {
namespace {

constexpr std::size_t kFirst = 4 * 1024;

}  // namespace

Status ChargedText::append(std::string_view bytes) {
  auto wanted = text_.size() + bytes.size();
  if (wanted > most_) return Error(ErrorCode::kTooLarge, fmt::format("more than {}", format_size(most_)));
  if (wanted > charged_.bytes()) TRY_OK(grow(wanted));
  text_.append(bytes);
  return {};
}

/// Doubles, so that a long text is copied few times; both copies are charged while there are two.
Status ChargedText::grow(std::size_t wanted) {
  auto old = charged_.bytes();
  auto roomy = std::min(std::max({kFirst, 2 * old, wanted}), std::max(most_, wanted));
  auto capacity = roomy;
  if (!charge(old + capacity)) {
    capacity = wanted;
    if (!charge(old + capacity))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("the memory account {} is full ({} of {} are in use)", account_->name(),
                               format_size(account_->used()), format_size(account_->limit())));
  }
  try {
    text_.reserve(capacity);
  } catch (const std::bad_alloc&) {  // the allocator's cap
    (void)charge(old);               // becoming smaller is never refused
    return Error(ErrorCode::kResourceExhausted, fmt::format("the allocator has no {} left", format_size(capacity)));
  }
  (void)charge(capacity);
  return {};
}

bool ChargedText::charge(std::size_t bytes) {
  if (charged_.bytes() > 0 && charged_.resize(bytes)) return true;
  for (auto* account : {charged_.bytes() > 0 ? nullptr : account_, reserve_}) {
    if (account == nullptr) continue;
    auto reserved = account->reserve(bytes);
    if (!reserved) continue;
    charged_ = std::move(*reserved);
    return true;
  }
  return false;
}

void ChargedText::clear() {
  text_ = {};
  charged_.reset();
}

std::string ChargedText::take(memory::Reservation& reserved) {
  reserved = std::move(charged_);
  return std::exchange(text_, {});
}

}  // namespace holter::net
