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
  std::string name;  ///< path from the root: "process/collect/rounds"
  std::size_t used = 0;
  std::size_t peak = 0;
  std::size_t limit = 0;      ///< the most it may hold
  std::uint64_t refused = 0;  ///< requests that it or an ancestor refused
};

/// A node of the ledger: process -> subsystem -> part. Who wants memory that can grow with load asks first; a refusal
/// is an ordinary result. A child takes what it needs from its parent in chunks of `kChunk`, so that the common path is
/// one atomic addition on the child's own cache line. What a child holds beyond use is taken back when the parent would
/// otherwise refuse somebody.
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
  [[nodiscard]] bool try_reserve(std::size_t bytes) { return try_reserve(bytes, nullptr); }
  /// Gives back what try_reserve() granted. Whole chunks that are no longer needed go back to the parent.
  void release(std::size_t bytes);

  /// Like try_reserve(), as an object. Errors: kResourceExhausted, naming the account, the bytes wanted and left.
  Result<Reservation> reserve(std::size_t bytes);

  /// A child account, made at first use. `limit` is the most that it may hold (0: as much as the parent has); a later
  /// call with another limit changes it.
  Account& child(std::string_view name, std::size_t limit = 0);

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit(std::size_t bytes) { limit_.store(std::min(bytes, kMost), std::memory_order_relaxed); }
  const std::string& name() const { return name_; }

  /// This account and all below it, parents first.
  void collect(std::vector<AccountInfo>& out) const;

 private:
  /// `requester`: the child that asks, whose grant lock is held.
  bool try_reserve(std::size_t bytes, const Account* requester);
  bool take(std::size_t bytes);
  bool grow(std::size_t wanted);
  /// Takes off the grant what is above use and `spare`; returns the bytes, which the caller gives to the parent.
  /// Under the grant lock.
  std::size_t shrink(std::size_t spare);
  /// Takes back what the accounts below hold beyond use. False when there was nothing, or all of it was busy.
  bool trim_children(const Account* except);

  const std::string name_;
  Account* const parent_;
  std::atomic<std::size_t> limit_;
  alignas(64) std::atomic<std::size_t> used_{0};  ///< own reservations plus the children's grants
  std::atomic<std::size_t> granted_{0};           ///< taken from the parent (unused at the root)
  std::atomic<std::size_t> peak_{0};
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
  std::size_t used() const { return root_.used(); }
  std::vector<AccountInfo> snapshot() const;

 private:
  Account root_;
};

}  // namespace holter::memory
