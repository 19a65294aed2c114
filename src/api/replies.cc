#include "api/replies.h"

#include <algorithm>

namespace holter::api {
namespace {

/// What an entry takes besides its texts: nodes of list and map.
constexpr std::size_t kEntryBytes = 256;

}  // namespace

Replies::Begun Replies::begin(std::string_view key, std::uint64_t request) {
  forget_old();
  if (auto found = by_key_.find(key); found != by_key_.end()) {
    const auto& entry = *found->second;
    if (entry.request != request) return {Found::kOther, nullptr};
    return entry.answered ? Begun{Found::kAnswered, &entry.reply} : Begun{Found::kRuns, nullptr};
  }
  memory::Reservation held;
  if ((entries_.size() >= kMost && !forget_oldest()) || !hold(held, kEntryBytes + key.size()))
    return {Found::kFull, nullptr};
  entries_.push_back({std::string(key), request, clock_.mono(), false, {}, std::move(held)});
  try {
    by_key_.emplace(entries_.back().key, std::prev(entries_.end()));
  } catch (...) {
    entries_.pop_back();
    throw;
  }
  return {Found::kNew, nullptr};
}

void Replies::finish(std::string_view key, Reply reply) {
  auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  auto bytes = kEntryBytes + key.size() + reply.body.size();
  for (const auto& [name, value] : reply.headers) bytes += sizeof(reply.headers[0]) + value.size();
  auto& entry = *found->second;
  memory::Reservation held;
  if (!hold(held, bytes)) return forget(found->second);
  entry.held = std::move(held);
  entry.reply = std::move(reply);
  entry.answered = true;
}

void Replies::drop(std::string_view key) {
  if (auto found = by_key_.find(key); found != by_key_.end()) forget(found->second);
}

void Replies::forget_old() {
  auto now = clock_.mono();
  for (auto entry = entries_.begin(); entry != entries_.end() && now - entry->begun >= kKept;) {
    auto old = entry++;
    if (old->answered) forget(old);
  }
}

/// Of those that are answered; one that runs stays.
bool Replies::forget_oldest() {
  auto oldest = std::ranges::find(entries_, true, &Entry::answered);
  if (oldest == entries_.end()) return false;
  forget(oldest);
  return true;
}

void Replies::forget(Entries::iterator entry) {
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

bool Replies::hold(memory::Reservation& held, std::size_t bytes) {
  do {
    auto got = account_.reserve(bytes);
    if (!got) continue;
    held = std::move(*got);
    return true;
  } while (forget_oldest());
  return false;
}

}  // namespace holter::api
