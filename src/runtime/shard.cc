#include "runtime/shard.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <new>

#include <pthread.h>
#include <time.h>

#include "base/crash_signal.h"
#include "base/log.h"

namespace holter::runtime {

Shard::Shard(std::string name) : name_(std::move(name)), work_(context_.get_executor()) {}

Shard::~Shard() {
  stop();
}

void Shard::start() {
  thread_ = std::thread([this] {
    CrashStack stack;  // so that a stack overflow is told, too
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    run();
  });
}

void Shard::run() {
  constexpr auto kHeartbeat = std::chrono::milliseconds(500);
  log::Repeats repeats;
  auto next = std::chrono::steady_clock::now() + kHeartbeat;
  while (!context_.stopped()) {
    try {
      context_.run_until(next);
      if (std::chrono::steady_clock::now() < next) continue;  // stopped, or its work has run out
      next = std::chrono::steady_clock::now() + kHeartbeat;
      beats_.fetch_add(1, std::memory_order_relaxed);
      if (heartbeat_) heartbeat_();
    } catch (const std::bad_alloc&) {
      out_of_memory_.fetch_add(1, std::memory_order_relaxed);
      try {
        if (auto n = repeats.count())
          log::error("runtime", "cannot finish a task on shard {}: the allocator's cap is reached ({} times)", name_,
                     n);
      } catch (const std::bad_alloc&) {  // the counter says it
      }
    }
  }
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  // Behind all that is ready; waits that nobody will end (a socket that is still listened to) must not hold the thread.
  try {
    asio::post(context_, [this] { context_.stop(); });
  } catch (const std::bad_alloc&) {
    context_.stop();
  }
  thread_.join();
}

std::chrono::nanoseconds Shard::cpu_time() const {
  if (!thread_.joinable()) return {};
  clockid_t clock{};
  timespec used{};
  auto handle = const_cast<std::thread&>(thread_).native_handle();
  if (pthread_getcpuclockid(handle, &clock) != 0 || clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace holter::runtime
