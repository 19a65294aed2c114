#include "runtime/blocking_pool.h"

#include <pthread.h>

#include "base/log.h"

namespace holter::runtime {

BlockingPool::BlockingPool(std::size_t threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

BlockingPool::~BlockingPool() {
  std::deque<std::function<void()>> dropped;  // their captures die neither under the lock nor after the wait
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  dropped.clear();
  ready_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool BlockingPool::post_job(std::function<void()> job) {
  {
    std::scoped_lock lock(mutex_);
    if (stopping_ || jobs_.size() >= max_waiting_) {
      ++refused_;
      return false;
    }
    jobs_.push_back(std::move(job));
  }
  ready_.notify_one();
  return true;
}

BlockingPool::Stats BlockingPool::stats() const {
  std::scoped_lock lock(mutex_);
  return {threads_.size(), busy_, jobs_.size(), done_, refused_};
}

void BlockingPool::run_job(const std::function<void()>& job) {
  try {
    job();
  } catch (const std::exception& e) {
    log::error("runtime", "BUG: a blocking call ended with: {}", e.what());
  }
}

void BlockingPool::work() {
  pthread_setname_np(pthread_self(), "blocking");
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++busy_;
    lock.unlock();
    run_job(job);
    job = nullptr;  // its captures die here, not under the lock
    lock.lock();
    --busy_;
    ++done_;
  }
}

}  // namespace holter::runtime
