#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "api/server.h"
#include "app/backend.h"
#include "app/loaded.h"
#include "app/shard_parts.h"
#include "history/history.h"
#include "latest/latest.h"
#include "pipeline/pipeline.h"

namespace holter::app {

/// The running system: owns all parts, starts them in the order of the data flow from its end, and ends them in the
/// order of the data flow from its beginning, so that what was collected is kept.
///
/// Threads: the control executor's (API, newest state and history client live there); shards have threads of their own.
class Engine {
 public:
  Engine(Loaded loaded, runtime::Executor control);
  ~Engine();

  /// Errors: whatever keeps Holter from running as configured; nothing runs then.
  boost::asio::awaitable<Status> start();
  /// Stops collecting, flushes everything, ends the history child. Takes at most two seconds.
  boost::asio::awaitable<void> stop();

  std::uint16_t port() const { return server_->port(); }
  Backend& backend() { return *backend_; }
  const define::Config& config() const { return loaded_.config; }

 private:
  Status open_data_dir();
  Status set_budget();
  Status make_parts();
  void take_batches();
  void sample_memory();

  Loaded loaded_;
  const runtime::Executor control_;
  SystemClock clock_;
  memory::Budget budget_;
  std::vector<memory::Reservation> fixed_;
  std::unique_ptr<memory::ArrowPool> batches_;
  pipeline::Pipeline pipeline_;
  std::unique_ptr<latest::Latest> latest_;
  pipeline::Subscription* latest_queue_ = nullptr;
  std::deque<std::unique_ptr<ShardParts>> shards_;
  std::unique_ptr<history::Client> history_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<api::Server> server_;
  boost::asio::steady_timer memory_timer_;
  bool collecting_ = false;
};

/// The memory budget in bytes: as configured, else half of the machine's limit, at most 512 MiB. Errors:
/// kInvalidArgument, naming the least that works.
Result<std::uint64_t> memory_budget(const define::Config& config);

}  // namespace holter::app
