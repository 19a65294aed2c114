#include "history/child/watchdog.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace holter::history::child {
namespace {

constexpr std::size_t kStackBytes = 512 << 10;  // a default stack is 8 MiB of the child's data limit
constexpr std::chrono::milliseconds kAgain{10};
constexpr nanoseconds kLongest = std::chrono::hours(1);

}  // namespace

Result<std::unique_ptr<Watchdog>> Watchdog::start(duckdb_connection connection, nanoseconds time) {
  std::unique_ptr<Watchdog> watchdog(new Watchdog(connection, std::min(time, kLongest)));
  auto run = [](void* self) -> void* {
    static_cast<Watchdog*>(self)->watch();
    return nullptr;
  };
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  auto failure = ::pthread_create(&watchdog->thread_, &attributes, run, watchdog.get());
  ::pthread_attr_destroy(&attributes);
  if (failure != 0)
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot start a thread that watches a query: {}", std::strerror(failure)));
  watchdog->started_ = true;
  return watchdog;
}

Watchdog::~Watchdog() {
  if (!started_) return;
  {
    std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  end_.notify_one();
  ::pthread_join(thread_, nullptr);
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  auto ended = [this] { return ended_; };
  if (end_.wait_for(lock, time_, ended)) return;
  fired_ = true;
  // A statement that begins forgets an interrupt that came before it.
  do ::duckdb_interrupt(connection_);
  while (!end_.wait_for(lock, kAgain, ended));
}

}  // namespace holter::history::child
