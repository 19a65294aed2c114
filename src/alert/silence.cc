#include "alert/silence.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"

namespace holter::alert {
namespace {

constexpr std::array<std::string_view, 3> kStates{"pending", "active", "expired"};
// Nodes of the three tables, and the pointer in a bucket.
constexpr std::size_t kTableBytes = 256;
constexpr std::uint64_t kNoLabel = 0;

std::size_t bytes_of(const Silence& silence) {
  return sizeof(Silence) + kTableBytes + held_bytes(silence.matchers) +
         silence.windows.capacity() * sizeof(model::TimeWindow) + silence.comment.capacity() +
         silence.created_by.capacity();
}

std::uint64_t key_of(std::string_view name, std::string_view value) {
  return std::max<std::uint64_t>(stable_hash(name, value), kNoLabel + 1);
}

Status check(const Silence& silence) {
  auto wrong = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot take silence {}: {}", silence.id, why));
  };
  if (silence.id == 0) return wrong("it has no id");
  if (silence.start >= silence.end) return wrong("it must end after its start");
  if (silence.matchers.size() > kMostMatchers) return wrong(fmt::format("it has more than {} matchers", kMostMatchers));
  if (silence.windows.size() > Silences::kMostWindows)
    return wrong(fmt::format("it has more than {} time windows", Silences::kMostWindows));
  if (silence.comment.size() + silence.created_by.size() > Silences::kMostTextBytes)
    return wrong(fmt::format("its texts have more than {} bytes", Silences::kMostTextBytes));
  return {};
}

}  // namespace

std::string_view to_string(SilenceState state) {
  return kStates[static_cast<std::size_t>(state)];
}

SilenceState state_at(const Silence& silence, WallTime t) {
  if (t >= silence.end) return SilenceState::kExpired;
  if (t < silence.start) return SilenceState::kPending;
  if (!silence.windows.empty() && !any_contains(silence.windows, t)) return SilenceState::kPending;
  return SilenceState::kActive;
}

WallTime next_change(const Silence& silence, WallTime after) {
  if (after >= silence.end) return WallTime::max();
  const auto state = state_at(silence, after);
  // At the start a silence may be between two windows, and so stay pending.
  for (auto at = after;;) {
    if (at < silence.start)
      at = silence.start;
    else
      at = std::min(silence.windows.empty() ? silence.end : model::next_change(silence.windows, at), silence.end);
    if (at == silence.end || state_at(silence, at) != state) return at;
  }
}

std::vector<std::size_t> preview(std::span<const Matcher> matchers, std::span<const model::Labels* const> alerts) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < alerts.size(); ++i)
    if (matches(matchers, *alerts[i])) out.push_back(i);
  return out;
}

Status Silences::set(Silence silence) {
  TRY_OK(check(silence));
  auto old = silences_.find(silence.id);
  auto refuse = [&](std::string_view why) {
    ++refused_;
    return Error(ErrorCode::kResourceExhausted, fmt::format("cannot take silence {}: {}", silence.id, why));
  };
  if (old == silences_.end() && silences_.size() >= kMost) return refuse(fmt::format("there are {} already", kMost));
  const auto before = old == silences_.end() ? 0 : bytes_of(old->second);
  if (!memory_.resize(memory_.bytes() + bytes_of(silence) - before)) return refuse("no memory");
  if (old == silences_.end()) {
    old = silences_.emplace(silence.id, std::move(silence)).first;
  } else {
    unindex(silence.id);
    old->second = std::move(silence);
  }
  index(old->second);
  next_.reset();
  return {};
}

bool Silences::remove(std::uint64_t id) {
  auto found = silences_.find(id);
  if (found == silences_.end()) return false;
  unindex(id);
  (void)memory_.resize(memory_.bytes() - bytes_of(found->second));  // less is never refused
  silences_.erase(found);
  next_.reset();
  return true;
}

std::size_t Silences::remove_expired(WallTime t) {
  std::vector<std::uint64_t> gone;
  for (const auto& [id, silence] : silences_)
    if (silence.end < t) gone.push_back(id);
  for (auto id : gone) remove(id);
  return gone.size();
}

const Silence* Silences::find(std::uint64_t id) const {
  auto found = silences_.find(id);
  return found == silences_.end() ? nullptr : &found->second;
}

void Silences::index(const Silence& silence) {
  // Of several labels that would do, the one with the fewest silences: alertname="Down" may stand in each of them.
  auto best = kNoLabel;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (const auto& matcher : silence.matchers) {
    if (matcher.op() != MatchOp::kEqual || matcher.value().empty()) continue;  // the empty one matches a missing label
    auto key = key_of(matcher.name(), matcher.value());
    auto found = by_label_.find(key);
    auto size = found == by_label_.end() ? 0 : found->second.size();
    if (size >= fewest) continue;
    best = key;
    fewest = size;
  }
  by_label_[best].push_back(&silence);
  place_[silence.id] = best;
}

void Silences::unindex(std::uint64_t id) {
  auto place = place_.find(id);
  auto bucket = by_label_.find(place->second);
  std::erase_if(bucket->second, [&](const Silence* silence) { return silence->id == id; });
  if (bucket->second.empty()) by_label_.erase(bucket);
  place_.erase(place);
}

void Silences::add_matching(const std::vector<const Silence*>& candidates, const model::Labels& labels, WallTime t,
                            std::vector<std::uint64_t>& out) const {
  for (const auto* silence : candidates) {
    if (t < silence->start || t >= silence->end || !matches(silence->matchers, labels)) continue;
    if (state_at(*silence, t) == SilenceState::kActive) out.push_back(silence->id);
  }
}

std::vector<std::uint64_t> Silences::silenced_by(const model::Labels& labels, WallTime t) const {
  std::vector<std::uint64_t> out;
  if (silences_.empty()) return out;
  if (auto rest = by_label_.find(kNoLabel); rest != by_label_.end()) add_matching(rest->second, labels, t, out);
  for (const auto& [name, value] : labels)
    if (auto bucket = by_label_.find(key_of(name, value)); bucket != by_label_.end())
      add_matching(bucket->second, labels, t, out);
  std::ranges::sort(out);
  return out;
}

WallTime Silences::next_change(WallTime after) const {
  if (next_ && after >= next_->first && after < next_->second) return next_->second;
  auto next = WallTime::max();
  for (const auto& [id, silence] : silences_) next = std::min(next, alert::next_change(silence, after));
  next_ = {after, next};
  return next;
}

}  // namespace holter::alert
