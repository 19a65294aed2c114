#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/session_pool_stats.h"
#include "runtime/shard.h"

namespace holter::net {

/// What a pool keeps: something that talks to a peer and can be used again.
template <class T>
concept PooledSession = requires(T& session) {
  { session.usable() } -> std::convertible_to<bool>;  ///< still open, as far as can be told without asking the peer
};

/// Whether a session serves somebody though nobody has leased it (SshForwarder): it is not closed for being idle then.
template <class T>
bool in_use(const T& session) {
  if constexpr (requires { session.in_use(); })
    return session.in_use();
  else
    return false;
}

struct SessionPoolOptions {
  std::size_t bytes_each = 0;      ///< what a session holds, libraries' buffers included: charged while it is open
  std::size_t max_sessions = 512;  ///< in all, idle ones included
  std::size_t max_per_target = 8;  ///< to one host and port
  std::chrono::seconds idle{600};  ///< one that was not used for so long is closed
  /// In all they hold at most that part of what the account may hold; but one may be always.
  std::size_t share = 16;
};

/// Sessions to peers, used by one at a time and kept for the next: logging in costs the peer more than most questions.
/// At max_per_target, who asks waits (in order) until one is given back or its deadline passes; at max_sessions, or
/// at the pool's share of the account, the session that was idle longest is closed first, and with none idle who asks
/// waits, too. When the account has no room, idle sessions make way before anybody is refused.
///
/// Threads: one shard's. Lifetime: must outlive its leases; sessions are destroyed with it.
template <PooledSession Session>
class SessionPool {
  struct Kept {
    std::string key, target;
    std::unique_ptr<Session> session;
    memory::Reservation bytes;
    MonoTime used{};
    bool leased = false;
  };

 public:
  /// Opens a session when none can be reused.
  using Open = std::function<boost::asio::awaitable<Result<std::unique_ptr<Session>>>()>;

  SessionPool(SessionPoolOptions options, runtime::Executor executor, const Clock& clock, memory::Account& account)
      : options_(options), executor_(executor), clock_(clock), account_(account) {}
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;

  /// A session in use. Given back on destruction, unless it is not usable any more.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), kept_(other.kept_), reused_(other.reused_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(kept_);
    }
    Session& operator*() const { return *kept_->session; }
    Session* operator->() const { return kept_->session.get(); }
    /// It has served before: its peer may have closed it meanwhile, so a failure may be worth a second try.
    bool reused() const { return reused_; }
    /// Closes it now: it is in no state to be used again.
    void discard() {
      if (pool_ != nullptr) std::exchange(pool_, nullptr)->drop(kept_);
    }

