#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "catalog/label_json.h"
#include "catalog/outbox.h"
#include "catalog/rules.h"
#include "catalog/session.h"

// What the sources of the outbox share; for this folder only.
namespace holter::catalog {

/// The columns of an entry as they are read.
struct OutboxRow {
  /// What `where` uses must be bound before.
  void prepare(soci::statement& rows, bool with_message, const std::string& where) {
    using soci::into;
    for (auto* column : {&id, &attempts, &next, &created, &updated, &digest, &since}) rows.exchange(into(*column));
    rows.exchange(into(sending));
    for (auto* column : {&entry.key, &entry.receiver, &entry.channel, &incidents, &state, &entry.last_answer,
                         &entry.group, &entry.title})
      rows.exchange(into(*column));
    if (with_message) rows.exchange(into(entry.message));
    rows.alloc();
    rows.prepare(
        fmt::format("SELECT id, attempts, next_ms, created_ms, updated_ms, digest_id, since_ms, sending, key, "
                    "receiver, channel, incidents, state, last_answer, lane_group, title{} FROM outbox "
                    "WHERE {}",
                    with_message ? ", message" : "", where));
    rows.define_and_bind();
  }
  Result<OutboxEntry> fetched() {
    auto known = parse_outbox_state(state);
    if (!known) return Error(ErrorCode::kCorruption, fmt::format("cannot read the message {}: its state is none", id));
    TRY(auto ids, ids_from_json(incidents));
    entry.incidents.clear();
    for (auto value : ids) entry.incidents.push_back(IncidentId{value});
    entry.id = OutboxId{static_cast<std::uint64_t>(id)};
    entry.state = *known;
    entry.attempts = static_cast<std::uint32_t>(attempts);
    entry.next = from_epoch_ms(next);
    entry.created = from_epoch_ms(created);
    entry.updated = from_epoch_ms(updated);
    entry.since = from_epoch_ms(since);
    entry.sending = sending != 0;
    entry.digest = OutboxId{static_cast<std::uint64_t>(digest)};
    return entry;
  }

  OutboxEntry entry;
  long long id = 0, attempts = 0, next = 0, created = 0, updated = 0, digest = 0, since = 0;
  int sending = 0;
  std::string incidents, state;
};

/// What a provider said, as it may be stored: in one line, cut at a character.
std::string answer_line(std::string_view answer);
Error no_message(std::string_view what);
/// Why a change of an entry that should be in `state` changed nothing.
Error not_changed(soci::session& sql, OutboxId id, OutboxState state, std::string_view what);

}  // namespace holter::catalog
