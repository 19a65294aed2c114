#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "notify/channel.h"
#include "notify/retry.h"
#include "notify/store.h"
#include "runtime/task_scope.h"

namespace holter::notify {

/// A receiver as it is now.
struct OpenReceiver {
  const PluginInfo* channel = nullptr;
  Settings settings;
  unsigned per_minute = 60;  ///< messages; at least 1, at most kMostPerMinute
  static constexpr unsigned kMostPerMinute = 600;
};

/// Who knows the receivers. Threads: the outbox's shard.
class Receivers {
 public:
  virtual ~Receivers() = default;
  /// Its channel, or nullptr where there is no such receiver any more. Cheap.
  virtual const PluginInfo* channel_of(std::string_view receiver) const = 0;
  /// With its secrets open. Errors: kNotFound (deleted), kInvalidArgument (it cannot work as it is); others pass.
  virtual Result<OpenReceiver> open(std::string_view receiver) const = 0;
};

/// Sends what the store holds, until it has arrived or is given up. At least once: an attempt whose end was not written
/// down, because the process died, is made again with the same key, once.
///
/// Receivers do not wait for each other: one is served at a time by its own pass, in the order of its entries, while at
/// most `per_channel` passes of a channel run; receivers that failed or were slow the last time have at most half of
/// these. What a receiver may not be sent within a minute is joined to one digest. While the store fails, nothing is
/// sent whose end could not be written, and nothing is lost.
///
/// Threads: one shard's. Lifetime: close() before destruction; what it refers to outlives it.
class Outbox {
 public:
  struct Options {
    RetryPolicy retry;
    unsigned per_channel = 4;
    milliseconds attempt_limit{30'000};
    milliseconds slow{5'000};         ///< a receiver that takes longer is suspect
    milliseconds store_retry{1'000};  ///< doubled up to a minute while the store fails
    milliseconds refresh{30'000};     ///< how often the store is asked for what nobody told
    std::uint64_t seed = 0;           ///< of the jitter
  };
  /// Of all entries at once, in memory.
  static constexpr std::size_t kMostLoaded = 1'000;
  /// Of one pass, and of one digest.
  static constexpr std::size_t kPass = 8, kDigest = 100;
  /// Charged while a pass runs.
  static constexpr std::size_t kPassBytes = 512 * 1024;

  Outbox(Options options, runtime::Executor executor, const Clock& clock, Store& store, const Receivers& receivers,
         Wire& wire, memory::Account& account);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Begins with what waits in the store.
  void start();
  /// Cancels attempts that run (they are made again after the next start), and waits for their end.
  boost::asio::awaitable<void> close();

  /// Stores a message for a receiver. Errors: kNotFound (no such receiver), kResourceExhausted (too long, or the store
  /// is full), others of the store. The same key twice is stored once.
  boost::asio::awaitable<Result<EntryId>> put(Message message);
  /// A dead entry is tried again, from the beginning. Errors: those of Store::resend().
  boost::asio::awaitable<Status> resend(EntryId id);
  /// Something was stored for that receiver by other means.
  void notice(std::string_view receiver);
  /// A notification that is given up: somebody may have it sent again.
  struct Dead {
    EntryId id;
    std::string_view receiver, channel, title, why;  ///< valid during the call
  };
  /// Called for each, within a pass, when the store has been told. It must not throw, nor call back.
  void on_dead(std::function<void(const Dead&)> callback) { on_dead_ = std::move(callback); }
  /// Looks at the clock and the receivers again. May be called at any time, also to make up for timers that were lost
  /// for want of memory.
  void wake();

  struct ChannelStats {
    std::uint64_t delivered = 0, retried = 0, dead = 0;
    std::uint64_t digested = 0;  ///< messages that a digest has
    std::size_t in_flight = 0;   ///< attempts that run
  };
  struct Stats {
    std::map<std::string, ChannelStats, std::less<>> channels;
    std::uint64_t waiting = 0;       ///< entries, when the store was asked last
    std::optional<WallTime> oldest;  ///< since when the oldest of them waits
    std::uint64_t store_failures = 0;
    std::uint64_t refused = 0;  ///< passes that had no memory, and come later
    std::size_t loaded = 0;     ///< entries in memory
    std::size_t most_loaded = 0;
    std::size_t unwritten = 0;  ///< ended attempts that the store has not taken yet
  };
  const Stats& stats() const { return stats_; }

 private:
  /// A receiver for which something waits, or was sent within the last minute.
  struct Lane {
    memory::Reservation charged;
    std::optional<WallTime> due;  ///< std::nullopt: nothing waits
    WallTime hold{};              ///< not before this, whatever comes: its rate, our memory, the store
    bool busy = false;
    bool suspect = false;
    bool noticed = false;       ///< something came while the store was asked for what waits
    bool limited = false;       ///< the rate was met: join what waits
    std::deque<MonoTime> sent;  ///< within the last minute, at most kMostPerMinute
    std::vector<EntryChange> unwritten;
    milliseconds store_wait{};
  };
  using Lanes = std::map<std::string, Lane, std::less<>>;
  struct Load {
    unsigned passes = 0, suspects = 0;
  };
  class Pass;

  /// Says that run() runs; it ends, too, when there is no memory for its next wait.
  class Running;

  boost::asio::awaitable<void> run(Running running);
  boost::asio::awaitable<void> refresh();
  Lane* lane_of(std::string_view receiver);
  void set_due(Lanes::value_type& lane, std::optional<WallTime> due);
  void watch_clock(WallTime now);
  void start_passes();
  bool may_start(const std::string& channel, bool suspect) const;
  WallTime next_wake() const;
  boost::asio::awaitable<void> pass(Pass pass);
  void tell_dead(const Entry& entry, std::string_view why) const;
  void store_failed(Lane& lane, const Error& error);
  void forget_idle();

  const Options options_;
  const Clock& clock_;
  Store& store_;
  const Receivers& receivers_;
  Wire& wire_;
  memory::Account& account_;
  Lanes lanes_;
  std::set<std::pair<WallTime, std::string>> queue_;  ///< lanes with a due time, but for busy ones
  std::map<std::string, Load, std::less<>> loads_;    ///< by channel
  WallTime refreshed_{};
  WallTime latest_{};  ///< that the clock was seen at
  Stats stats_;
  std::function<void(const Dead&)> on_dead_;
  boost::asio::steady_timer alarm_;
  bool woken_ = false, started_ = false, running_ = false;
  runtime::TaskScope tasks_;
};

}  // namespace holter::notify
