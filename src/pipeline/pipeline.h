#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "runtime/byte_queue.h"
#include "runtime/shard.h"

namespace holter::pipeline {

using BatchPtr = std::shared_ptr<const batch::Batch>;

/// A consumer's end of the fan-out: its own queue, bounded by bytes. What does not fit is dropped and counted (batches
/// and rows); the other consumers and the producers do not notice. The bytes of a batch are on the account of the pool
/// that it was made in, until the last consumer has let go of it.
class Subscription {
 public:
  Subscription(std::string name, runtime::Executor executor, std::size_t limit_bytes);

  /// From now on; what is queued beyond a smaller limit stays. Any thread.
  void set_limit(std::size_t limit_bytes) { queue_.set_limit(limit_bytes); }

  /// The oldest batch, or null when there is none. Any thread.
  BatchPtr pop();

  /// `on_ready` runs on the consumer's executor whenever the queue has turned from empty to not empty. Set it once,
  /// before the first publish.
  void on_ready(std::function<void()> on_ready) { ready_ = std::move(on_ready); }

  struct Stats {
    std::string name;
    std::uint64_t batches = 0, rows = 0;                  ///< taken in
    std::uint64_t dropped_batches = 0, dropped_rows = 0;  ///< did not fit
    std::size_t queued_batches = 0, queued_bytes = 0, limit_bytes = 0;
  };
  Stats stats() const;

 private:
  friend class Pipeline;
  void push(const BatchPtr& batch);

  const std::string name_;
  const runtime::Executor executor_;
  std::function<void()> ready_;
  std::atomic<std::uint64_t> rows_{0}, dropped_rows_{0};
  runtime::ByteQueue<BatchPtr> queue_;
};

/// Fan-out of frozen batches: every published batch goes to every subscription.
/// Threads: subscribe() before the first publish(); publish() and stats() from any thread.
class Pipeline {
 public:
  Subscription& subscribe(std::string name, runtime::Executor executor, std::size_t limit_bytes);
  void publish(const BatchPtr& batch);
  std::vector<Subscription::Stats> stats() const;

 private:
  std::deque<Subscription> subscriptions_;
};

}  // namespace holter::pipeline
