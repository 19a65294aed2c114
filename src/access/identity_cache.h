#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/identity.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "memory/account.h"

namespace holter::access {

/// Who a session or token stands for, and until when.
struct Known {
  Identity identity;
  WallTime used{};     ///< the last time
  WallTime written{};  ///< what the catalog has of it, or will soon have
  WallTime expires = WallTime::max();
};

struct CacheOptions {
  std::size_t most = 0;           ///< entries; the one that was not used for the longest time goes
  milliseconds trusted{5'000};    ///< for so long an entry is believed; then the catalog is asked again
  milliseconds idle{};            ///< what is not used for so long has ended; 0: never
  milliseconds write_interval{};  ///< a use is written if the one written last is so old
  std::size_t most_uses = 4'096;  ///< that wait to be written; a use beyond is not written
};

/// The newest sessions or tokens, by hash, in front of the catalog, and the times of their last use on the way to it.
/// Both are bounded, and on an account; what is not kept costs a read of the catalog.
///
/// What is forgotten is known to nobody from then on: a read that began before is answered, but not kept. So a session
/// that ends here ends at once, and one that ends in another process after `trusted`.
///
/// Threads: one shard's. Lifetime: outlives its calls.
class IdentityCache {
 public:
  using Load = std::function<Result<Known>(catalog::Database&)>;
  using Write = std::function<Status(catalog::Transaction&, const std::string& hash, WallTime used)>;

  IdentityCache(catalog::Catalog& catalog, const Clock& clock, memory::Account& account, const CacheOptions& options);

  /// The identity of `hash`, which `load` reads where it is not known. Notes that it was used. Errors: kUnauthenticated
  /// when `load` says kNotFound, or it has expired or idled; those of Catalog::read().
  boost::asio::awaitable<Result<Identity>> find(std::string hash, Load load, MonoTime deadline);

  /// Writes the uses that wait, together; at most 1,000 a call. After an error they still wait.
  boost::asio::awaitable<Status> write_uses(Write write, MonoTime deadline);

  void forget(const std::string& hash);
  void forget_account(std::string_view name);

  struct Stats {
    std::size_t kept = 0;
    std::size_t uses = 0;         ///< that wait to be written
    std::uint64_t reads = 0;      ///< of the catalog
    std::uint64_t not_kept = 0;   ///< the account had no room
    std::uint64_t uses_lost = 0;  ///< not written for want of room; the next use is
  };
  Stats stats() const;

 private:
  struct Entry {
    std::string hash;
    Known known;
    MonoTime read;
    memory::Reservation memory;
  };
  using Entries = std::list<Entry>;

  /// Null when it is not kept, or was read too long ago.
  Known* fresh(const std::string& hash);
  /// Null when there is no room for it.
  Known* keep(const std::string& hash, Known known, MonoTime read);
  void drop(Entries::iterator entry);
  bool note_use(const std::string& hash, WallTime when);
  Result<Identity> use(const std::string& hash, Known& known);

  catalog::Catalog& catalog_;
  const Clock& clock_;
  memory::Account& account_;
  const CacheOptions options_;
  Entries entries_;  // the one used last in front
  std::unordered_map<std::string_view, Entries::iterator> by_hash_;
  std::uint64_t epoch_ = 0;  // rises with all that is forgotten
  std::unordered_map<std::string, WallTime> uses_;
  memory::Reservation uses_memory_;
  Stats stats_;
};

/// Forgets an account when it dies, whatever became of a change of the catalog: that one is also made, perhaps, whose
/// caller did not wait for the answer.
class ForgetAtEnd {
 public:
  ForgetAtEnd(IdentityCache& cache, std::string account) : cache_(cache), account_(std::move(account)) {}
  ForgetAtEnd(const ForgetAtEnd&) = delete;
  ForgetAtEnd& operator=(const ForgetAtEnd&) = delete;
  ~ForgetAtEnd() { cache_.forget_account(account_); }

 private:
  IdentityCache& cache_;
  const std::string account_;
};

}  // namespace holter::access
