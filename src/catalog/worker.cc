#include "catalog/worker.h"

#include <algorithm>

#include <pthread.h>

#include "base/log.h"
#include "runtime/deadline.h"

namespace holter::catalog {
namespace {

/// What a call takes while it waits, besides what it says itself.
constexpr std::size_t kJobBytes = 1024;

MonoTime now() {
  return runtime::deadline_in(std::chrono::nanoseconds(0));
}

}  // namespace

Worker::Worker(const CatalogOptions& options, std::unique_ptr<Database> database, memory::Account& account)
    : options_(options), database_(std::move(database)), account_(account), retry_(options.first_retry) {}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  Jobs dropped;
  {
    std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (auto* queue : {&reads_, &writes_}) {
      dropped.insert(dropped.end(), queue->begin(), queue->end());
      queue->clear();
    }
  }
  ready_.notify_all();
  for (auto& job : dropped) {
    job->fail(Error(ErrorCode::kCancelled, fmt::format("cannot {}: the catalog closes", job->what())));
    job->deliver();
  }
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    if (!ended_changed_.wait_for(lock, options_.longest_call, [this] { return ended_; })) database_->interrupt();
  }
  thread_.join();
}

Status Worker::submit(const std::shared_ptr<Job>& job, std::size_t bytes, bool write) {
  auto reserved = account_.reserve(bytes + kJobBytes);
  std::scoped_lock lock(mutex_);
  if (stopping_) return Error(ErrorCode::kCancelled, fmt::format("cannot {}: the catalog closes", job->what()));
  if (!reserved) {
    ++stats_.refused;
    return std::move(reserved).error().with_context("cannot " + job->what());
  }
  if (reads_.size() + writes_.size() >= options_.most_waiting) {
    ++stats_.refused;
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot {}: {} calls wait for the catalog", job->what(), options_.most_waiting));
  }
  job->memory = std::move(*reserved);
  (write ? writes_ : reads_).push_back(job);
  ready_.notify_one();
  return {};
}

void Worker::late() {
  std::scoped_lock lock(mutex_);
  ++stats_.late;
  if (busy_since_ == MonoTime::max() || now() - busy_since_ < options_.longest_call) return;
  log::warning("catalog", "a call has run for more than {} ms; it is cut off", options_.longest_call.count());
  busy_since_ = now();  // once for each such time
  database_->interrupt();
}

CatalogStats Worker::stats() const {
  std::scoped_lock lock(mutex_);
  auto stats = stats_;
  stats.waiting = reads_.size() + writes_.size();
  return stats;
}

