#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "history/link.h"
#include "history/wire/message.h"
#include "runtime/shard.h"

namespace holter::history {

/// Queries whose callers wait: those to be sent, and those sent. At most kMost; one more is refused.
/// Threads: the executor's. Lifetime: the clock must outlive it, and it every ask().
class Queries {
 public:
  static constexpr std::size_t kMost = 16;

  struct Outgoing {
    wire::FrameType type;
    std::uint64_t id;
    wire::Payload payload;
  };

  /// `on_query` runs when there is something to send.
  Queries(runtime::Executor executor, const Clock* clock, std::function<void()> on_query)
      : executor_(executor), clock_(clock), on_query_(std::move(on_query)) {}

  /// Waits for the answer, at most until `deadline`. Errors: kTimeout, kResourceExhausted (kMost wait already, or no
  /// memory for the answer), and what the child or fail_all() says.
  boost::asio::awaitable<Result<Frame>> ask(wire::FrameType type, wire::Payload payload, MonoTime deadline);

  /// The next query to send, if its caller still waits.
  std::optional<Outgoing> next();
  /// Gives an answer or a failure to its caller; one that nobody waits for is dropped.
  void answered(Frame frame);
  /// Lets every ask() end with kUnavailable.
  void fail_all(const std::string& why);
  bool empty() const { return pending_.empty(); }

 private:
  struct Pending;
  class Ticket;

  const runtime::Executor executor_;
  const Clock* clock_;
  const std::function<void()> on_query_;
  std::uint64_t next_id_ = 1;
  std::deque<Outgoing> out_;
  std::unordered_map<std::uint64_t, Pending*> pending_;
};

}  // namespace holter::history
