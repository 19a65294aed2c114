#include "notify/outbox.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "notify/message_json.h"
#include "notify/outbox_pass.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kLaneBytes = 1024;  // with some of the times in `sent`
constexpr seconds kLongestStoreWait{60};
// The clock is set in small steps all the time; only a jump back is worth a look at all lanes.
constexpr seconds kJump{1};

}  // namespace

std::string_view to_string(EntryState state) {
  switch (state) {
    case EntryState::kQueued:
      return "queued";
    case EntryState::kSending:
      return "sending";
    case EntryState::kDelivered:
      return "delivered";
    case EntryState::kDead:
      return "dead";
  }
  return "";
}

Outbox::Outbox(Options options, runtime::Executor executor, const Clock& clock, Store& store,
               const Receivers& receivers, Wire& wire, memory::Account& account)
    : options_(options),
      clock_(clock),
      store_(store),
      receivers_(receivers),
      wire_(wire),
      account_(account),
      alarm_(executor),
      tasks_(executor) {}

Outbox::~Outbox() = default;

class Outbox::Running {
 public:
  explicit Running(Outbox* outbox) : outbox_(outbox) { outbox_->running_ = true; }
  Running(Running&& other) noexcept : outbox_(std::exchange(other.outbox_, nullptr)) {}
  Running& operator=(Running&&) = delete;
  ~Running() {
    if (outbox_ != nullptr) outbox_->running_ = false;
  }

 private:
  Outbox* outbox_;
};

void Outbox::start() {
  started_ = true;
  wake();
}

awaitable<void> Outbox::close() {
  co_await tasks_.close();
}

void Outbox::wake() {
  woken_ = true;
  alarm_.cancel();
  if (started_ && !running_ && !tasks_.closed()) tasks_.spawn(run(Running(this)));
}

awaitable<Result<EntryId>> Outbox::put(Message message) {
  const auto* channel = receivers_.channel_of(message.receiver);
  if (channel == nullptr)
    co_return Error(ErrorCode::kNotFound, fmt::format("cannot send to '{}': no such receiver", message.receiver));
  auto now = clock_.wall();
  Entry entry{.key = message.key,
              .receiver = message.receiver,
              .channel = std::string(channel->name),
              .group = message.group,
              .next_at = now,
              .created = now,
              .since = now};
  CO_TRY(entry.message, to_json(message));
  CO_TRY(auto id, co_await store_.add(std::move(entry)));
  notice(message.receiver);
  co_return id;
}

awaitable<Status> Outbox::resend(EntryId id) {
  CO_TRY(auto receiver, co_await store_.resend(id, clock_.wall()));
  notice(receiver);
  co_return Status();
}

void Outbox::notice(std::string_view receiver) {
  auto* lane = lane_of(receiver);
  if (lane == nullptr) return;  // no memory: the next refresh() finds it
  lane->noticed = true;
  auto due = std::max(clock_.wall(), lane->hold);
  if (!lane->due || *lane->due > due) set_due(*lanes_.find(receiver), due);
  wake();
}

Outbox::Lane* Outbox::lane_of(std::string_view receiver) {
  if (auto found = lanes_.find(receiver); found != lanes_.end()) return &found->second;
  auto charged = account_.reserve(kLaneBytes + 2 * receiver.size());
  if (!charged) {
    ++stats_.refused;
    return nullptr;
  }
  auto& lane = lanes_[std::string(receiver)];
  lane.charged = std::move(*charged);
  return &lane;
}

void Outbox::set_due(Lanes::value_type& lane, std::optional<WallTime> due) {
  if (lane.second.due) queue_.erase({*lane.second.due, lane.first});
  lane.second.due = due;
  if (due && !lane.second.busy) queue_.insert({*due, lane.first});
}

/// Somebody has set the clock back: nobody waits for a time that it had before.
void Outbox::watch_clock(WallTime now) {
  bool set_back = now + kJump < latest_;
  latest_ = now;
  if (!set_back) return;
  for (auto& lane : lanes_) {
    lane.second.hold = std::min(lane.second.hold, now);
    if (lane.second.due) set_due(lane, std::min(*lane.second.due, now));
  }
}

