#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/units.h"
#include "incidents/desk.h"
#include "incidents/record_json.h"

// What is written down: states for a restart, incidents and notifications, and what is over for long goes.
namespace holter::incidents {
namespace {

constexpr seconds kWriteLimit{30};
constexpr milliseconds kFirstRetry{1'000}, kLastRetry{60'000};
/// States that wait to be written at a time, as with openings.
constexpr std::size_t kMostStates = 1'000;

}  // namespace

void Desk::keep_states() {
  states_changed_ = false;
  try {
    keep_series();
  } catch (const std::bad_alloc&) {
    states_changed_ = true;
  }
  charge_states();
}

/// What is noted here of states that are stored elsewhere. Where that is too much, decisions are forgotten, and told
/// once more.
void Desk::charge_states() {
  constexpr std::size_t kKept = 96, kTold = 40;  // an element with its place in the table
  if (states_.resize(kept_.size() * kKept + told_.size() * kTold)) return;
  told_.clear();
  if (!states_.resize(kept_.size() * kKept)) ++stats_.unbooked;
}

void Desk::keep_series() {
  constexpr auto kTable = catalog::StateTable::kAlerts;
  std::unordered_map<std::string, std::uint64_t> present;
  auto room = kMostStates - std::min(kMostStates, book_.states(kTable));
  auto postpone = [&](const std::string& key) {  // as it was written; the next call sees that it differs
    auto kept = kept_.find(key);
    present[key] = kept == kept_.end() ? 0 : kept->second;
    states_changed_ = true;
  };
  evaluator_.records([&](const alert::SeriesRecord& record) {
    auto key = key_of(record);
    if (room == 0) return postpone(key);
    auto json = to_json(record);
    if (json.size() > catalog::bounds_of(kTable).json_bytes) {
      auto shorter = record;
      shorter.evidence = {};
      json = to_json(shorter);
      if (json.size() > catalog::bounds_of(kTable).json_bytes) return;  // labels beyond all measure: it begins anew
    }
    auto hash = stable_hash(json);
    present.emplace(key, hash);
    if (auto kept = kept_.find(key); kept != kept_.end() && kept->second == hash) return;
    if (!book_.put_state(kTable, key, std::move(json))) present[key] = 0;  // the next time
    --room;
  });
  for (const auto& [key, hash] : kept_)
    if (!present.contains(key) && !book_.put_state(kTable, key, std::nullopt)) present.emplace(key, hash);
  kept_ = std::move(present);
}

boost::asio::awaitable<void> Desk::write() {
  while (!book_.empty()) {
    // What began or ended during the last transaction goes into this one as a whole.
    if (states_changed_) keep_states();
    auto written = co_await book_.flush(parts_.clock.mono() + kWriteLimit);
    if (!written) {
      if (write_wait_ == milliseconds(0))
        parts_.tell("alert.store", "critical",
                    fmt::format("incidents and notifications are not written: {}", written.error().message()));
      ++stats_.failed_writes;
      write_wait_ = std::clamp(2 * write_wait_, kFirstRetry, kLastRetry);
      next_write_ = parts_.clock.mono() + write_wait_;
      log::warning("alert", "cannot write down what fires: {}; {} entries wait, tried again in {}",
                   written.error().message(), book_.waiting(), format_duration(write_wait_));
      break;
    }
    if (write_wait_ != milliseconds(0))
      parts_.tell("alert.store", "info", "incidents and notifications are written again");
    write_wait_ = milliseconds(0);
    tell_written(*written);
    if (more_to_book_) book_more();
    if (parts_.outbox != nullptr)
      for (const auto& receiver : written->receivers) parts_.outbox->notice(receiver);
  }
  writing_ = false;
}

/// Takes what is over for long from the catalog, a piece in each transaction.
boost::asio::awaitable<void> Desk::purge() {
  struct Ended {
    bool& purging;
    ~Ended() { purging = false; }
  } ended{purging_};
  constexpr std::size_t kAtOnce = 1'000;
  auto now = parts_.clock.wall();
  for (bool more = true; more;) {
    auto work = [now](catalog::Transaction& transaction) -> Result<bool> {
      catalog::OutboxRetention old{
          .delivered_before = now - kKeepDelivered, .dead_before = now - kKeepDead, .most_deleted = kAtOnce};
      TRY(auto incidents, catalog::purge_incidents(transaction, now - kKeepIncidents, 1'000'000, kAtOnce));
      TRY(auto messages, catalog::purge_outbox(transaction, old));
      return incidents == kAtOnce || messages == kAtOnce;
    };
    auto purged = co_await parts_.catalog.write<bool>(
        "holter", work, {"purge incidents and notifications", parts_.clock.mono() + kWriteLimit});
    if (!purged) log::warning("alert", "{}", purged.error().message());
    more = purged.value_or(false);
  }
}

boost::asio::awaitable<void> Desk::close(MonoTime deadline) {
  co_await tasks_.close();
  do {
    keep_states();
    book_more();
    while (!book_.empty() && parts_.clock.mono() < deadline)
      if (auto written = co_await book_.flush(deadline); !written) {
        log::error("alert",
                   "cannot write down what fires: {}; {} entries are lost: they are made anew at the next start",
                   written.error().message(), book_.waiting());
        co_return;
      }
  } while ((states_changed_ || more_to_book_) && parts_.clock.mono() < deadline);
}

}  // namespace holter::incidents
