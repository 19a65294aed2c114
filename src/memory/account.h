#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::memory {

class Account;

/// Bytes that are ours until this object dies. Move-only. The account must outlive it.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept
      : account_(std::exchange(other.account_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    if (this != &other) {
      reset();
      account_ = std::exchange(other.account_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~Reservation() { reset(); }

  std::size_t bytes() const { return bytes_; }

  /// Changes the size. Growing may be refused: then false, and the reservation is as before.
  [[nodiscard]] bool resize(std::size_t bytes);
  void reset();
  /// The bytes stay taken: from now on whoever took them calls Account::release().
  void keep() { bytes_ = 0; }

 private:
  friend class Account;
  Reservation(Account* account, std::size_t bytes) : account_(account), bytes_(bytes) {}

  Account* account_ = nullptr;
  std::size_t bytes_ = 0;
};

/// What one account holds, for reports. Bytes.
struct AccountInfo {
  std::string name;           ///< path from the root: "process/collect/rounds"
  std::size_t used = 0;       ///< really reserved here and below, without what is only kept ready
  std::size_t peak = 0;       ///< highest `used`; of an account with parts: of those that a report or fullness() saw
  std::size_t limit = 0;      ///< the most it may hold
  std::size_t reserved = 0;   ///< its floor: bytes that nobody else can take, used or not
  std::uint64_t refused = 0;  ///< requests that it or an ancestor refused
};

/// A node of the ledger: process -> subsystem -> part. Who wants memory that can grow with load asks first; a refusal
/// is an ordinary result. A child takes what it needs from its parent in chunks of `kChunk`, so that the common path is
/// one atomic addition on the child's own cache line. What a child holds beyond use is taken back when the parent would
/// otherwise refuse somebody.
///
/// A floor is a guaranteed amount: taken from the parent at once, kept whether used or not. A limit is the other end:
/// what lies between the two is borrowed, and may be refused.
///
/// Threads: all methods from any thread. Lifetime: owned by its parent; a reservation must not outlive its account.
/// Concurrency: `used` may exceed `granted` for the moment between an addition and its refusal; it never does so
/// after the call has returned. Within that moment a smaller request of another thread may be refused, too. The sum
/// over the children's grants never exceeds the parent's limit. The argument stands in docs/design/0002-ledger.md.
class Account {
 public:
  static constexpr std::size_t kChunk = 64 * 1024;
  /// No account holds more; a greater limit means this one. Far enough from 2^64 that no sum of requests wraps.
  static constexpr std::size_t kMost = std::size_t{1} << 56;

  Account(std::string name, Account* parent, std::size_t limit);
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;
  ~Account();

  /// False when this account's limit, or an ancestor's, leaves no room. Nothing has changed then.
  [[nodiscard]] bool try_reserve(std::size_t bytes) {
    // The common path, where the grant covers it, without a call. The order of the addition and the read of the grant
    // is what keeps two threads from having the same bytes (docs/design/0002-ledger.md).
    if (bytes > limit()) return try_reserve(bytes, nullptr);
    auto sum = used_.fetch_add(bytes) + bytes;
    if (sum <= granted_.load() && sum <= limit()) [[likely]] {
      raise_peak(sum);
      return true;
    }
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return try_reserve(bytes, nullptr);
  }
  /// Gives back what try_reserve() granted. Whole chunks that are no longer needed go back to the parent.
  void release(std::size_t bytes) {
    auto before = used_.fetch_sub(bytes, std::memory_order_relaxed);
    if (before < bytes || granted_.load(std::memory_order_relaxed) > before - bytes + 2 * kChunk)
      give_back(before, bytes);
  }

  /// Like try_reserve(), as an object. Errors: kResourceExhausted, naming the account, the bytes wanted and left.
  Result<Reservation> reserve(std::size_t bytes);
  /// The error of a refused request.
  Error refusal(std::size_t bytes) const;
  /// Makes an object of bytes that try_reserve() granted: for callers to whom a refusal's message is not worth its
  /// cost.
  Reservation adopt(std::size_t bytes) { return {this, bytes}; }

  /// A child account, made at first use. `limit` is the most that it may hold (0: as much as the parent has); a later
  /// call with another limit changes it.
  Account& child(std::string_view name, std::size_t limit = 0);

  /// Guarantees `bytes`: they are taken from the parent at once, and nobody else gets them while the floor stands. A
  /// smaller floor gives back what is not used. Not for the root. Errors, and then nothing has changed:
  /// kInvalidArgument above the account's limit, kResourceExhausted where the parent has no room.
  Status set_floor(std::size_t bytes);
  /// Like set_floor(), but takes what can be had where there is not enough; returns the floor now in force. For
  /// accounts right below the root.
  std::size_t set_floor_up_to(std::size_t bytes);
  std::size_t floor() const { return floor_.load(std::memory_order_relaxed); }

  /// Own reservations and what the parts below have taken, spare chunks and floors included.
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  /// Really reserved here and below. Walks over all accounts below.
  std::size_t held() const;
  std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_.load(std::memory_order_relaxed); }
  /// The least limit from here to the root: what this account could hold if nobody else held anything.
  std::size_t most() const {
    auto least = limit();
    for (const auto* above = parent_; above != nullptr; above = above->parent_) least = std::min(least, above->limit());
    return least;
  }
  /// A limit below what is held is no error: growth is refused until enough has been released.
  void set_limit(std::size_t bytes) { limit_.store(std::min(bytes, kMost), std::memory_order_relaxed); }
  const std::string& name() const { return name_; }

  /// Whether Budget::fullness() looks at this account (right below the root). True at first.
  void set_watched(bool watched) { watched_.store(watched, std::memory_order_relaxed); }

  /// This account and all below it, parents first. Returns held().
  std::size_t collect(std::vector<AccountInfo>& out) const;

 private:
  friend class Budget;
  static constexpr std::size_t kNoRoom = ~std::size_t{0};

  void raise_peak(std::size_t value) const {
    auto seen = peak_.load(std::memory_order_relaxed);
    while (value > seen && !peak_.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
  }
  /// `requester`: the child that asks, whose grant lock is held.
  bool try_reserve(std::size_t bytes, const Account* requester);
  /// Adds to `used_` what limit and grant allow; returns the sum, or kNoRoom when they do not.
  std::size_t take(std::size_t bytes);
  /// At the root only: takes as much of `bytes` as there is.
  std::size_t take_some(std::size_t bytes, const Account* requester);
  bool grow(std::size_t wanted);
  /// The rest of release(), where there may be chunks to give to the parent.
  void give_back(std::size_t before, std::size_t bytes);
  /// Takes off the grant what is above floor, use and `spare`; returns the bytes, which the caller gives to the parent.
  /// Under the grant lock.
  std::size_t shrink(std::size_t spare);
  /// Takes back what the accounts below hold beyond use. False when there was nothing, or all of it was busy.
  bool trim_children(const Account* except);

  const std::string name_;
  Account* const parent_;
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> floor_{0};  ///< part of granted_; changed under the grant lock
  std::atomic<bool> watched_{true};
  alignas(64) std::atomic<std::size_t> used_{0};  ///< own reservations plus the children's grants
  std::atomic<std::size_t> granted_{0};           ///< taken from the parent (at the root: kMost)
  mutable std::atomic<std::size_t> peak_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::mutex grant_mutex_;  ///< held while granted_ changes
  mutable std::mutex children_mutex_;
  std::deque<std::unique_ptr<Account>> children_;
};

/// The process's ledger: a root account with a limit, and reports on it.
class Budget {
 public:
  explicit Budget(std::size_t limit) : root_("process", nullptr, limit) {}

  Account& root() { return root_; }
  /// Path below the root with '/' between names, e.g. account("collect/rounds").
  Account& account(std::string_view path);
  std::size_t limit() const { return root_.limit(); }
  /// Bytes really reserved, by whomever.
  std::size_t used() const { return root_.held(); }
  /// Bytes that are not to be had any more: used, kept ready in chunks, or guaranteed by floors.
  std::size_t granted() const { return root_.used(); }
  /// How full the ledger is, from 0 to 1: the largest over the watched accounts right below the root of held / (held +
  /// what it could still get, by its limit and by what others leave). `fullest`, if given, is set to that account's
  /// name; empty when all are empty.
  double fullness(std::string* fullest = nullptr) const;
  /// Bytes that an account right below the root could still get, by its limit and by what others leave.
  std::size_t could_get(const Account& part) const;
  std::vector<AccountInfo> snapshot() const;

 private:
  std::size_t unclaimed() const;
  static std::size_t more_for(const Account& part, std::size_t held, std::size_t unclaimed);

  Account root_;
};

}  // namespace holter::memory