bool Outbox::may_start(const std::string& channel, bool suspect) const {
  auto found = loads_.find(channel);
  if (found == loads_.end()) return true;
  if (found->second.passes >= options_.per_channel) return false;
  return !suspect || found->second.suspects < std::max(options_.per_channel / 2, 1U);
}

void Outbox::start_passes() {
  auto now = clock_.wall();
  for (auto at = queue_.begin(); at != queue_.end() && at->first <= now;) {
    auto lane = lanes_.find(at->second);
    const auto* channel = receivers_.channel_of(lane->first);
    if (!may_start(channel != nullptr ? std::string(channel->name) : "none", lane->second.suspect)) {
      ++at;
      continue;
    }
    at = queue_.erase(at);
    tasks_.spawn(pass(Pass(this, &*lane, channel)));
  }
}

awaitable<void> Outbox::pass(Pass pass) {
  co_await pass.run();
}

void Outbox::tell_dead(const Entry& entry, std::string_view why) const {
  if (!on_dead_) return;
  auto message = message_from_json(entry.message);
  on_dead_({.id = entry.id,
            .receiver = entry.receiver,
            .channel = entry.channel,
            .title = message ? std::string_view(message->title) : std::string_view(),
            .why = why});
}

void Outbox::store_failed(Lane& lane, const Error& error) {
  ++stats_.store_failures;
  lane.store_wait = std::clamp<milliseconds>(2 * lane.store_wait, options_.store_retry, kLongestStoreWait);
  lane.due = lane.hold = clock_.wall() + lane.store_wait;
  static log::Repeats repeats;
  if (auto n = repeats.count())
    log::warning("notify", "the store of notifications fails ({} times): {}", n, error.message());
}

awaitable<void> Outbox::refresh() {
  refreshed_ = clock_.wall();
  auto backlogs = co_await store_.backlog();
  if (!backlogs) {
    ++stats_.store_failures;
    co_return;
  }
  stats_.waiting = 0;
  stats_.oldest.reset();
  for (const auto& backlog : *backlogs) {
    stats_.waiting += backlog.waiting;
    stats_.oldest = std::min(stats_.oldest.value_or(backlog.oldest), backlog.oldest);
    auto* lane = lane_of(backlog.receiver);
    if (lane != nullptr && !lane->due && !lane->busy) set_due(*lanes_.find(backlog.receiver), backlog.next_at);
  }
  forget_idle();
}

void Outbox::forget_idle() {
  auto now = clock_.mono();
  std::erase_if(lanes_, [&](const auto& item) {
    const auto& lane = item.second;
    bool quiet = lane.sent.empty() || lane.sent.back() + seconds(60) <= now;
    return !lane.busy && !lane.due && quiet && lane.unwritten.empty();
  });
  std::erase_if(loads_, [](const auto& item) { return item.second.passes == 0; });
}

WallTime Outbox::next_wake() const {
  // Those that are due and wait for a place are started when a pass ends, which wakes us.
  auto next = queue_.upper_bound({clock_.wall(), std::string(1, '\xff')});
  auto refresh = refreshed_ + options_.refresh;
  return next == queue_.end() ? refresh : std::min(next->first, refresh);
}

awaitable<void> Outbox::run(Running) {
  while (true) {
    woken_ = false;
    bool starved = false;
    try {
      auto now = clock_.wall();
      watch_clock(now);
      if (now >= refreshed_ + options_.refresh || now < refreshed_) co_await refresh();
      start_passes();
    } catch (const std::bad_alloc&) {
      ++stats_.refused;
      starved = true;
    }
    if (woken_ && !starved) continue;
    // The clock may be set while we wait: never longer than until the next refresh.
    auto wait = std::clamp<milliseconds>(next_wake() - clock_.wall(), milliseconds(1), options_.refresh);
    if (starved) wait = seconds(1);
    alarm_.expires_after(wait);
    boost::system::error_code failure;
    co_await alarm_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, failure));
    auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
  }
}

}  // namespace holter::notify
