#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/outbox.h"

// The outbox as whoever delivers sees it: a lane for each receiver, in which messages of one group keep their order.
namespace holter::catalog {

/// What waits for one receiver.
struct OutboxLane {
  std::string receiver;
  std::uint64_t waiting = 0;
  WallTime oldest{};  ///< since when the one that waits longest does
  WallTime next{};    ///< the least due time of those that are the oldest of their group: the others wait for them
  friend bool operator==(const OutboxLane&, const OutboxLane&) = default;
};
/// All receivers for which something is queued, by name. Here and below, what was changed behind `now` is due: the
/// clock has been set back since, and its due time is one of the old clock.
Result<std::vector<OutboxLane>> read_outbox_lanes(Database& database, WallTime now);
/// That of one; `waiting` is 0 when there is nothing.
Result<OutboxLane> read_outbox_lane(Database& database, const std::string& receiver, WallTime now);

/// At most `most` queued entries of a receiver that are due at `now`, by id, with at most `most_bytes` of messages, but
/// at least one. Not those behind an older one of their group that is not due yet.
Result<std::vector<OutboxEntry>> read_due_of_lane(Database& database, const std::string& receiver, WallTime now,
                                                  std::size_t most, std::size_t most_bytes);

/// What becomes of a queued entry.
struct OutboxChange {
  OutboxId id;
  OutboxState state = OutboxState::kQueued;
  bool sending = false;  ///< an attempt was begun whose end is not known yet
  std::uint32_t attempts = 0;
  WallTime next{};
  std::string note;                      ///< the last answer, or why it is dead; cut as an attempt's answer
  std::optional<OutboxAttempt> attempt;  ///< written with the change; its number is given here
};
/// Errors: kNotFound; kConflict when it is not queued any more.
Status change_outbox(Transaction& transaction, const OutboxChange& change);

/// Queues a digest, and marks `members` digested by it. The digest's id; that of the one that has its key already, if
/// there is one. Errors: those of enqueue_outbox().
Result<OutboxId> enqueue_digest(Transaction& transaction, const OutboxEntry& digest, std::span<const OutboxId> members);

}  // namespace holter::catalog
