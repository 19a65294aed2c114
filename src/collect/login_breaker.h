#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace holter::collect {

/// Stops asking a host with credentials that it has refused: kMostRefusals logins in a row, and for kPause nobody tries
/// again; then one more refusal is enough. So a password that was changed does not lock the account, nor fill the
/// host's log. Bounded: kMostKeys are remembered, then the one that was refused longest ago is forgotten. Threads: one
/// shard's.
class LoginBreaker {
 public:
  static constexpr int kMostRefusals = 3;
  static constexpr std::chrono::minutes kPause{5};
  static constexpr std::size_t kMostKeys = 1024;

  explicit LoginBreaker(const Clock& clock) : clock_(clock) {}

  /// `key` names host and credentials, `name` the host for the message. Errors: kUnauthenticated, saying until when.
  Status check(std::string_view key, std::string_view name) const;
  void refused(const std::string& key);
  void accepted(std::string_view key);

 private:
  struct Entry {
    std::string key;
    int refusals = 0;
    MonoTime last{};
  };
  const Clock& clock_;
  std::vector<Entry> entries_;
};

}  // namespace holter::collect
