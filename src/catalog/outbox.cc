#include "catalog/outbox.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "catalog/incident_rows.h"
#include "catalog/label_json.h"
#include "catalog/outbox_rows.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::array<std::string_view, kOutboxStates> kStateWords{"queued", "delivered", "dead", "digested"};
constexpr std::array<std::string_view, 3> kOutcomeWords{"delivered", "retry", "gave up"};
constexpr std::size_t kMostIncidents = 1000;
constexpr std::size_t kMostAnswer = 500;

Status check(const NewMessage& message) {
  const auto& entry = message.entry;
  TRY_OK(check_name("key of a message", entry.key, kMostPath));
  TRY_OK(check_name("receiver of a message", entry.receiver));
  TRY_OK(check_name("channel of a message", entry.channel, 64));
  TRY_OK(check_text("message", entry.message, kMostOutboxMessage));
  TRY_OK(check_text("title of a message", entry.title, kMostPath));
  TRY_OK(check_text("group of a message", entry.group, kMostName));
  if (entry.incidents.size() > kMostIncidents)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot queue the message '{}': it tells of {} incidents, and "
                             "{} are the most",
                             entry.key, entry.incidents.size(), kMostIncidents));
  for (const auto& event : message.events) TRY_OK(check_event(event));
  return {};
}

std::string ids_of(const std::vector<IncidentId>& incidents) {
  std::vector<std::uint64_t> ids;
  ids.reserve(incidents.size());
  for (auto id : incidents) ids.push_back(id.value);
  return ids_to_json(ids);
}

std::size_t count_queued(soci::session& sql) {
  long long found = 0;
  sql << "SELECT count(*) FROM outbox WHERE state = 'queued'", into(found);
  return static_cast<std::size_t>(found);
}

Error too_many(std::size_t most) {
  return {ErrorCode::kResourceExhausted, fmt::format("cannot queue the message: {} wait, and no more may", most)};
}

/// Writes one row again and again.
class Inserter {
 public:
  explicit Inserter(soci::session& sql, WallTime now)
      : now_(epoch_ms(now)),
        insert_((sql.prepare << "INSERT INTO outbox (id, key, receiver, channel, message, incidents, state, attempts, "
                                "next_ms, created_ms, updated_ms, last_answer, digest_id, title, lane_group, since_ms, "
                                "sending) VALUES (:id, :key, :receiver, :channel, :message, :incidents, 'queued', 0, "
                                ":next, :now, :now, '', 0, :title, :lane, :now, 0) "
                                "ON CONFLICT (key) DO NOTHING",
                 use(id_, "id"), use(key_, "key"), use(receiver_, "receiver"), use(channel_, "channel"),
                 use(message_, "message"), use(incidents_, "incidents"), use(next_, "next"), use(now_, "now"),
                 use(title_, "title"), use(lane_, "lane"))),
        find_((sql.prepare << "SELECT id FROM outbox WHERE key = :key", use(key_, "key"), into(found_))) {}

  Enqueued enqueue(const OutboxEntry& entry, OutboxId id) {
    id_ = static_cast<long long>(id.value);
    key_ = entry.key;
    receiver_ = entry.receiver;
    channel_ = entry.channel;
    message_ = entry.message;
    title_ = entry.title;
    lane_ = entry.group;
    incidents_ = ids_of(entry.incidents);
    next_ = epoch_ms(entry.next);
    insert_.execute(true);
    if (changed_rows(insert_) > 0) return {id, true};
    find_.execute(true);
    return {OutboxId{static_cast<std::uint64_t>(found_)}, false};
  }

 private:
  long long id_ = 0, next_ = 0, now_ = 0, found_ = 0;
  std::string key_, receiver_, channel_, message_, title_, lane_, incidents_;
  soci::statement insert_, find_;
};

}  // namespace

std::string answer_line(std::string_view answer) {
  std::string scratch;
  auto text = as_utf8(answer, scratch);
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    auto length = utf8_sequence(text.substr(at));
    if (line.size() + length > kMostAnswer) break;
    bool control = static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7f;
    line += control ? std::string_view(" ") : text.substr(at, length);
    at += length;
  }
  return line;
}

Error no_message(std::string_view what) {
  return {ErrorCode::kNotFound, fmt::format("cannot {}: there is no such message", what)};
}

Error not_changed(soci::session& sql, OutboxId id, OutboxState state, std::string_view what) {
  auto key = static_cast<long long>(id.value);
  std::string found;
  sql << "SELECT state FROM outbox WHERE id = :id", use(key, "id"), into(found);
  if (!sql.got_data()) return no_message(what);
  return {ErrorCode::kConflict, fmt::format("cannot {}: it is {}, not {}", what, found, to_string(state))};
}

std::string_view to_string(OutboxState state) {
  return kStateWords[static_cast<std::size_t>(state)];
}

