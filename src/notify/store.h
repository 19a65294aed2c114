#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace holter::notify {

using EntryId = Id<struct EntryTag>;

enum class EntryState : std::uint8_t {
  kQueued,     ///< waits for its time
  kSending,    ///< an attempt was begun; after a restart it may have arrived or not
  kDelivered,  ///< the provider took it, or a digest has it
  kDead,       ///< given up; somebody may have it sent again
};
std::string_view to_string(EntryState state);

/// A notification on its way to one receiver.
struct Entry {
  EntryId id;       ///< by the store, rising
  std::string key;  ///< the same in each attempt; unique with the receiver
  std::string receiver;
  std::string channel;  ///< of the receiver when the entry was made
  std::string group;    ///< entries of one group reach a receiver in their order
  std::string message;  ///< message_json.h; at most kMostMessageBytes
  EntryState state = EntryState::kQueued;
  unsigned attempts = 0;
  WallTime next_at{};  ///< not before this
  WallTime created{};
  WallTime since{};  ///< its age counts from here: `created`, or when it was sent again by hand
  std::string note;  ///< why it is dead, or which digest has it
};

/// One line of the log of attempts.
struct AttemptLine {
  EntryId entry;
  WallTime when{};
  milliseconds duration{};
  std::string outcome;  ///< "delivered", "retry", "gave up"
  std::string answer;   ///< at most 500 bytes
};

/// What becomes of an entry.
struct EntryChange {
  EntryId id;
  EntryState state = EntryState::kQueued;
  unsigned attempts = 0;
  WallTime next_at{};
  std::string note;
  std::optional<AttemptLine> line;  ///< written with the change, or not at all
};

/// What waits for one receiver: entries that are queued or being sent.
struct Backlog {
  std::string receiver;
  std::uint64_t waiting = 0;
  WallTime oldest{};   ///< `since` of the oldest
  WallTime next_at{};  ///< the least of those that are the oldest of their group: the others wait for them
};

/// Where notifications are kept. Each call is one transaction that is on disk when it has ended; a call that fails has
/// changed nothing. Errors of all: kResourceExhausted (full), kUnavailable, kIo, kCancelled.
/// Threads: the outbox's shard calls; who implements it may work elsewhere.
class Store {
 public:
  virtual ~Store() = default;
  /// Adds an entry and gives its id; where the receiver has an entry of that key already, that one's, and nothing
  /// changes.
  virtual boost::asio::awaitable<Result<EntryId>> add(Entry entry) = 0;
  /// All receivers for which something waits.
  virtual boost::asio::awaitable<Result<std::vector<Backlog>>> backlog() = 0;
  /// That of one; `waiting` 0 when there is nothing.
  virtual boost::asio::awaitable<Result<Backlog>> backlog_of(std::string receiver) = 0;
  /// At most `most` waiting entries of a receiver whose time has come at `now`, by id, with at most `most_bytes` of
  /// messages, but at least one. Not those behind an older one of their group that waits for its time. What was stored
  /// or changed later than `now` need not wait: the clock has been set back since, and its time is one of the old
  /// clock.
  virtual boost::asio::awaitable<Result<std::vector<Entry>>> due(std::string receiver, WallTime now, std::size_t most,
                                                                 std::size_t most_bytes) = 0;
  virtual boost::asio::awaitable<Status> change(EntryChange change) = 0;
  /// Adds `digest`, and marks `members` delivered with the note "in digest <id>": both or nothing.
  virtual boost::asio::awaitable<Result<EntryId>> add_digest(Entry digest, std::vector<EntryId> members) = 0;
  /// Queues a dead entry once more: attempts 0, `since` and `next_at` now. Gives its receiver. Errors: kNotFound,
  /// kConflict (it is not dead).
  virtual boost::asio::awaitable<Result<std::string>> resend(EntryId id, WallTime now) = 0;
};

}  // namespace holter::notify
