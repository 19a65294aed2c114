#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/suggester.h"
#include "app/shard_parts.h"
#include "define/definitions.h"
#include "memory/account.h"
#include "net/ping_sweep.h"
#include "net/port_scan.h"
#include "runtime/shard.h"

namespace holter::app {

/// Answers what could be watched: looks a host up, pings it and tries its ports on a shard, and lets the definitions
/// say what that means (define/suggestions.h). Every address has passed the shard's policy.
///
/// Threads: the control executor's; what is asked of hosts runs on the shard. Lifetime: close() must have completed
/// before the shard stops.
class Suggestions final : public api::Suggester {
 public:
  static constexpr std::size_t kMost = 4;            ///< scans at once; one more is refused
  static constexpr std::size_t kMostAccounts = 256;  ///< that are remembered for kPause
  static constexpr milliseconds kLongest{9'000};     ///< of a scan
  static constexpr milliseconds kLookup{2'500}, kPing{1'000}, kPorts{5'000}, kNetwork{6'000};  ///< its parts
  static constexpr milliseconds kPause{1'000};       ///< between two of one account
  static constexpr std::size_t kBytes = 256 * 1024;  ///< what a scan is expected to hold, on the account

  struct Parts {
    runtime::Executor control;
    const Clock& clock;
    const define::Registry& definitions;
    ShardParts& shard;
    memory::Account& account;
  };
  explicit Suggestions(Parts parts) : parts_(parts) {}

  boost::asio::awaitable<api::Answered<api::SuggestReport>> suggest(std::string text, api::Caller caller) override;
  /// Cancels those that run, and waits for their ends.
  boost::asio::awaitable<void> close();

 private:
  /// What is asked, and what came of it.
  struct Work {
    define::Subject subject;
    define::ScanPlan plan;
    MonoTime deadline;
  };
  struct Found {
    std::string address;
    std::vector<net::PortState> ports;
    std::vector<net::PingState> pings;
    std::string no_ping;  ///< why nothing could be pinged; empty: it could
  };
  class Turn;

  api::Answered<void> may_begin(const std::string& account);
  boost::asio::awaitable<Result<Found>> on_shard(std::shared_ptr<const Work> work);
  boost::asio::awaitable<Result<Found>> ask_host(const Work* work);
  boost::asio::awaitable<Result<Found>> ask_network(const Work* work);
  api::SuggestReport report_of(const Work& work, const Found& found) const;

  const Parts parts_;
  std::list<boost::asio::steady_timer> ends_;  ///< one for each that runs
  std::map<std::string, MonoTime> callers_;    ///< when each may begin again; MonoTime::max(): one runs
  bool closed_ = false;
};

}  // namespace holter::app
