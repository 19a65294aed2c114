#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "catalog/database.h"
#include "memory/account.h"
#include "runtime/deadline.h"

namespace holter::catalog {

/// One call of Catalog, shared by the coroutine that waits for it and the catalog's thread, whichever is later. The
/// steps of the catalog's thread: begin(), run() once or more, deliver().
class Job {
 public:
  Job(boost::asio::any_io_executor executor, MonoTime deadline, std::string what, std::string who)
      : what_(std::move(what)),
        who_(std::move(who)),
        executor_(std::move(executor)),
        done_(std::make_shared<runtime::asio::steady_timer>(executor_, deadline)) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  const std::string& what() const { return what_; }
  const std::string& who() const { return who_; }
  runtime::asio::steady_timer& done() { return *done_; }

  /// False when the caller has gone: then the call never runs.
  bool begin() {
    std::scoped_lock lock(mutex_);
    begun_ = !abandoned_;
    return begun_;
  }
  /// The work, as a change or as a read; its result stays here. A later run takes the place of an earlier one.
  virtual Status run(Transaction& transaction) = 0;
  virtual Status run(Database& database) = 0;
  /// The result is this error; not where run() has failed by itself.
  virtual void fail(const Error& error) = 0;
  virtual bool failed() const = 0;
  /// Lets the caller go on.
  void deliver() noexcept {
    std::scoped_lock lock(mutex_);
    delivered_ = true;
    if (abandoned_) return;
    try {
      runtime::asio::post(executor_, [done = done_] { done->cancel(); });
    } catch (...) {
      // No memory to tell: the caller finds the result at its deadline.
    }
  }

  bool delivered() {
    std::scoped_lock lock(mutex_);
    return delivered_;
  }

  enum class State { kDelivered, kWaits, kRuns };
  /// The caller's side, at the end of its wait. Unless the result is there, the caller goes on without it.
  State leave() {
    std::scoped_lock lock(mutex_);
    if (delivered_) return State::kDelivered;
    abandoned_ = true;
    return begun_ ? State::kRuns : State::kWaits;
  }

  memory::Reservation memory;  ///< what waits in the queue

 private:
  const std::string what_, who_;
  const boost::asio::any_io_executor executor_;
  const std::shared_ptr<runtime::asio::steady_timer> done_;  // touched by the executor's thread
  std::mutex mutex_;
  bool begun_ = false, delivered_ = false, abandoned_ = false;
};

template <class T>
class JobOf final : public Job {
 public:
  using Write = std::function<Result<T>(Transaction&)>;
  using Read = std::function<Result<T>(Database&)>;
  JobOf(boost::asio::any_io_executor executor, MonoTime deadline, std::string what, std::string who, Write write,
        Read read)
      : Job(std::move(executor), deadline, std::move(what), std::move(who)),
        write_(std::move(write)),
        read_(std::move(read)) {}

  Status run(Transaction& transaction) override {
    return keep([&] { return write_(transaction); });
  }
  Status run(Database& database) override {
    return keep([&] { return read_(database); });
  }
  void fail(const Error& error) override {
    if (!result_ || result_->has_value()) result_.emplace(error);
  }
  bool failed() const override { return !result_ || !result_->has_value(); }
  /// Once delivered.
  Result<T> take() { return std::move(*result_); }

 private:
  template <class Work>
  Status keep(Work&& work) {
    std::exception_ptr failure;
    try {
      result_.emplace(work());
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) result_.emplace(runtime::error_of(failure, what()));
    if (!*result_) return result_->error();
    return {};
  }

  const Write write_;
  const Read read_;
  std::optional<Result<T>> result_;
};

}  // namespace holter::catalog
