#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "memory/account.h"

namespace holter::api {

/// Answers that are given again to whoever asks again under the same Idempotency-Key
/// (draft-ietf-httpapi-idempotency-key-header). At most kMost of them for kKept; the oldest goes first, also where the
/// account refuses. Only successes are kept: what failed has done nothing, and may be tried again.
/// Threads: one.
class Replies {
 public:
  static constexpr std::size_t kMost = 1024;
  static constexpr std::chrono::hours kKept{1};
  static constexpr std::size_t kLongestKey = 255;

  struct Reply {
    unsigned status = 0;
    std::vector<std::pair<std::string_view, std::string>> headers;  ///< names are literals
    std::string body;
  };
  enum class Found : std::uint8_t {
    kNew,       ///< the key is noted: finish() or drop() it
    kAnswered,  ///< `reply` is the answer
    kRuns,      ///< the first request is not answered yet
    kOther,     ///< the key stands for another request
    kFull,      ///< no memory to note the key, or kMost requests run
  };
  struct Begun {
    Found found = Found::kNew;
    const Reply* reply = nullptr;  ///< valid until the next call
  };

  Replies(const Clock& clock, memory::Account& account) : clock_(clock), account_(account) {}

  /// `request` is a hash of all that the request says.
  Begun begin(std::string_view key, std::uint64_t request);
  /// Keeps the answer. Where there is no memory for it the key is forgotten.
  void finish(std::string_view key, Reply reply);
  void drop(std::string_view key);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    std::uint64_t request = 0;
    MonoTime begun;
    bool answered = false;
    Reply reply;
    memory::Reservation held;
  };
  using Entries = std::list<Entry>;  // the oldest first

  void forget_old();
  bool forget_oldest();
  void forget(Entries::iterator entry);
  /// Bytes on the account; older answers make room.
  bool hold(memory::Reservation& held, std::size_t bytes);

  const Clock& clock_;
  memory::Account& account_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

/// Stands for a request that runs under a key: unless it is finished, the key is forgotten in the end.
class Replying {
 public:
  Replying(Replies& replies, std::string_view key) : replies_(&replies), key_(key) {}
  Replying(const Replying&) = delete;
  Replying& operator=(const Replying&) = delete;
  ~Replying() {
    if (!key_.empty()) replies_->drop(key_);
  }
  void finish(Replies::Reply reply) {
    if (!key_.empty()) replies_->finish(key_, std::move(reply));
    key_.clear();
  }

 private:
  Replies* replies_;
  std::string key_;
};

}  // namespace holter::api
