#include "incidents/catalog_store.h"

#include <utility>

#include "catalog/outbox_lanes.h"

namespace holter::incidents {
namespace {

using catalog::OutboxId;
using catalog::OutboxState;
using notify::EntryState;

constexpr std::string_view kWriter = "notify";

catalog::OutboxEntry stored(notify::Entry entry) {
  catalog::OutboxEntry out;
  out.key = std::move(entry.key);
  out.receiver = std::move(entry.receiver);
  out.channel = std::move(entry.channel);
  out.group = std::move(entry.group);
  out.message = std::move(entry.message);
  out.next = entry.next_at;
  return out;
}

notify::Entry entry_of(catalog::OutboxEntry stored) {
  notify::Entry entry;
  entry.id = {stored.id.value};
  entry.key = std::move(stored.key);
  entry.receiver = std::move(stored.receiver);
  entry.channel = std::move(stored.channel);
  entry.group = std::move(stored.group);
  entry.message = std::move(stored.message);
  entry.state = stored.sending ? EntryState::kSending : EntryState::kQueued;
  entry.attempts = stored.attempts;
  entry.next_at = stored.next;
  entry.created = stored.created;
  entry.since = stored.since;
  entry.note = std::move(stored.last_answer);
  return entry;
}

notify::Backlog backlog_of(catalog::OutboxLane lane) {
  return {std::move(lane.receiver), lane.waiting, lane.oldest, lane.next};
}

catalog::AttemptOutcome outcome_of(std::string_view word) {
  if (word == "delivered") return catalog::AttemptOutcome::kDelivered;
  return word == "retry" ? catalog::AttemptOutcome::kRetry : catalog::AttemptOutcome::kGaveUp;
}

catalog::OutboxChange change_of(notify::EntryChange change) {
  catalog::OutboxChange out{.id = OutboxId{change.id.value},
                            .state = OutboxState::kQueued,
                            .sending = change.state == EntryState::kSending,
                            .attempts = change.attempts,
                            .next = change.next_at,
                            .note = std::move(change.note),
                            .attempt = std::nullopt};
  if (change.state == EntryState::kDelivered) out.state = OutboxState::kDelivered;
  if (change.state == EntryState::kDead) out.state = OutboxState::kDead;
  if (change.line) {
    auto& line = *change.line;
    if (out.note.empty()) out.note = line.answer;
    out.attempt = catalog::OutboxAttempt{.number = 0,
                                         .time = line.when,
                                         .duration = line.duration,
                                         .outcome = outcome_of(line.outcome),
                                         .answer = std::move(line.answer)};
  }
  return out;
}

}  // namespace

boost::asio::awaitable<Result<notify::EntryId>> CatalogStore::add(notify::Entry entry) {
  auto bytes = entry.message.size();
  auto work = [entry = stored(std::move(entry))](catalog::Transaction& transaction) -> Result<notify::EntryId> {
    catalog::NewMessage message{entry, {}};
    TRY(auto queued, catalog::enqueue_outbox(transaction, std::span(&message, 1)));
    return notify::EntryId{queued.front().id.value};
  };
  co_return co_await catalog_.write<notify::EntryId>(std::string(kWriter), std::move(work),
                                                     call("queue a notification", bytes));
}

boost::asio::awaitable<Result<std::vector<notify::Backlog>>> CatalogStore::backlog() {
  auto work = [now = clock_.wall()](catalog::Database& database) -> Result<std::vector<notify::Backlog>> {
    TRY(auto lanes, catalog::read_outbox_lanes(database, now));
    std::vector<notify::Backlog> found;
    for (auto& lane : lanes) found.push_back(incidents::backlog_of(std::move(lane)));
    return found;
  };
  co_return co_await catalog_.read<std::vector<notify::Backlog>>(std::move(work), call("read who waits"));
}

boost::asio::awaitable<Result<notify::Backlog>> CatalogStore::backlog_of(std::string receiver) {
  auto work = [receiver, now = clock_.wall()](catalog::Database& database) -> Result<notify::Backlog> {
    TRY(auto lane, catalog::read_outbox_lane(database, receiver, now));
    return incidents::backlog_of(std::move(lane));
  };
  co_return co_await catalog_.read<notify::Backlog>(std::move(work), call("read who waits"));
}

boost::asio::awaitable<Result<std::vector<notify::Entry>>> CatalogStore::due(std::string receiver, WallTime now,
                                                                             std::size_t most, std::size_t most_bytes) {
  auto work = [=](catalog::Database& database) -> Result<std::vector<notify::Entry>> {
    TRY(auto rows, catalog::read_due_of_lane(database, receiver, now, most, most_bytes));
    std::vector<notify::Entry> found;
    for (auto& row : rows) found.push_back(entry_of(std::move(row)));
    return found;
  };
  co_return co_await catalog_.read<std::vector<notify::Entry>>(std::move(work), call("read due notifications"));
}

boost::asio::awaitable<Status> CatalogStore::change(notify::EntryChange change) {
  auto work = [change = change_of(std::move(change))](catalog::Transaction& transaction) -> Result<bool> {
    TRY_OK(catalog::change_outbox(transaction, change));
    return true;
  };
  auto changed =
      co_await catalog_.write<bool>(std::string(kWriter), std::move(work), call("note what became of a notification"));
  if (!changed) co_return changed.error();
  co_return Status();
}

boost::asio::awaitable<Result<notify::EntryId>> CatalogStore::add_digest(notify::Entry digest,
                                                                         std::vector<notify::EntryId> members) {
  auto bytes = digest.message.size();
  std::vector<OutboxId> ids;
  for (auto id : members) ids.push_back(OutboxId{id.value});
  auto work = [entry = stored(std::move(digest)), ids](catalog::Transaction& transaction) -> Result<notify::EntryId> {
    TRY(auto id, catalog::enqueue_digest(transaction, entry, ids));
    return notify::EntryId{id.value};
  };
  co_return co_await catalog_.write<notify::EntryId>(std::string(kWriter), std::move(work),
                                                     call("queue a digest", bytes));
}

boost::asio::awaitable<Result<std::string>> CatalogStore::resend(notify::EntryId id, WallTime) {
  auto work = [id](catalog::Transaction& transaction) {
    return catalog::resend_outbox(transaction, OutboxId{id.value});
  };
  co_return co_await catalog_.write<std::string>(std::string(kWriter), std::move(work),
                                                 call("send a notification again"));
}

}  // namespace holter::incidents