std::optional<OutboxState> parse_outbox_state(std::string_view word) {
  auto found = std::ranges::find(kStateWords, word);
  if (found == kStateWords.end()) return std::nullopt;
  return static_cast<OutboxState>(found - kStateWords.begin());
}

std::string_view to_string(AttemptOutcome outcome) {
  return kOutcomeWords[static_cast<std::size_t>(outcome)];
}

Result<std::vector<Enqueued>> enqueue_outbox(Transaction& transaction, std::span<const NewMessage> messages,
                                             std::size_t most_waiting) {
  for (const auto& message : messages) TRY_OK(check(message));
  return guarded(transaction.database(), "queue messages", [&](soci::session& sql) -> Result<std::vector<Enqueued>> {
    auto waiting = count_queued(sql);
    auto next = take_ids(sql, "outbox", messages.size());
    Inserter inserter(sql, transaction.now());
    std::vector<Enqueued> queued;
    for (const auto& message : messages) {
      auto& done = queued.emplace_back(inserter.enqueue(message.entry, OutboxId{next++}));
      if (!done.fresh) continue;
      if (++waiting > most_waiting) return too_many(most_waiting);
      for (const auto& event : message.events)
        if (is_stored(sql, event.incident)) insert_event(sql, transaction, event);
    }
    return queued;
  });
}

Result<std::string> resend_outbox(Transaction& transaction, OutboxId id, std::size_t most_waiting) {
  auto what = fmt::format("send the message {} again", id.value);
  if (!is_key(id.value)) return no_message(what);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<std::string> {
    long long key = static_cast<long long>(id.value), now = epoch_ms(transaction.now());
    soci::statement update = (sql.prepare << "UPDATE outbox SET state = 'queued', attempts = 0, sending = 0, "
                                             "next_ms = :now, since_ms = :now, updated_ms = :now "
                                             "WHERE id = :id AND state = 'dead'",
                              use(now, "now"), use(key, "id"));
    update.execute(true);
    if (changed_rows(update) == 0) return not_changed(sql, id, OutboxState::kDead, what);
    if (count_queued(sql) > most_waiting) return too_many(most_waiting);
    std::string receiver;
    sql << "SELECT receiver FROM outbox WHERE id = :id", use(key, "id"), into(receiver);
    return receiver;
  });
}

Result<std::size_t> digest_outbox(Transaction& transaction, std::span<const OutboxId> ids, OutboxId digest) {
  auto what = fmt::format("tell of messages in the message {}", digest.value);
  if (!is_key(digest.value)) return no_message(what);
  if (std::ranges::find(ids, digest) != ids.end())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot {}: it is one of them", what));
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Result<std::size_t> {
    long long by = static_cast<long long>(digest.value), now = epoch_ms(transaction.now()), there = 0, key = 0;
    sql << "SELECT count(*) FROM outbox WHERE id = :id", use(by, "id"), into(there);
    if (there == 0) return no_message(what);
    soci::statement update = (sql.prepare << "UPDATE outbox SET state = 'digested', digest_id = :digest, "
                                             "updated_ms = :now WHERE id = :id AND state = 'queued'",
                              use(by, "digest"), use(now, "now"), use(key, "id"));
    std::size_t digested = 0;
    for (auto id : ids) {
      if (!is_key(id.value)) continue;
      key = static_cast<long long>(id.value);
      update.execute(true);
      if (changed_rows(update) > 0) ++digested;
    }
    return digested;
  });
}

Result<std::size_t> purge_outbox(Transaction& transaction, const OutboxRetention& retention) {
  return guarded(transaction.database(), "purge the outbox", [&](soci::session& sql) -> Result<std::size_t> {
    long long delivered = epoch_ms(retention.delivered_before), dead = epoch_ms(retention.dead_before), settled = 0;
    auto room = static_cast<long long>(retention.most_deleted);
    soci::statement old =
        (sql.prepare << "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE "
                        "(state IN ('delivered', 'digested') AND updated_ms < :delivered) OR "
                        "(state = 'dead' AND updated_ms < :dead) ORDER BY updated_ms, id LIMIT :room)",
         use(delivered, "delivered"), use(dead, "dead"), use(room, "room"));
    old.execute(true);
    auto gone = std::max<long long>(changed_rows(old), 0);
    sql << "SELECT count(*) FROM outbox WHERE state <> 'queued'", into(settled);
    auto surplus = std::min(settled - static_cast<long long>(retention.most_settled), room - gone);
    if (surplus > 0)
      sql << "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state <> 'queued' "
             "ORDER BY updated_ms, id LIMIT :surplus)",
          use(surplus, "surplus");
    return static_cast<std::size_t>(gone + std::max<long long>(surplus, 0));
  });
}

}  // namespace holter::catalog
