#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/database.h"
#include "catalog/job.h"
#include "memory/account.h"

namespace holter::catalog {

class Worker;  // worker.h

struct CatalogOptions {
  DatabaseOptions database;
  std::size_t most_waiting = 4096;                 ///< calls that wait; one more is refused
  std::size_t most_together = 256;                 ///< changes that share a transaction
  std::chrono::milliseconds longest_call{30'000};  ///< a call that runs longer is cut off when somebody waits for it
  std::chrono::milliseconds first_retry{100}, last_retry{5'000};  ///< between attempts to reach PostgreSQL again
};

/// What the catalog has seen; counts since the start.
struct CatalogStats {
  std::uint64_t reads = 0, writes = 0;  ///< calls that ran
  std::uint64_t commits = 0;            ///< transactions; fewer than writes where these came together
  std::uint64_t failed = 0;             ///< calls that ended with an error
  std::uint64_t refused = 0;            ///< the queue or its account was full
  std::uint64_t late = 0;               ///< callers that went on at their deadline
  std::uint64_t reconnects = 0;
  std::size_t waiting = 0;
  bool connected = true;
  std::string last_error;  ///< why PostgreSQL could not be reached the last time
};

/// What a call tells besides its work.
struct Call {
  std::string what;       ///< for messages: "create the monitor 'x'"
  MonoTime deadline;      ///< when the caller goes on, with or without an answer
  std::size_t bytes = 0;  ///< what the work holds (texts to be stored); on the account while it waits
};

/// The catalog for coroutines on any shard. A thread of its own does the work; changes that wait together share one
/// transaction, each in a savepoint, so that one that fails takes no other with it, and each is acknowledged only
/// after the COMMIT that it is part of.
///
/// Lifetime: must end before the shards that call it. Destruction lets the running call end; those that wait end with
/// kCancelled.
class Catalog {
 public:
  /// Blocks: for the start of the program. Errors: as of Database::open().
  static Result<std::unique_ptr<Catalog>> open(const CatalogOptions& options, const Clock& clock,
                                               memory::Account& account);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// Runs `work`, which changes the catalog. It runs on the catalog's thread and must own what it touches; it may run
  /// more than once, of which one run is kept. Errors: those of `work`; kTimeout at the deadline, saying whether
  /// anything may have been stored; kCancelled; kResourceExhausted when too many calls wait; kUnavailable while
  /// PostgreSQL cannot be reached; those of Database::commit().
  template <class T>
  boost::asio::awaitable<Result<T>> write(std::string who, std::function<Result<T>(Transaction&)> work, Call call) {
    auto executor = co_await boost::asio::this_coro::executor;
    auto job = std::make_shared<JobOf<T>>(executor, call.deadline, call.what, std::move(who), std::move(work), nullptr);
    co_return co_await answer_of<T>(worker_, job, call.bytes, true);
  }

  /// Runs `work`, which reads. Errors: as of write().
  template <class T>
  boost::asio::awaitable<Result<T>> read(std::function<Result<T>(Database&)> work, Call call) {
    auto executor = co_await boost::asio::this_coro::executor;
    auto job = std::make_shared<JobOf<T>>(executor, call.deadline, call.what, std::string(), nullptr, std::move(work));
    co_return co_await answer_of<T>(worker_, job, call.bytes, false);
  }

  /// Any thread.
  CatalogStats stats() const;
  Engine engine() const;

 private:
  explicit Catalog(std::shared_ptr<Worker> worker) : worker_(std::move(worker)) {}
  /// Queues the job. Errors: kResourceExhausted, kCancelled.
  static Status submit(Worker& worker, const std::shared_ptr<Job>& job, std::size_t bytes, bool write);
  /// What a caller is told that went on before the end.
  static Error left(Worker& worker, const Job& job, Job::State state, bool write, bool cancelled);

  template <class T>
  static boost::asio::awaitable<Result<T>> answer_of(std::shared_ptr<Worker> worker, std::shared_ptr<JobOf<T>> job,
                                                     std::size_t bytes, bool write) {
    CO_TRY_OK(submit(*worker, job, bytes, write));
    // A result that arrives before the wait begins has been posted behind it on the same executor: none is missed.
    boost::system::error_code ignored;
    co_await job->done().async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    auto state = job->leave();
    if (state == Job::State::kDelivered) co_return job->take();
    co_return left(*worker, *job, state, write, cancellation.cancelled() != boost::asio::cancellation_type::none);
  }

  const std::shared_ptr<Worker> worker_;
};

}  // namespace holter::catalog
