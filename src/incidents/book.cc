#include "incidents/book.h"

#include <algorithm>
#include <memory>
#include <new>

#include <fmt/format.h>

namespace holter::incidents {
namespace {

constexpr std::size_t kOwnBytes = 128;  // of an element, beside its texts

std::size_t bytes_of(const model::Labels& labels) {
  std::size_t bytes = labels.size() * 64;
  for (const auto& [name, value] : labels) bytes += name.size() + value.size();
  return bytes;
}
std::size_t bytes_of(const catalog::Incident& incident) {
  return sizeof(incident) + incident.rule.size() + bytes_of(incident.labels) + bytes_of(incident.annotations) +
         incident.evidence.size();
}
std::size_t bytes_of(const Note& note) {
  return sizeof(note) + note.event.text.size() + note.event.json.size();
}
std::size_t bytes_of(const Outgoing& message) {
  return sizeof(message) + message.entry.message.size() + message.about.size() * sizeof(IncidentKey) +
         message.entry.key.size() + message.entry.receiver.size();
}
std::size_t bytes_of(const std::string& key, const std::optional<std::string>& json) {
  return kOwnBytes + key.size() + (json ? json->size() : 0);
}

/// Ids of incidents, as far as a transaction has learnt them.
class Ids {
 public:
  explicit Ids(catalog::Database& database) : database_(database) {}
  void learn(const IncidentKey& key, catalog::IncidentId id) { known_[key] = id; }
  /// std::nullopt for one that is not stored (any more).
  Result<std::optional<catalog::IncidentId>> find(const IncidentKey& key) {
    if (auto known = known_.find(key); known != known_.end()) return known->second;
    auto found = catalog::find_incident(database_, key.fingerprint, key.started);
    std::optional<catalog::IncidentId> id;
    if (found)
      id = found->id;
    else if (found.error().code() != ErrorCode::kNotFound)
      return found.error();
    known_.emplace(key, id);
    return id;
  }

