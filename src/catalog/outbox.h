#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/database.h"
#include "catalog/incident_events.h"

namespace holter::catalog {

/// Never given twice.
using OutboxId = Id<struct OutboxTag>;

/// Words are stored: never changed.
enum class OutboxState : std::uint8_t {
  kQueued,     ///< waits for its next attempt
  kDelivered,  ///< the receiver has it
  kDead,       ///< given up; resend_outbox() queues it again
  kDigested,   ///< told within another message, its digest
};
constexpr std::size_t kOutboxStates = 4;
/// "queued", "delivered", "dead", "digested"
std::string_view to_string(OutboxState state);
/// std::nullopt for other words.
std::optional<OutboxState> parse_outbox_state(std::string_view word);

/// A message to one receiver, from the moment that it is to be told until it is purged.
struct OutboxEntry {
  std::string key;                    ///< unique; the same decision to tell has the same key
  std::string receiver;               ///< its name
  std::string channel;                ///< "email"
  std::string message;                ///< at most 256 KiB, opaque; without secrets. Empty in lists
  std::string title;                  ///< of the message, for lists; at most 512 bytes
  std::string group;                  ///< messages of one group reach a receiver in their order; may be empty
  std::vector<IncidentId> incidents;  ///< that it tells of; at most 1000
  WallTime next{};                    ///< when its next attempt is due

  // Set when it is stored.
  OutboxId id;
  OutboxState state = OutboxState::kQueued;
  std::uint32_t attempts = 0;  ///< since it was queued, or queued again
  bool sending = false;        ///< an attempt was begun whose end is not known
  WallTime since{};            ///< its age counts from here
  WallTime created{}, updated{};
  std::string last_answer;  ///< of the last attempt
  OutboxId digest;          ///< what told of it, where it is digested; else 0
  friend bool operator==(const OutboxEntry&, const OutboxEntry&) = default;
};

constexpr std::size_t kMostOutboxMessage = 256 * 1024;
constexpr std::size_t kMostOutboxWaiting = 100'000;  ///< queued ones
constexpr std::size_t kMostAttempts = 100;           ///< kept of one entry: the newest

struct NewMessage {
  OutboxEntry entry;
  std::vector<IncidentEvent> events;  ///< stored only when the entry is; those of incidents that are gone are not
};
struct Enqueued {
  OutboxId id;
  bool fresh = false;  ///< else there was one of its key, which is as it was
  friend bool operator==(const Enqueued&, const Enqueued&) = default;
};
/// Queues messages, and adds to what is known of incidents, all in this transaction; what has a key that is there
/// already is passed over with its events: a repetition does no harm. In order. Errors: kInvalidArgument;
/// kResourceExhausted when more than `most_waiting` would wait; none is stored then.
Result<std::vector<Enqueued>> enqueue_outbox(Transaction& transaction, std::span<const NewMessage> messages,
                                             std::size_t most_waiting = kMostOutboxWaiting);

enum class AttemptOutcome : std::uint8_t { kDelivered, kRetry, kGaveUp };
/// "delivered", "retry", "gave up"
std::string_view to_string(AttemptOutcome outcome);

/// One attempt to deliver.
struct OutboxAttempt {
  std::uint32_t number = 0;  ///< 1, 2, 3...; set when it is stored
  WallTime time{};           ///< when it began
  std::chrono::milliseconds duration{0};
  AttemptOutcome outcome = AttemptOutcome::kDelivered;
  std::string answer;  ///< of the provider, in one line, without secrets; cut to 500 bytes at a character
  friend bool operator==(const OutboxAttempt&, const OutboxAttempt&) = default;
};
/// Queues a dead one again, due at once, as if it were new. Its receiver. Errors: kNotFound, kConflict (not dead),
/// kResourceExhausted.
Result<std::string> resend_outbox(Transaction& transaction, OutboxId id, std::size_t most_waiting = kMostOutboxWaiting);
/// Those of `ids` that are queued are digested now, and `digest` told of them. How many they were. Errors: kNotFound
/// (the digest); kInvalidArgument when it is among them.
Result<std::size_t> digest_outbox(Transaction& transaction, std::span<const OutboxId> ids, OutboxId digest);

struct OutboxRetention {
  WallTime delivered_before{};  ///< delivered and digested ones that were so before go
  WallTime dead_before{};
  std::size_t most_settled = 100'000;  ///< of all that are not queued; where there are more, the longest settled go
  std::size_t most_deleted = 1000;     ///< in this transaction: call again while it is that many
};
/// Deletes what is settled, with its attempts; queued ones never. How many were deleted.
Result<std::size_t> purge_outbox(Transaction& transaction, const OutboxRetention& retention);

struct OutboxQuery {
  std::optional<OutboxState> state;
  std::string receiver;         ///< empty: any
  std::uint64_t before_id = 0;  ///< only those with a smaller id, to read on; 0: from the newest
  std::size_t most = 100;       ///< up to 1000
};
/// Newest first, without messages. What is queued meanwhile does not shift later pages.
Result<std::vector<OutboxEntry>> read_outbox(Database& database, const OutboxQuery& query);
/// With its message. Errors: kNotFound.
Result<OutboxEntry> find_outbox(Database& database, OutboxId id);
/// Oldest first.
Result<std::vector<OutboxAttempt>> read_attempts(Database& database, OutboxId id);

struct OutboxCounts {
  std::array<std::size_t, kOutboxStates> by_state{};
  std::optional<WallTime> oldest_queued;  ///< since when the one that waits longest does
  std::optional<WallTime> next_due;       ///< of the queued ones
  friend bool operator==(const OutboxCounts&, const OutboxCounts&) = default;
};
Result<OutboxCounts> count_outbox(Database& database);

}  // namespace holter::catalog
