#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <memory>

#include "api/owned_monitors.h"
#include "app/shard_parts.h"
#include "memory/account.h"
#include "model/monitor.h"
#include "runtime/shard.h"

namespace holter::app {

/// Rounds that are run once to try a monitor, on a shard, beside those that are scheduled. Nothing of them is kept.
///
/// Threads: the control executor's; the round itself runs on the shard. Lifetime: close() must have completed before
/// the shard stops.
class Trials {
 public:
  static constexpr std::size_t kMost = 4;            ///< at once; one more is refused
  static constexpr milliseconds kLimit{20'000};      ///< what has not begun by then is not asked any more
  static constexpr std::size_t kMostRequests = 64;   ///< that are told of
  static constexpr std::size_t kMostRows = 10;       ///< of each
  static constexpr std::size_t kMostText = 256;      ///< bytes of a cell
  static constexpr std::size_t kBytes = 256 * 1024;  ///< what a report is expected to hold, on the account

  Trials(runtime::Executor control, const Clock& clock, ShardParts& shard, memory::Account& account)
      : control_(control), clock_(clock), shard_(shard), account_(account) {}

  /// Errors: kResourceExhausted when kMost run or there is no memory; kTimeout; kCancelled after close().
  boost::asio::awaitable<Result<api::TrialReport>> run(model::Monitor monitor, MonoTime deadline);
  /// Cancels those that run, and waits for their ends.
  boost::asio::awaitable<void> close();

 private:
  boost::asio::awaitable<Result<api::TrialReport>> on_shard(std::shared_ptr<const model::Monitor> monitor);

  const runtime::Executor control_;
  const Clock& clock_;
  ShardParts& shard_;
  memory::Account& account_;
  std::list<boost::asio::steady_timer> ends_;  ///< one for each that runs
  bool closed_ = false;
};

}  // namespace holter::app