 private:
  catalog::Database& database_;
  std::map<IncidentKey, std::optional<catalog::IncidentId>> known_;
};

template <class T>
std::vector<T> take_front(std::deque<T>& queue, std::size_t most) {
  auto count = std::min(queue.size(), most);
  std::vector<T> taken(std::make_move_iterator(queue.begin()),
                       std::make_move_iterator(queue.begin() + static_cast<std::ptrdiff_t>(count)));
  queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
  return taken;
}

}  // namespace

bool Book::charge(std::size_t bytes) {
  if (memory_.resize(memory_.bytes() + bytes)) return true;
  ++refused_;
  return false;
}

bool Book::open(catalog::Incident incident) {
  if (!charge(bytes_of(incident))) return false;
  opened_.push_back(std::move(incident));
  return true;
}
bool Book::close(const IncidentKey& incident, WallTime ended, model::Resolution why) {
  if (!charge(kOwnBytes)) return false;
  closed_.push_back({incident, ended, why});
  return true;
}
bool Book::note(Note note) {
  if (!charge(bytes_of(note))) return false;
  notes_.push_back(std::move(note));
  return true;
}
bool Book::send(Outgoing message) {
  if (!charge(bytes_of(message))) return false;
  messages_.push_back(std::move(message));
  ++sent_;
  return true;
}
bool Book::put_state(catalog::StateTable table, std::string key, std::optional<std::string> json) {
  auto bytes = bytes_of(key, json);
  auto& states = states_[static_cast<std::size_t>(table)];
  const auto after = table == catalog::StateTable::kGroups ? sent_ : 0;
  if (auto there = states.find(key); there != states.end()) {
    auto before = bytes_of(key, there->second.json);
    if (bytes > before && !charge(bytes - before)) return false;
    if (bytes < before) (void)memory_.resize(memory_.bytes() - (before - bytes));  // less is always granted
    there->second = {std::move(json), after};
    return true;
  }
  if (!charge(bytes)) return false;
  states.emplace(std::move(key), State{std::move(json), after});
  return true;
}

bool Book::empty() const {
  return waiting() == 0 && states_[0].empty() && states_[1].empty();
}

Book::Page Book::take_page() {
  Page page;
  page.opened = take_front(opened_, kMostTogether);
  // What speaks of an incident comes behind its opening.
  if (opened_.empty()) {
    page.closed = take_front(closed_, kMostTogether);
    page.notes = take_front(notes_, kMostTogether);
    page.messages = take_front(messages_, 200);
  }
  for (const auto& incident : page.opened) page.bytes += bytes_of(incident);
  page.bytes += page.closed.size() * kOwnBytes;
  for (const auto& note : page.notes) page.bytes += bytes_of(note);
  for (const auto& message : page.messages) page.bytes += bytes_of(message);
  const auto handed = sent_ - messages_.size();
  for (std::size_t table = 0; table < 2; ++table) {
    auto& states = states_[table];
    std::size_t taken = 0;
    for (auto at = states.begin(); taken < kMostTogether && at != states.end();) {
      if (at->second.after > handed) {
        ++at;
        continue;
      }
      auto state = states.extract(at++);
      auto& json = state.mapped().json;
      ++taken;
      page.bytes += bytes_of(state.key(), json);
      if (json)
        page.states[table].push_back({std::move(state.key()), std::move(*json), {}});
      else
        page.gone[table].push_back(std::move(state.key()));
    }
  }
  return page;
}

/// Everything goes where it came from; a state that has been put anew meanwhile is newer.
void Book::put_back(const Page& page) {
  opened_.insert(opened_.begin(), page.opened.begin(), page.opened.end());
  closed_.insert(closed_.begin(), page.closed.begin(), page.closed.end());
  notes_.insert(notes_.begin(), page.notes.begin(), page.notes.end());
  const auto handed = sent_ - messages_.size();
  messages_.insert(messages_.begin(), page.messages.begin(), page.messages.end());
  for (std::size_t table = 0; table < 2; ++table) {
    auto again = [&](const std::string& key, std::optional<std::string> json) {
      auto bytes = bytes_of(key, json);
      State state{std::move(json), table == static_cast<std::size_t>(catalog::StateTable::kGroups) ? handed : 0};
      if (!states_[table].emplace(key, std::move(state)).second) (void)memory_.resize(memory_.bytes() - bytes);
    };
    for (const auto& state : page.states[table]) again(state.key, state.json);
    for (const auto& key : page.gone[table]) again(key, std::nullopt);
  }
}

Result<Book::Written> Book::write(catalog::Transaction& transaction, const Page& page) {
  Written written;
  Ids ids(transaction.database());
  TRY(auto opened, catalog::open_incidents(transaction, page.opened));
  for (std::size_t i = 0; i < opened.size(); ++i) {
    IncidentKey key{page.opened[i].fingerprint, page.opened[i].started};
    ids.learn(key, opened[i].id);
    written.opened.emplace_back(key, opened[i].id);
  }
  std::vector<catalog::IncidentEnd> ends;
  for (const auto& ended : page.closed) {
    TRY(auto id, ids.find(ended.incident));
    if (id) ends.push_back({*id, ended.when, ended.why});
  }
  TRY(auto closed, catalog::close_incidents(transaction, ends));
  (void)closed;  // those that had ended already were closed before a crash
  for (const auto& note : page.notes) {
    TRY(auto id, ids.find(note.about));
    if (!id) continue;
    auto event = note.event;
    event.incident = *id;
    TRY_OK(catalog::append_incident_event(transaction, event));
  }
  std::vector<catalog::NewMessage> messages;
  for (const auto& message : page.messages) {
    auto& added = messages.emplace_back(catalog::NewMessage{message.entry, {}});
    for (const auto& about : message.about) {
      TRY(auto id, ids.find(about));
      if (id && added.entry.incidents.size() < 1000) added.entry.incidents.push_back(*id);
    }
    written.receivers.push_back(message.entry.receiver);
  }
  TRY(auto queued, catalog::enqueue_outbox(transaction, messages));
  (void)queued;  // a key that was there already has been sent before a crash
  for (auto table : {catalog::StateTable::kAlerts, catalog::StateTable::kGroups}) {
    auto i = static_cast<std::size_t>(table);
    TRY_OK(catalog::put_states(transaction, table, page.states[i], page.gone[i]));
  }
  return written;
}

boost::asio::awaitable<Result<Book::Written>> Book::flush(MonoTime deadline) {
  auto page = std::make_shared<const Page>(take_page());
  auto work = [page](catalog::Transaction& transaction) { return write(transaction, *page); };
  auto what = fmt::format("note {} incidents and {} notifications", page->opened.size() + page->closed.size(),
                          page->messages.size());
  auto written = co_await catalog_.write<Written>("holter", std::move(work), {std::move(what), deadline, 0});
  if (!written) {
    put_back(*page);
    co_return written.error();
  }
  (void)memory_.resize(memory_.bytes() - page->bytes);
  co_return std::move(*written);
}

}  // namespace holter::incidents
