#include "runtime/shard.h"

#include <chrono>

#include <pthread.h>
#include <time.h>

namespace holter::runtime {

Shard::Shard(std::string name) : name_(std::move(name)), work_(context_.get_executor()) {}

Shard::~Shard() {
  stop();
}

void Shard::start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    context_.run();
  });
}

void Shard::stop() {
  work_.reset();
  if (thread_.joinable()) thread_.join();
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
