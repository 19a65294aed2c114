#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "history/encoder.h"
#include "history/history.h"
#include "history/link.h"
#include "history/parts.h"
#include "history/process.h"
#include "history/queries.h"
#include "history/running.h"
#include "history/signal.h"
#include "memory/arrow_pool.h"
#include "runtime/task_scope.h"

namespace holter::history {

/// What a Client is made of. The child and the batches are in client.cc, questions in client_queries.cc.
class Client::Impl {
 public:
  Impl(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account,
       pipeline::Subscription& batches)
      : options_(std::move(options)),
        executor_(executor),
        clock_(clock),
        account_(account),
        batches_(batches),
        pool_(account, "history"),
        encoder_(&pool_),
        scope_(executor),
        work_(executor),
        hurry_(executor),
        end_(executor),
        queries_(executor, &clock, [this] { work_.tell(); }) {
    batches_.on_ready(work_.teller());
  }

  boost::asio::awaitable<Status> start();
  template <class Answer, class Query>
  boost::asio::awaitable<Result<Answer>> query(Query query, wire::FrameType type, wire::FrameType answer_type,
                                               Result<Answer> (*decode)(wire::Bytes), MonoTime deadline);
  boost::asio::awaitable<void> close(MonoTime deadline);
  void revive();
  Stats stats() const;

 private:
  boost::asio::awaitable<Status> connect();
  boost::asio::awaitable<Status> handshake();
  boost::asio::awaitable<void> supervise(Running running);
  boost::asio::awaitable<Status> session();
  boost::asio::awaitable<Status> read_frames();
  boost::asio::awaitable<Status> write_frames();
  boost::asio::awaitable<Status> watch();
  boost::asio::awaitable<Status> send_group();
  boost::asio::awaitable<Status> send_batch(pipeline::BatchPtr batch);
  boost::asio::awaitable<Status> send_table(wire::FrameType type, std::shared_ptr<arrow::RecordBatch> rows);
  boost::asio::awaitable<void> reap(MonoTime deadline);
  boost::asio::awaitable<bool> restart();

  void handle(Frame frame);
  void handle_ack(const Frame& frame);
  void end_session(const Error& why);
  void drop_queue();
  void owe() {
    if (!owed_since_) owed_since_ = clock_.mono();
  }
  void note_error(std::string message, log::Repeats& repeats);
  std::vector<std::string> arguments() const;
  template <class F>
  void update(F f) {
    std::scoped_lock lock(stats_mutex_);
    f(stats_);
  }

  const Options options_;
  const runtime::Executor executor_;
  const Clock& clock_;
  memory::Account& account_;
  pipeline::Subscription& batches_;
  memory::ArrowPool pool_;
  Encoder encoder_;
  runtime::TaskScope scope_;
  // One waiter each: write_frames(), supervise(), close().
  Signal work_;   ///< something to send, or closing
  Signal hurry_;  ///< closing: no more back-off
  Signal end_;    ///< supervise() has ended

  Process process_;
  std::unique_ptr<Link> link_;
  std::uint64_t next_batch_ = 1;
  std::optional<InFlight> in_flight_;
  MonoTime last_group_{};
  std::unique_ptr<Parts> parts_;  ///< of the session
  Queries queries_;
  std::optional<MonoTime> owed_since_;  ///< since when the child owes the oldest answer
  std::string child_reason_;            ///< what the child said before it ended
  bool connected_ = false, closing_ = false, ended_ = true;
  bool supervised_ = false;  ///< supervise() runs, or is about to: Running
  bool revived_ = false;     ///< it ended for want of memory and begins anew
  log::Repeats deaths_, refusals_, troubles_;

  mutable std::mutex stats_mutex_;
  Stats stats_;
};

}  // namespace holter::history
