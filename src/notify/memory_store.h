#pragma once

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "notify/store.h"

namespace holter::notify {

/// A Store for tests: in memory, as its contract says, and with the faults of a real one. Time stands still between a
/// call and its end, as if the disk were infinitely fast.
class MemoryStore final : public Store {
 public:
  std::map<std::uint64_t, Entry> entries;
  std::vector<AttemptLine> log;
  /// Asked before each call that changes something; an error is the call's. Then nothing has changed.
  std::function<Status(std::string_view call)> fault;
  /// The nth change from now on (1 is the next) never ends: the process dies while it waits for it. `lost`: nor is it
  /// carried out.
  void die_at(int nth, bool lost) {
    dies_in_ = nth;
    lost_ = lost;
    dead_ = false;
  }
  bool dead() const { return dead_; }
  int changes() const { return changes_; }
  /// As after a restart.
  void revive() {
    dead_ = false;
    dies_in_ = 0;
  }
  std::size_t most_loaded = 0;  ///< the most entries that one call gave

  boost::asio::awaitable<Result<EntryId>> add(Entry entry) override {
    CO_TRY_OK(co_await begin("add"));
    EntryId id;
    if (!lost_now()) id = insert(std::move(entry));
    co_await end();
    co_return id;
  }
  boost::asio::awaitable<Result<std::vector<Backlog>>> backlog() override {
    std::set<std::string> receivers;
    for (const auto& [id, entry] : entries)
      if (waits(entry)) receivers.insert(entry.receiver);
    std::vector<Backlog> result;
    for (const auto& receiver : receivers) result.push_back(count(receiver));
    co_return result;
  }
  boost::asio::awaitable<Result<Backlog>> backlog_of(std::string receiver) override { co_return count(receiver); }
  boost::asio::awaitable<Result<std::vector<Entry>>> due(std::string receiver, WallTime now, std::size_t most,
                                                         std::size_t most_bytes) override {
    if (fault) CO_TRY_OK(fault("due"));
    std::vector<Entry> found;
    std::vector<std::string> held;
    std::size_t bytes = 0;
    for (const auto& [id, entry] : entries) {
      if (!waits(entry) || entry.receiver != receiver) continue;
      bool behind = std::ranges::find(held, entry.group) != held.end();
      if (behind || (entry.next_at > now && entry.created <= now)) {
        held.push_back(entry.group);
        continue;
      }
      bytes += entry.message.size();
      if (found.size() >= most || (bytes > most_bytes && !found.empty())) break;
      found.push_back(entry);
    }
    most_loaded = std::max(most_loaded, found.size());
    co_return found;
  }
  boost::asio::awaitable<Status> change(EntryChange change) override {
    CO_TRY_OK(co_await begin("change"));
    if (!lost_now()) {
      auto found = entries.find(change.id.value);
      if (found == entries.end()) co_return Error(ErrorCode::kNotFound, "cannot change the entry: there is none");
      auto& entry = found->second;
      entry.state = change.state;
      entry.attempts = change.attempts;
      entry.next_at = change.next_at;
      entry.note = change.note;
      if (change.line) log.push_back(*change.line);
    }
    co_await end();
    co_return Status{};
  }
  boost::asio::awaitable<Result<EntryId>> add_digest(Entry digest, std::vector<EntryId> members) override {
    CO_TRY_OK(co_await begin("add_digest"));
    EntryId id;
    if (!lost_now()) {
      id = insert(std::move(digest));
      for (auto member : members) {
        entries.at(member.value).state = EntryState::kDelivered;
        entries.at(member.value).note = fmt::format("in digest {}", id.value);
      }
    }
    co_await end();
    co_return id;
  }
  boost::asio::awaitable<Result<std::string>> resend(EntryId id, WallTime now) override {
    CO_TRY_OK(co_await begin("resend"));
    auto found = entries.find(id.value);
    if (found == entries.end()) co_return Error(ErrorCode::kNotFound, "cannot send again: no such entry");
    auto& entry = found->second;
    if (entry.state != EntryState::kDead) co_return Error(ErrorCode::kConflict, "cannot send again: it is not dead");
    entry.state = EntryState::kQueued;
    entry.attempts = 0;
    entry.next_at = entry.since = now;
    entry.note.clear();
    co_await end();
    co_return entry.receiver;
  }

 private:
  static bool waits(const Entry& entry) {
    return entry.state == EntryState::kQueued || entry.state == EntryState::kSending;
  }
  Backlog count(const std::string& receiver) const {
    Backlog backlog{.receiver = receiver};
    std::set<std::string> groups;
    for (const auto& [id, entry] : entries) {
      if (!waits(entry) || entry.receiver != receiver) continue;
      bool head = groups.insert(entry.group).second, first = backlog.waiting++ == 0;
      backlog.oldest = first ? entry.since : std::min(backlog.oldest, entry.since);
      if (head) backlog.next_at = first ? entry.next_at : std::min(backlog.next_at, entry.next_at);
    }
    return backlog;
  }
  EntryId insert(Entry entry) {
    for (const auto& [id, known] : entries)
      if (known.key == entry.key && known.receiver == entry.receiver) return known.id;
    entry.id = EntryId{++last_};
    entries.emplace(last_, std::move(entry));
    return EntryId{last_};
  }
  boost::asio::awaitable<Status> begin(std::string_view call) {
    if (dead_) co_await never();
    if (fault) CO_TRY_OK(fault(call));
    ++changes_;
    if (dies_in_ > 0 && --dies_in_ == 0) dead_ = true;
    co_return Status{};
  }
  bool lost_now() const { return dead_ && lost_; }
  boost::asio::awaitable<void> end() {
    if (dead_) co_await never();
  }
  static boost::asio::awaitable<void> never() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
    co_await timer.async_wait(boost::asio::use_awaitable);
  }

  std::uint64_t last_ = 0;
  int dies_in_ = 0, changes_ = 0;
  bool lost_ = false, dead_ = false;
};

}  // namespace holter::notify
