#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"

namespace holter::net {

/// A text that grows with what a peer sends: never longer than its limit, and charged to an account before it grows.
/// Threads: one. Lifetime: the account outlives it and its reservation.
class ChargedText {
 public:
  /// `reserve` (may be null) pays for all of it once the account refuses.
  ChargedText(memory::Account& account, std::size_t most_bytes, memory::Account* reserve = nullptr)
      : account_(&account), reserve_(reserve), most_(most_bytes) {}

  /// Errors: kResourceExhausted ("more than 4 MiB", or the account's refusal); the text is as before then.
  Status append(std::string_view bytes);

  const std::string& text() const { return text_; }
  std::size_t size() const { return text_.size(); }
  void clear();

  /// Moves the text out, and the reservation that must be kept as long as it.
  std::string take(memory::Reservation& reserved);

 private:
  Status grow(std::size_t wanted);
  bool charge(std::size_t bytes);

  memory::Account* account_;
  memory::Account* reserve_;
  std::size_t most_;
  std::string text_;
  memory::Reservation charged_;
};

}  // namespace holter::net
