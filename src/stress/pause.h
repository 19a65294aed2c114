#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace holter::stress {

/// Lets a thread of the tester wait between two steps, until it is told to stop. Threads: any.
class Pause {
 public:
  /// True when the time has passed, false when stop() was called.
  bool wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return stopped_; });
  }
  void stop() {
    std::scoped_lock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  bool stopped() const {
    std::scoped_lock lock(mutex_);
    return stopped_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

}  // namespace holter::stress