   private:
    friend class SessionPool;
    Lease(SessionPool* pool, Kept* kept, bool reused) : pool_(pool), kept_(kept), reused_(reused) {}
    SessionPool* pool_;
    Kept* kept_;
    bool reused_;
  };

  /// `key` names all that makes sessions alike (address, user, a hash of the secrets, options), `target` host and port.
  /// With `fresh` no kept one is taken. Errors: those of `open`; kTimeout while waiting for a place; kCancelled;
  /// kResourceExhausted when the account refuses.
  boost::asio::awaitable<Result<Lease>> lease(std::string key, std::string target, MonoTime deadline, Open open,
                                              bool fresh = false) {
    while (true) {
      expire();
      if (auto* kept = fresh ? nullptr : find_idle(key)) {
        kept->leased = true;
        ++stats_.reused;
        co_return Lease(this, kept, true);
      }
      if (has_place(target)) break;
      CO_TRY_OK(co_await wait_for_place(deadline, target));
    }
    auto reserved = account_.reserve(options_.bytes_each);
    while (!reserved && evict(nullptr)) reserved = account_.reserve(options_.bytes_each);
    if (!reserved) {
      ++stats_.refused;
      co_return std::move(reserved).error();
    }
    // The place is taken before the session is there: opening takes time, and others ask meanwhile.
    auto kept = std::make_unique<Kept>();
    kept->key = std::move(key);
    kept->target = std::move(target);
    kept->bytes = std::move(*reserved);
    kept->leased = true;
    Kept* place = kept.get();
    kept_.push_back(std::move(kept));
    Lease lease(this, place, false);
    auto opened = co_await open();
    if (!opened) {
      lease.discard();
      co_return std::move(opened).error();
    }
    place->session = std::move(*opened);
    ++stats_.opened;
    co_return lease;
  }

  /// Closes what is idle.
  void shrink() {
    std::erase_if(kept_, [](const auto& kept) { return is_idle(*kept); });
    wake();
  }

  /// Closes what has been idle for too long, also when nobody asks any more.
  SessionPoolStats sweep() {
    expire();
    return stats();
  }

  SessionPoolStats stats() const {
    auto stats = stats_;
    stats.open = kept_.size();
    stats.idle = static_cast<std::size_t>(std::ranges::count_if(kept_, [](const auto& k) { return is_idle(*k); }));
    stats.waiting = waiting_.size();
    stats.most = most_sessions();
    return stats;
  }

 private:
  static bool is_idle(const Kept& kept) { return !kept.leased && !in_use(*kept.session); }
  Kept* find_idle(const std::string& key) {
    for (auto& kept : kept_) {
      if (kept->leased || kept->key != key) continue;
      if (kept->session->usable()) return kept.get();
      drop(kept.get());
      return find_idle(key);
    }
    return nullptr;
  }

  bool has_place(const std::string& target) {
    auto here = std::ranges::count_if(kept_, [&](const auto& kept) { return kept->target == target; });
    // One that is idle under another key (another user, say) makes way.
    if (static_cast<std::size_t>(here) >= options_.max_per_target && !evict(&target)) return false;
    while (kept_.size() >= most_sessions())
      if (!evict(nullptr)) return false;
    return true;
  }

  std::size_t most_sessions() const {
    if (options_.bytes_each == 0) return options_.max_sessions;
    auto fit = account_.most() / options_.share / options_.bytes_each;
    return std::clamp<std::size_t>(fit, 1, options_.max_sessions);
  }

  /// Closes the session that has been idle longest, of one target or of all. False when none is idle.
  bool evict(const std::string* target) {
    Kept* oldest = nullptr;
    for (auto& kept : kept_)
      if (is_idle(*kept) && (target == nullptr || kept->target == *target) &&
          (oldest == nullptr || kept->used < oldest->used))
        oldest = kept.get();
    if (oldest == nullptr) return false;
    ++stats_.evicted;
    drop(oldest);
    return true;
  }

  void expire() {
    auto now = clock_.mono();
    stats_.expired +=
        std::erase_if(kept_, [&](const auto& kept) { return is_idle(*kept) && kept->used + options_.idle <= now; });
  }

  boost::asio::awaitable<Status> wait_for_place(MonoTime deadline, const std::string& target) {
    if (clock_.mono() >= deadline)
      co_return Error(ErrorCode::kTimeout,
                      fmt::format("cannot get a session to {}: all {} are in use", target, options_.max_per_target));
    auto timer = std::make_shared<boost::asio::steady_timer>(executor_, deadline);
    waiting_.push_back(timer);
    boost::system::error_code failure;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, failure));
    std::erase(waiting_, timer);
    auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none)
      co_return Error(ErrorCode::kCancelled, fmt::format("cannot get a session to {}: cancelled", target));
    co_return Status();
  }

  void give_back(Kept* kept) {
    if (!kept->session || !kept->session->usable()) return drop(kept);
    kept->leased = false;
    kept->used = clock_.mono();
    wake();
  }
  void drop(Kept* kept) {
    std::erase_if(kept_, [&](const auto& k) { return k.get() == kept; });
    wake();
  }
  /// Lets those who wait look again, in their order.
  void wake() {
    for (auto& timer : waiting_) timer->cancel();
  }

  const SessionPoolOptions options_;
  const runtime::Executor executor_;
  const Clock& clock_;
  memory::Account& account_;
  std::vector<std::unique_ptr<Kept>> kept_;
  std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_;
  SessionPoolStats stats_;
};

}  // namespace holter::net
