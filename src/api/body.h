#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "memory/account.h"

namespace holter::api {

/// Text of an answer whose bytes are on an account: it asks before it grows. After a refusal it drops what it holds and
/// takes nothing more, so that a writer need not check each append; ask refused() once at the end.
/// Threads: one at a time. Lifetime: the account must outlive it.
class Body {
 public:
  explicit Body(memory::Account& account) : account_(&account) {}
  Body(Body&&) = default;
  Body& operator=(Body&&) = default;
  ~Body() {
    if (secret_) overwrite();
  }

  /// There may be passwords in it: from now on it is overwritten before its memory is given back.
  void keep_secret() { secret_ = true; }
  /// Overwrites the text and forgets it.
  void overwrite();

  void append(std::string_view text) {
    if (refused_) return;
    if (text.size() <= text_.capacity() - text_.size() || grow(text_.size() + text.size())) text_.append(text);
  }
  void append(char c) { append(std::string_view(&c, 1)); }

  /// Room for `bytes` in all, asked for at once. False when the account refuses.
  bool reserve(std::size_t bytes) { return !refused_ && (bytes <= text_.capacity() || grow(bytes)); }
  /// Takes nothing more, for want of something else than its own room.
  void refuse(std::string why);
  /// Forgets the text, keeps the room.
  void clear() { text_.clear(); }

  std::string_view text() const { return text_; }
  std::size_t size() const { return text_.size(); }
  bool refused() const { return refused_; }
  /// What the account refused, fit for a message; empty before.
  const std::string& refusal() const { return refusal_; }

 private:
  bool grow(std::size_t wanted);

  memory::Account* account_;
  memory::Reservation reservation_;
  std::string text_;
  bool refused_ = false, secret_ = false;
  std::string refusal_;
};

}  // namespace holter::api
