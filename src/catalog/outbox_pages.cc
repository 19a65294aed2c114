#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "catalog/label_json.h"
#include "catalog/outbox.h"
#include "catalog/outbox_rows.h"
#include "catalog/rules.h"
#include "catalog/session.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostRead = 1000;

}  // namespace

Result<std::vector<OutboxEntry>> read_outbox(Database& database, const OutboxQuery& query) {
  TRY_OK(check_text("receiver", query.receiver, kMostName));
  return guarded(database, "read the outbox", [&](soci::session& sql) -> Result<std::vector<OutboxEntry>> {
    std::vector<OutboxEntry> found;
    if (query.before_id != 0 && !is_key(query.before_id)) return found;
    long long before =
        query.before_id == 0 ? std::numeric_limits<long long>::max() : static_cast<long long>(query.before_id);
    auto most = static_cast<long long>(std::clamp<std::size_t>(query.most, 1, kMostRead));
    std::string state, where = "id < :before";
    OutboxRow row;
    soci::statement rows(sql);
    rows.exchange(use(before, "before"));
    if (query.state) {
      state = to_string(*query.state);
      where += " AND state = :state";
      rows.exchange(use(state, "state"));
    }
    if (!query.receiver.empty()) {
      where += " AND receiver = :receiver";
      rows.exchange(use(query.receiver, "receiver"));
    }
    rows.exchange(use(most, "most"));
    row.prepare(rows, false, where + " ORDER BY id DESC LIMIT :most");
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      TRY(auto entry, row.fetched());
      found.push_back(std::move(entry));
    }
    return found;
  });
}

Result<OutboxEntry> find_outbox(Database& database, OutboxId id) {
  auto what = fmt::format("find the message {}", id.value);
  if (!is_key(id.value)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
  return guarded(database, what, [&](soci::session& sql) -> Result<OutboxEntry> {
    OutboxRow row;
    auto key = static_cast<long long>(id.value);
    soci::statement rows(sql);
    rows.exchange(use(key, "id"));
    row.prepare(rows, true, "id = :id");
    if (!rows.execute(true)) return Error(ErrorCode::kNotFound, fmt::format("cannot {}", what));
    return row.fetched();
  });
}

Result<std::vector<OutboxAttempt>> read_attempts(Database& database, OutboxId id) {
  return guarded(database, "read attempts", [&](soci::session& sql) -> Result<std::vector<OutboxAttempt>> {
    std::vector<OutboxAttempt> found;
    if (!is_key(id.value)) return found;
    OutboxAttempt row;
    long long key = static_cast<long long>(id.value), number = 0, time = 0, duration = 0;
    std::string outcome;
    soci::statement rows = (sql.prepare << "SELECT number, time_ms, duration_ms, outcome, answer FROM attempts "
                                           "WHERE outbox_id = :id ORDER BY number",
                            into(number), into(time), into(duration), into(outcome), into(row.answer), use(key, "id"));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      row.number = static_cast<std::uint32_t>(number);
      row.time = from_epoch_ms(time);
      row.duration = std::chrono::milliseconds(duration);
      row.outcome = AttemptOutcome::kDelivered;
      for (auto other : {AttemptOutcome::kRetry, AttemptOutcome::kGaveUp})
        if (outcome == to_string(other)) row.outcome = other;
      found.push_back(row);
    }
    return found;
  });
}

Result<OutboxCounts> count_outbox(Database& database) {
  return guarded(database, "count the outbox", [&](soci::session& sql) -> Result<OutboxCounts> {
    OutboxCounts counts;
    std::string word;
    long long number = 0, oldest = 0, due = 0;
    soci::statement rows =
        (sql.prepare << "SELECT state, count(*), min(created_ms), min(next_ms) FROM outbox GROUP BY state", into(word),
         into(number), into(oldest), into(due));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
      auto state = parse_outbox_state(word);
      if (!state) return Error(ErrorCode::kCorruption, "cannot count the outbox: a state is none");
      counts.by_state[static_cast<std::size_t>(*state)] = static_cast<std::size_t>(number);
      if (*state != OutboxState::kQueued) continue;
      counts.oldest_queued = from_epoch_ms(oldest);
      counts.next_due = from_epoch_ms(due);
    }
    return counts;
  });
}

}  // namespace holter::catalog