Worker::Jobs Worker::next(bool* write) {
  Jobs jobs;
  std::unique_lock lock(mutex_);
  busy_since_ = MonoTime::max();
  auto something = [this] { return stopping_ || !reads_.empty() || !writes_.empty(); };
  if (stats_.connected)
    ready_.wait(lock, something);
  else if (!ready_.wait_until(lock, next_try_, something)) {
    busy_since_ = now();
    lock.unlock();
    (void)connect();  // so that the first call after that finds it open; an error is kept for the stats
    return jobs;
  }
  *write = !writes_.empty() && (write_next_ || reads_.empty());
  write_next_ = !*write;
  auto& queue = *write ? writes_ : reads_;
  auto count = std::min(queue.size(), *write ? options_.most_together : 1);
  for (std::size_t i = 0; i < count && !stopping_; ++i) {
    if (queue.front()->begin()) jobs.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  busy_since_ = now();
  return jobs;
}

void Worker::run() {
  pthread_setname_np(pthread_self(), "catalog");
  while (true) {
    {
      std::scoped_lock lock(mutex_);
      if (stopping_) {
        ended_ = true;
        ended_changed_.notify_all();
        return;
      }
    }
    Jobs jobs;
    try {
      bool write = false;
      jobs = next(&write);
      if (jobs.empty()) continue;
      if (write)
        write_together(jobs);
      else
        read(*jobs.front());
    } catch (const std::bad_alloc&) {
      database_->rollback();
      fail(jobs, Error(ErrorCode::kResourceExhausted, "cannot use the catalog: out of memory"));
    }
  }
}

Status Worker::connect() {
  auto lost = !database_->connected();
  {
    std::scoped_lock lock(mutex_);
    if (lost && now() < next_try_)
      return Error(ErrorCode::kUnavailable, fmt::format("cannot reach the {}; the next attempt is near: {}",
                                                        database_->name(), stats_.last_error));
  }
  if (!lost) return {};
  auto opened = database_->reconnect();
  std::scoped_lock lock(mutex_);
  stats_.connected = opened.has_value();
  if (opened) {
    ++stats_.reconnects;
    retry_ = options_.first_retry;
    log::info("catalog", "{} is back", database_->name());
    return {};
  }
  if (retry_ == options_.first_retry) log::warning("catalog", "{}", opened.error().message());
  next_try_ = now() + retry_;
  retry_ = std::min(retry_ * 2, options_.last_retry);
  stats_.last_error = opened.error().message();
  return Error(ErrorCode::kUnavailable, opened.error().message());
}

Status Worker::begin() {
  TRY_OK(connect());
  auto begun = database_->begin();
  if (begun || database_->connected()) return begun;
  // It was lost while nobody asked: nothing of anybody has run yet.
  TRY_OK(connect());
  return database_->begin();
}

void Worker::read(Job& job) {
  if (auto there = connect(); !there) {
    job.fail(there.error());
  } else if (auto done = job.run(*database_); !done && !database_->connected() && connect()) {
    (void)job.run(*database_);  // the job keeps its result
  }
  finish(job);
}

Status Worker::write_one(Job& job) {
  TRY_OK(database_->savepoint());
  Transaction transaction(*database_, job.who(), database_->clock().wall());
  auto done = job.run(transaction);
  if (done) {
    auto released = database_->release_savepoint();
    if (!released) job.fail(released.error());
    return released;
  }
  return database_->rollback_to_savepoint();
}

void Worker::write_together(Jobs& jobs) {
  if (auto begun = begin(); !begun) {
    fail(jobs, begun.error());
    return;
  }
  for (auto& job : jobs) {
    auto done = write_one(*job);
    if (done) continue;
    database_->rollback();
    if (!database_->connected()) {
      fail(jobs, Error(ErrorCode::kUnavailable, done.error().message() + "; nothing of it was stored"));
      return;
    }
    // One has taken the transaction with it, as a full disk does. Alone it takes only itself.
    for (auto& alone : jobs) write_alone(*alone);
    return;
  }
  commit(jobs);
}

void Worker::write_alone(Job& job) {
  Transaction transaction(*database_, job.who(), database_->clock().wall());
  Status done = begin();
  if (done) done = job.run(transaction);
  if (done) {
    done = database_->commit();
    std::scoped_lock lock(mutex_);
    ++stats_.commits;
  } else {
    database_->rollback();
  }
  if (!done) job.fail(done.error());
  finish(job);
}

void Worker::commit(Jobs& jobs) {
  auto done = database_->commit();
  {
    std::scoped_lock lock(mutex_);
    ++stats_.commits;
  }
  for (auto& job : jobs) {
    if (!done) job->fail(done.error());
    finish(*job);
  }
}

void Worker::fail(Jobs& jobs, const Error& error) {
  for (auto& job : jobs) {
    if (job->delivered()) continue;
    job->fail(error);
    finish(*job);
  }
}

void Worker::finish(Job& job) {
  job.memory.reset();
  {
    std::scoped_lock lock(mutex_);
    ++(job.who().empty() ? stats_.reads : stats_.writes);
    if (job.failed()) ++stats_.failed;
    if (!database_->connected() && stats_.connected) {
      stats_.connected = false;
      next_try_ = now();
    }
  }
  job.deliver();
}

}  // namespace holter::catalog
