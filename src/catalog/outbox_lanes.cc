#include "catalog/outbox_lanes.h"

#include <fmt/format.h>

#include "catalog/label_json.h"
#include "catalog/outbox_rows.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

/// The lanes of what is queued and meets one more condition.
std::string lanes_of(std::string_view condition) {
  return fmt::format(
      "SELECT receiver, count(*), min(since_ms), min(head_ms) FROM (SELECT receiver, since_ms, "
      "CASE WHEN lane_group = '' THEN due_ms ELSE first_value(due_ms) OVER (PARTITION BY receiver, lane_group "
      "ORDER BY id) END AS head_ms FROM (SELECT id, receiver, lane_group, since_ms, "
      "CASE WHEN updated_ms > :now AND next_ms > :now THEN :now ELSE next_ms END AS due_ms "
      "FROM outbox WHERE state = 'queued'{}) AS queued) AS heads GROUP BY receiver ORDER BY receiver",
      condition);
}

struct LaneRow {
  std::string receiver;
  long long waiting = 0, oldest = 0, next = 0;
  OutboxLane lane() const {
    return {receiver, static_cast<std::uint64_t>(waiting), from_epoch_ms(oldest), from_epoch_ms(next)};
  }
};

}  // namespace

Result<std::vector<OutboxLane>> read_outbox_lanes(Database& database, WallTime now) {
  return guarded(database, "read who waits for messages", [&](soci::session& sql) -> Result<std::vector<OutboxLane>> {
    std::vector<OutboxLane> lanes;
    LaneRow row;
    long long due = epoch_ms(now);
    soci::statement rows = (sql.prepare << lanes_of(""), use(due, "now"), into(row.receiver), into(row.waiting),
                            into(row.oldest), into(row.next));
    for (bool more = rows.execute(true); more; more = rows.fetch()) lanes.push_back(row.lane());
    return lanes;
  });
}

Result<OutboxLane> read_outbox_lane(Database& database, const std::string& receiver, WallTime now) {
  return guarded(database, "read what a receiver waits for", [&](soci::session& sql) -> Result<OutboxLane> {
    LaneRow row;
    long long due = epoch_ms(now);
    soci::statement rows =
        (sql.prepare << lanes_of(" AND receiver = :receiver"), use(due, "now"), use(receiver, "receiver"),
         into(row.receiver), into(row.waiting), into(row.oldest), into(row.next));
    if (rows.execute(true)) return row.lane();
    return OutboxLane{.receiver = receiver};
  });
}

Result<std::vector<OutboxEntry>> read_due_of_lane(Database& database, const std::string& receiver, WallTime now,
                                                  std::size_t most, std::size_t most_bytes) {
  return guarded(database, "read due messages", [&](soci::session& sql) -> Result<std::vector<OutboxEntry>> {
    std::vector<OutboxEntry> found;
    long long due = epoch_ms(now), count = static_cast<long long>(most);
    OutboxRow row;
    std::string lane = receiver;
    soci::statement rows(sql);
    rows.exchange(use(lane, "receiver"));
    rows.exchange(use(due, "now"));
    rows.exchange(use(count, "most"));
    row.prepare(rows, true,
                "state = 'queued' AND receiver = :receiver AND (next_ms <= :now OR updated_ms > :now) AND NOT EXISTS "
                "(SELECT 1 FROM outbox older WHERE older.state = 'queued' AND older.receiver = :receiver AND "
                "older.lane_group <> '' AND older.lane_group = outbox.lane_group AND older.id < outbox.id AND "
                "older.next_ms > :now AND older.updated_ms <= :now) "
                "ORDER BY id LIMIT :most");
    std::size_t bytes = 0;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      bytes += row.entry.message.size();
      if (bytes > most_bytes && !found.empty()) break;
      TRY(auto entry, row.fetched());
      found.push_back(std::move(entry));
    }
    return found;
  });
}

/// Its number goes on from the last one, also where the message was queued again.
void insert_attempt(soci::session& sql, long long id, const OutboxAttempt& attempt) {
  long long number = 0, time = epoch_ms(attempt.time), duration = attempt.duration.count();
  std::string outcome(to_string(attempt.outcome)), answer = answer_line(attempt.answer);
  sql << "SELECT COALESCE(MAX(number), 0) + 1 FROM attempts WHERE outbox_id = :id", use(id, "id"), into(number);
  sql << "INSERT INTO attempts (outbox_id, number, time_ms, duration_ms, outcome, answer) "
         "VALUES (:id, :number, :time, :duration, :outcome, :answer)",
      use(id, "id"), use(number, "number"), use(time, "time"), use(duration, "duration"), use(outcome, "outcome"),
      use(answer, "answer");
  long long oldest = number - static_cast<long long>(kMostAttempts);
  sql << "DELETE FROM attempts WHERE outbox_id = :id AND number <= :oldest", use(id, "id"), use(oldest, "oldest");
}

Status change_outbox(Transaction& transaction, const OutboxChange& change) {
  auto what = fmt::format("write down what became of the message {}", change.id.value);
  if (!is_key(change.id.value)) return no_message(what);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    long long key = static_cast<long long>(change.id.value), due = epoch_ms(change.next);
    long long now = epoch_ms(transaction.now()), attempts = change.attempts;
    int sending = change.sending ? 1 : 0;
    std::string state(to_string(change.state)), note = answer_line(change.note);
    soci::statement update =
        (sql.prepare << "UPDATE outbox SET attempts = :attempts, state = :state, sending = :sending, next_ms = :next, "
                        "updated_ms = :now, last_answer = :note WHERE id = :id AND state = 'queued'",
         use(attempts, "attempts"), use(state, "state"), use(sending, "sending"), use(due, "next"), use(now, "now"),
         use(note, "note"), use(key, "id"));
    update.execute(true);
    if (changed_rows(update) == 0) return not_changed(sql, change.id, OutboxState::kQueued, what);
    if (change.attempt) insert_attempt(sql, key, *change.attempt);
    return {};
  });
}

Result<OutboxId> enqueue_digest(Transaction& transaction, const OutboxEntry& digest,
                                std::span<const OutboxId> members) {
  NewMessage message{digest, {}};
  TRY(auto queued, enqueue_outbox(transaction, std::span(&message, 1)));
  TRY(auto digested, digest_outbox(transaction, members, queued.front().id));
  (void)digested;  // those that were so already belong to the digest of that key
  return queued.front().id;
}

}  // namespace holter::catalog
