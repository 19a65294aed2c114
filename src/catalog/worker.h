#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "catalog/catalog.h"

namespace holter::catalog {

/// The thread behind Catalog, its queue, and what it does when the database is away.
class Worker {
 public:
  Worker(const CatalogOptions& options, std::unique_ptr<Database> database, memory::Account& account);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  /// Lets the running call end, for as long as a call may run, and gives up those that wait.
  void stop();

  // Any thread.
  Status submit(const std::shared_ptr<Job>& job, std::size_t bytes, bool write);
  /// Somebody went on without an answer: cuts off what runs, if it has run for too long.
  void late();
  CatalogStats stats() const;
  Engine engine() const { return database_->engine(); }

 private:
  using Jobs = std::vector<std::shared_ptr<Job>>;
  void run();
  /// The next read, or the changes that wait; empty at the end. Reads and changes take turns.
  Jobs next(bool* write);
  void read(Job& job);
  void write_together(Jobs& jobs);
  void write_alone(Job& job);
  /// Runs the job in a savepoint. Errors: the whole transaction is lost.
  Status write_one(Job& job);
  Status begin();
  /// Makes sure of the connection, with back-off. Errors: kUnavailable.
  Status connect();
  void commit(Jobs& jobs);
  void fail(Jobs& jobs, const Error& error);
  void finish(Job& job);

  const CatalogOptions options_;
  const std::unique_ptr<Database> database_;
  memory::Account& account_;
  mutable std::mutex mutex_;
  std::condition_variable ready_, ended_changed_;
  std::deque<std::shared_ptr<Job>> reads_, writes_;
  bool stopping_ = false, ended_ = false;
  bool write_next_ = false;
  MonoTime busy_since_ = MonoTime::max();
  CatalogStats stats_;
  // The thread's own.
  MonoTime next_try_{};
  std::chrono::milliseconds retry_;
  std::thread thread_;
};

}  // namespace holter::catalog
