#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace holter::runtime {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;

/// One thread with one io_context. A shard owns its objects: what lives on it is touched by its thread only, and shards
/// exchange values by post(). A handler that throws std::bad_alloc is
/// logged and counted, and the shard goes on; any other exception is a bug and ends the process. Construction starts
/// nothing; start() and stop() are called by the owner's thread.
class Shard {
 public:
  /// `name` (at most 15 bytes) is the thread's name in top(1).
  explicit Shard(std::string name);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void start();
  /// Called on the shard's thread between handlers, about twice a second and without any allocation: to make up for
  /// timers and posted work that were lost for want of memory. Set it before start(); it must live until stop()
  /// returns.
  void on_heartbeat(std::function<void()> heartbeat) { heartbeat_ = std::move(heartbeat); }
  /// Lets run what is ready, then ends the thread and waits for it. Objects on the shard must have been closed before.
  void stop();

  Executor executor() { return context_.get_executor(); }
  asio::io_context& context() { return context_; }
  /// CPU time of the shard's thread since start(); zero when it does not run. Owner's thread.
  std::chrono::nanoseconds cpu_time() const;
  /// Grows twice a second as long as the thread goes from handler to handler: one that hangs is seen by this. Any
  /// thread.
  std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }
  /// Handlers that ended because the allocator had nothing left. Any thread.
  std::uint64_t out_of_memory() const { return out_of_memory_.load(std::memory_order_relaxed); }

 private:
  void run();

  const std::string name_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_;
  std::atomic<std::uint64_t> out_of_memory_{0}, beats_{0};
  std::function<void()> heartbeat_;
  std::thread thread_;
};

}  // namespace holter::runtime
