#include "notify/outbox_pass.h"

#include <algorithm>
#include <new>
#include <string_view>

#include <fmt/format.h>

#include "base/hash.h"
#include "notify/digest.h"
#include "notify/http_outcome.h"
#include "notify/message_json.h"
#include "runtime/deadline.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;

constexpr seconds kWindow{60};
constexpr std::size_t kLongestAnswer = 500;
/// How long a receiver waits that cannot be opened for our own want.
constexpr seconds kPause{60};
/// Until the next try where there was no memory.
constexpr seconds kStarved{1};

std::string_view word(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kDelivered:
      return "delivered";
    case Outcome::Kind::kRetry:
      return "retry";
    case Outcome::Kind::kGiveUp:
      return "gave up";
  }
  return "";
}

/// In the shape that with_deadline() takes.
awaitable<Result<Outcome>> send(const PluginInfo& channel, const Message& message, const Settings& settings,
                                Wire& wire) {
  co_return co_await channel.send(message, settings, wire);
}

}  // namespace

Outbox::Pass::Pass(Outbox* outbox, Lanes::value_type* lane, const PluginInfo* channel)
    : outbox_(outbox),
      lane_(lane),
      channel_(channel),
      channel_name_(channel != nullptr ? std::string(channel->name) : "none"),
      suspect_(lane->second.suspect) {
  lane_->second.busy = true;
  auto& load = outbox_->loads_[channel_name_];
  ++load.passes;
  load.suspects += suspect_ ? 1 : 0;
}

Outbox::Pass::Pass(Pass&& other) noexcept
    : outbox_(std::exchange(other.outbox_, nullptr)),
      lane_(other.lane_),
      channel_(other.channel_),
      channel_name_(std::move(other.channel_name_)),
      suspect_(other.suspect_),
      loaded_(std::exchange(other.loaded_, 0)),
      charged_(std::move(other.charged_)) {}

Outbox::Pass::~Pass() {
  if (outbox_ == nullptr) return;
  auto& load = outbox_->loads_.find(channel_name_)->second;
  --load.passes;
  load.suspects -= suspect_ ? 1 : 0;
  outbox_->stats_.loaded -= loaded_;
  lane().busy = false;
  try {
    outbox_->set_due(*lane_, lane().due);
    outbox_->wake();
  } catch (const std::bad_alloc&) {  // refresh() finds a lane that has no time
    lane().due.reset();
  }
}

Outbox::ChannelStats& Outbox::Pass::stats() {
  return outbox_->stats_.channels[channel_name_];
}

awaitable<void> Outbox::Pass::run() {
  lane().due = now() + kStarved;  // where there is no memory to come to the end of this
  if (!co_await write_ends()) co_return;
  auto entries = co_await load();
  if (!entries) {
    outbox_->store_failed(lane(), entries.error());
    co_return;
  }
  if (!entries->empty()) co_await send_all(std::move(*entries));
  co_await plan();
}

/// What ended, and the store would not take: first of all, since these must not be sent again.
awaitable<bool> Outbox::Pass::write_ends() {
  auto& ends = lane().unwritten;
  while (!ends.empty()) {
    auto written = co_await outbox_->store_.change(ends.front());
    if (!written && written.error().code() != ErrorCode::kNotFound) {  // somebody may have deleted the entry
      outbox_->store_failed(lane(), written.error());
      co_return false;
    }
    ends.erase(ends.begin());
    lane().store_wait = {};
    --outbox_->stats_.unwritten;
  }
  co_return true;
}

bool Outbox::Pass::within_rate(unsigned per_minute) {
  auto& sent = lane().sent;
  auto now = outbox_->clock_.mono();
  while (!sent.empty() && sent.front() + kWindow <= now) sent.pop_front();
  per_minute = std::clamp(per_minute, 1U, OpenReceiver::kMostPerMinute);
  if (sent.size() < per_minute) return true;
  lane().limited = true;
  auto wait = std::chrono::ceil<milliseconds>(sent[sent.size() - per_minute] + kWindow - now);
  lane().hold = this->now() + wait;
  return false;
}

awaitable<Result<std::vector<Entry>>> Outbox::Pass::load() {
  auto most = std::min(lane().limited ? kDigest : kPass, kMostLoaded - std::min(kMostLoaded, outbox_->stats_.loaded));
  auto charged = most > 0 ? outbox_->account_.reserve(kPassBytes)
                          : Result<memory::Reservation>(Error(ErrorCode::kResourceExhausted, "enough is in memory"));
  if (!charged) {
    ++outbox_->stats_.refused;
    lane().hold = now() + kStarved;
    co_return std::vector<Entry>();
  }
  charged_ = std::move(*charged);
  CO_TRY(auto entries, co_await outbox_->store_.due(receiver(), now(), most, kPassBytes / 2));
  loaded_ = entries.size();
  outbox_->stats_.loaded += loaded_;
  outbox_->stats_.most_loaded = std::max(outbox_->stats_.most_loaded, outbox_->stats_.loaded);
  co_return entries;
}

/// Makes one of many that could not go out one by one.
awaitable<Status> Outbox::Pass::join(std::vector<Entry>* entries) {
  CO_TRY(auto digest, digest_entry(*entries, *channel_, now()));
  std::vector<EntryId> members;
  for (const auto& entry : *entries) members.push_back(entry.id);
  CO_TRY(digest.id, co_await outbox_->store_.add_digest(digest, members));
  stats().digested += members.size();
  entries->clear();
  entries->push_back(std::move(digest));
  co_return Status();
}

awaitable<void> Outbox::Pass::send_all(std::vector<Entry> entries) {
  auto opened = channel_ != nullptr ? outbox_->receivers_.open(receiver())
                                    : Result<OpenReceiver>(Error(ErrorCode::kNotFound, "the receiver was deleted"));
  bool never = !opened &&
               (opened.error().code() == ErrorCode::kNotFound || opened.error().code() == ErrorCode::kInvalidArgument);
  if (!opened && !never) {  // no memory, no key: later
    lane().hold = now() + kPause;
    co_return;
  }
  if (opened && !within_rate(opened->per_minute)) co_return;
  if (opened && lane().limited && entries.size() > 1) {
    auto joined = co_await join(&entries);
    if (!joined && joined.error().code() != ErrorCode::kCorruption) {
      outbox_->store_failed(lane(), joined.error());
      co_return;
    }
  }
  lane().limited = false;
  std::vector<std::string_view> waiting;  // groups, of which one is tried again later
  for (const auto& entry : entries) {
    if (std::ranges::find(waiting, entry.group) != waiting.end()) continue;
    if (opened && !within_rate(opened->per_minute)) co_return;
    auto next = opened ? co_await attempt(entry, *opened) : co_await bury(entry, one_line(opened.error().message()));
    if (next == Next::kStop) co_return;
    if (next == Next::kOthers) waiting.push_back(entry.group);
  }
}

awaitable<Outbox::Pass::Next> Outbox::Pass::attempt(const Entry& entry, const OpenReceiver& receiver) {
  auto message = message_from_json(entry.message);
  if (!message) co_return co_await bury(entry, message.error().message());
  message->key = entry.key;
  EntryChange change{.id = entry.id,
                     .state = EntryState::kSending,
                     .attempts = entry.attempts + 1,
                     .next_at = entry.next_at,
                     .note = entry.note,  // the last answer is that until there is another one
                     .line = {}};
  if (auto begun = co_await outbox_->store_.change(change); !begun) {  // then its end could not be written either
    outbox_->store_failed(lane(), begun.error());
    co_return Next::kStop;
  }
  auto began = outbox_->clock_.mono();
  auto when = now();
  lane().sent.push_back(began);
  ++stats().in_flight;
  auto sent = co_await runtime::with_deadline(runtime::deadline_in(outbox_->options_.attempt_limit),
                                              send(*receiver.channel, *message, receiver.settings, outbox_->wire_),
                                              "send the notification");
  --stats().in_flight;
  if (!sent && sent.error().code() == ErrorCode::kCancelled) co_return Next::kStop;  // we stop: again after the start
  auto outcome = sent ? std::move(*sent) : outcome_of(sent.error());
  auto took = std::chrono::duration_cast<milliseconds>(outbox_->clock_.mono() - began);
  auto next_at = next_attempt(outbox_->options_.retry, outcome, change.attempts, entry.since, now(),
                              mix64(outbox_->options_.seed ^ mix64(entry.id.value * 64 + change.attempts)));
  change.line = AttemptLine{.entry = entry.id,
                            .when = when,
                            .duration = took,
                            .outcome = std::string(word(outcome.kind)),
                            .answer = one_line(outcome.answer, kLongestAnswer)};
  change.note.clear();
  bool delivered = outcome.kind == Outcome::Kind::kDelivered;
  lane().suspect = !delivered || took >= outbox_->options_.slow;
  if (delivered) {
    change.state = EntryState::kDelivered;
    ++stats().delivered;
  } else if (next_at) {
    change.state = EntryState::kQueued;
    change.next_at = *next_at;
    ++stats().retried;
  } else {
    change.state = EntryState::kDead;
    change.note = change.line->answer;
    ++stats().dead;
  }
  const bool dead = change.state == EntryState::kDead;
  const auto why = dead ? change.note : std::string();
  auto next = co_await finish(std::move(change));
  if (dead) outbox_->tell_dead(entry, why);
  // One that is slow gives its place to others; of one that refuses quickly the other groups have their turn.
  bool slow = took >= outbox_->options_.slow || !sent;
  co_return next == Next::kStop || slow ? Next::kStop : delivered ? Next::kGoOn : Next::kOthers;
}

awaitable<Outbox::Pass::Next> Outbox::Pass::bury(const Entry& entry, std::string why) {
  ++stats().dead;
  auto next = co_await finish({.id = entry.id,
                               .state = EntryState::kDead,
                               .attempts = entry.attempts,
                               .next_at = entry.next_at,
                               .note = why,
                               .line = {}});
  outbox_->tell_dead(entry, why);
  co_return next;
}

/// The end of an attempt. What the store does not take is kept, and written before anything else is sent.
awaitable<Outbox::Pass::Next> Outbox::Pass::finish(EntryChange change) {
  auto& ends = lane().unwritten;
  ends.push_back(std::move(change));  // also while the store works: a pass that is cut off there loses the end, no more
  ++outbox_->stats_.unwritten;
  co_return co_await write_ends() ? Next::kGoOn : Next::kStop;
}

/// When the receiver is visited next.
awaitable<void> Outbox::Pass::plan() {
  if (!lane().unwritten.empty()) co_return;
  lane().noticed = false;
  auto backlog = co_await outbox_->store_.backlog_of(receiver());
  if (!backlog) {
    outbox_->store_failed(lane(), backlog.error());
    co_return;
  }
  if (backlog->waiting > 0)
    lane().due = std::max(lane().hold, backlog->next_at);
  else if (lane().noticed)
    lane().due = now();
  else
    lane().due.reset();
}

}  // namespace holter::notify
