#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/units.h"
#include "batch/schema.h"
#include "history/client_impl.h"
#include "runtime/deadline.h"

namespace holter::history {

namespace asio = boost::asio;
using wire::FrameType;

namespace {

constexpr std::chrono::seconds kHelloTime{20};
constexpr std::chrono::seconds kHealthyAfter{60};
constexpr std::chrono::milliseconds kExitTime{200};  // from a closed socket to the end of a process
constexpr std::chrono::seconds kKillTime{2};         // from SIGKILL to the end of a process
// The allocator inside libarrow starts a thread and keeps address space unless told not to before the program starts.
constexpr const char* kAllocatorOfArrow = "JE_ARROW_MALLOC_CONF=background_thread:false,narenas:1,retain:false";
// Measured: 26 MiB of the data segment are set aside by libraries and hardly touched; the rest is what DuckDB takes
// beyond its own memory_limit (row groups being compressed, sorting), frames and batches. With 50 MiB of program text
// the resident set stays below 128 MiB so.
constexpr std::uint64_t kDataBeyondEngine = 72ULL << 20;

constexpr std::size_t kGroupBytes = 4 << 20;
}  // namespace

std::vector<std::string> Client::Impl::arguments() const {
  auto limit = options_.data_limit != 0 ? options_.data_limit : options_.engine_memory + kDataBeyondEngine;
  return {fmt::format("parent={}", ::getpid()),
          fmt::format("dir={}/history", options_.data_dir),
          fmt::format("memory={}", options_.engine_memory),
          fmt::format("data_limit={}", limit),
          fmt::format("retention_ms={}", options_.retention.count()),
          fmt::format("every_ms={}", options_.file_every.count()),
          fmt::format("after_ms={}", options_.file_after.count())};
}

void Client::Impl::note_error(std::string message, log::Repeats& repeats) {
  if (auto n = repeats.count()) log::warning("history", "{} (time {})", message, n);
  update([&](Stats& s) { s.last_error = std::move(message); });
}

asio::awaitable<Status> Client::Impl::start() {
  std::error_code failure;
  std::filesystem::create_directories(options_.data_dir, failure);
  if (failure)
    co_return Error(ErrorCode::kIo,
                    fmt::format("cannot make the data directory {}: {}", options_.data_dir, failure.message()));
  if (auto status = co_await connect(); !status) {
    co_await reap(clock_.mono() + kKillTime);
    co_return Error(ErrorCode::kIo, "cannot start history: " + status.error().message());
  }
  ended_ = false;
  scope_.spawn(supervise(Running(&supervised_)));
  co_return Status{};
}

/// Starts a child and exchanges hellos.
asio::awaitable<Status> Client::Impl::connect() {
  child_reason_.clear();
  CO_TRY(process_, Process::start(options_.program, arguments(), kAllocatorOfArrow));
  link_ = std::make_unique<Link>(executor_, process_.take_socket(), &account_);
  CO_TRY_OK(co_await runtime::with_deadline(clock_.mono() + kHelloTime, handshake(), "greet the history child"));
  connected_ = true;
  update([&](Stats& s) {
    s.running = true;
    s.pid = process_.pid();
  });
  co_return Status{};
}

asio::awaitable<Status> Client::Impl::handshake() {
  auto hello = wire::encode(wire::Hello{batch::kSchemaVersion, static_cast<std::uint32_t>(::getpid())});
  CO_TRY_OK(co_await link_->write(FrameType::kHello, 0, hello));
  CO_TRY(auto frame, co_await link_->read());
  if (frame.header.type == FrameType::kFailure) {
    CO_TRY(auto failure, wire::decode_failure(frame.payload));
    co_return Error(failure.code, failure.message);
  }
  if (frame.refused) co_return Error(ErrorCode::kResourceExhausted, "cannot greet the history child: no memory");
  CO_TRY(auto answer, wire::decode_hello(frame.payload));
  if (frame.header.type != FrameType::kHello || answer.schema_version != batch::kSchemaVersion)
    co_return Error(ErrorCode::kProtocolViolation,
                    fmt::format("cannot use the history child: schema version {} instead of {}", answer.schema_version,
                                batch::kSchemaVersion));
  co_return Status{};
}

/// Sessions and restarts, until close().
asio::awaitable<void> Client::Impl::supervise(Running running) {
  auto delay = options_.restart_least;
  for (;;) {
    auto began = clock_.mono();
    if (revived_) {  // whatever step found no memory: the child that is there, if any, is in an unknown state
      revived_ = false;
      process_.kill();
      if (parts_) co_await parts_->close();
      parts_.reset();
      link_.reset();
    }
    Status status = link_ ? co_await session() : Status(Error(ErrorCode::kResourceExhausted, "no memory to serve it"));
    auto why = status ? Error(ErrorCode::kUnavailable, "cannot use the history child: it ended") : status.error();
    co_await reap(closing_ ? MonoTime::max() : clock_.mono() + kExitTime);
    end_session(why);
    if (clock_.mono() - began >= kHealthyAfter) delay = options_.restart_least;
    while (!closing_) {
      auto until = clock_.mono() + delay;
      while (!closing_ && clock_.mono() < until) co_await hurry_.wait(until);
      delay = std::min(delay * 2, options_.restart_most);
      if (!closing_ && co_await restart()) break;
    }
    if (closing_) break;
  }
  drop_queue();
  ended_ = true;
  end_.tell();
}

void Client::Impl::revive() {
  if (ended_ || supervised_) return;
  try {
    revived_ = true;
    scope_.spawn(supervise(Running(&supervised_)));
  } catch (const std::bad_alloc&) {  // the next call tries again
  }
}

asio::awaitable<bool> Client::Impl::restart() {
  update([](Stats& s) { ++s.restarts; });
  auto status = co_await connect();
  if (status) co_return true;
  process_.kill();
  co_await reap(clock_.mono() + kKillTime);
  link_.reset();
  note_error("cannot restart the history child: " + status.error().message(), deaths_);
  co_return false;
}

asio::awaitable<Status> Client::Impl::session() {
  parts_ = std::make_unique<Parts>(executor_);
  parts_->add(read_frames(), "hear from the history child");
  parts_->add(write_frames(), "write to the history child");
  parts_->add(watch(), "watch the history child");
  auto status = co_await parts_->first();
  parts_.reset();
  co_return status;
}

asio::awaitable<Status> Client::Impl::read_frames() {
  for (;;) {
    CO_TRY(auto frame, co_await link_->read());
    handle(std::move(frame));
  }
}

void Client::Impl::handle(Frame frame) {
  auto id = frame.header.id;
  auto type = frame.header.type;
  bool answer = wire::is_answer(type);
  if (type == FrameType::kStats) {
    auto told = wire::decode_stats(frame.payload);
    if (!told) return;
    update([&](Stats& s) {
      s.child_resident = told->resident;
      s.child_peak = told->peak;
      s.file_bytes = told->file_bytes;
      s.files = told->files;
    });
    if (!told->error.empty()) note_error(std::move(told->error), troubles_);
  } else if (type == FrameType::kAck) {
    handle_ack(frame);
  } else if (type == FrameType::kFailure && id == 0) {
    if (auto failure = wire::decode_failure(frame.payload)) child_reason_ = failure->message;
  } else if (answer) {
    queries_.answered(std::move(frame));
  }
  // Whatever it answered, it is alive.
  if (type == FrameType::kAck || answer) owed_since_.reset();
  if (in_flight_ || !queries_.empty()) owe();
}

void Client::Impl::handle_ack(const Frame& frame) {
  auto ack = wire::decode_ack(frame.payload);
  if (!in_flight_ || in_flight_->id != frame.header.id || !ack) return;
  update([&](Stats& s) {
    auto kept = std::min(ack->samples, in_flight_->samples);
    s.samples_kept += kept;
    s.samples_lost += in_flight_->samples - kept;
    s.rows_rejected += ack->rejected;
  });
  in_flight_.reset();
  if (!ack->error.empty()) note_error(std::move(ack->error), refusals_);
  work_.tell();
}

asio::awaitable<Status> Client::Impl::write_frames() {
  bool stop_sent = false;
  for (;;) {
    while (auto query = queries_.next()) {
      owe();
      CO_TRY_OK(co_await link_->write(query->type, query->id, query->payload));
    }
    // A commit costs the child about as much as a thousand rows: without haste, batches of some seconds share one.
    auto gather_until = last_group_ + options_.gather;
    bool gathering = !closing_ && batches_.stats().queued_bytes < kGroupBytes && clock_.mono() < gather_until;
    if (!in_flight_ && !stop_sent && !gathering) {
      if (batches_.stats().queued_bytes > 0) {
        CO_TRY_OK(co_await send_group());
        continue;
      }
      if (closing_) {
        stop_sent = true;
        CO_TRY_OK(co_await link_->write(FrameType::kStop, 0, {}));
        continue;
      }
    }
    co_await work_.wait(gathering ? gather_until : MonoTime::max());
  }
}

/// Sends what is queued, up to a limit, and asks for one commit. What has left the queue is counted before anything can
/// fail.
asio::awaitable<Status> Client::Impl::send_group() {
  last_group_ = clock_.mono();
  in_flight_ = InFlight{next_batch_++, 0};
  owe();
  for (std::size_t bytes = 0; bytes < kGroupBytes;) {
    auto batch = batches_.pop();
    if (!batch) break;
    bytes += batch->bytes();
    in_flight_->samples += batch->samples();
    update([&](Stats& s) { s.samples_sent += batch->samples(); });
    CO_TRY_OK(co_await send_batch(std::move(batch)));
  }
  co_return co_await link_->write(FrameType::kCommit, in_flight_->id, {});
}

asio::awaitable<Status> Client::Impl::send_batch(pipeline::BatchPtr batch) {
  // The identities first: a sample's series is known before it.
  CO_TRY_OK(co_await send_table(FrameType::kSeries, batch->series_batch()));
  CO_TRY_OK(co_await send_table(FrameType::kSamples, batch->samples_batch()));
  CO_TRY_OK(co_await send_table(FrameType::kTexts, batch->texts_batch()));
  co_return co_await send_table(FrameType::kRounds, batch->rounds_batch());
}

/// Rows that cannot be encoded (no memory, a text too long) are left out; the ack's counts show it.
asio::awaitable<Status> Client::Impl::send_table(FrameType type, std::shared_ptr<arrow::RecordBatch> rows) {
  encoder_.begin(std::move(rows));
  while (auto piece = encoder_.next()) {
    if (*piece) {
      CO_TRY_OK(co_await link_->write(type, in_flight_->id, (*piece)->bytes()));
    } else {
      note_error(piece->error().message(), refusals_);
    }
  }
  co_return Status{};
}

/// Ends the session when the child has owed an answer for too long.
asio::awaitable<Status> Client::Impl::watch() {
  auto pause = std::clamp<milliseconds>(options_.hang_limit / 10, milliseconds(10), seconds(1));
  while (co_await runtime::sleep_for(pause)) {
    if (owed_since_ && clock_.mono() - *owed_since_ > options_.hang_limit) {
      process_.kill();
      co_return Error(ErrorCode::kTimeout, fmt::format("cannot go on with the history child: no answer for {}",
                                                       format_duration(options_.hang_limit)));
    }
  }
  co_return Error(ErrorCode::kCancelled, "cancelled");
}

void Client::Impl::end_session(const Error& why) {
  connected_ = false;
  link_.reset();
  owed_since_.reset();
  update([&](Stats& s) {
    if (in_flight_) s.samples_lost += in_flight_->samples;
    s.running = false;
    s.pid = 0;
  });
  in_flight_.reset();
  // "Closed" says less than what the child said, or how it ended.
  auto reason = child_reason_.empty() || why.code() != ErrorCode::kUnavailable ? why.message() : child_reason_;
  queries_.fail_all("cannot answer: the history child ended: " + reason);
  if (!closing_) note_error("the history child ended: " + reason, deaths_);
}

/// Waits for the process's end; at the deadline, and then for kKillTime more, with force.
asio::awaitable<void> Client::Impl::reap(MonoTime deadline) {
  std::chrono::milliseconds pause{1};
  bool killed = false;
  while (process_.pid() != 0) {
    if (auto how = process_.ended()) {
      if (child_reason_.empty() && *how != "exit status 0") child_reason_ = *how;
      co_return;
    }
    if (clock_.mono() >= deadline) {
      if (killed) co_return log::error("history", "cannot end the history child {}", process_.pid());
      process_.kill();
      killed = true;
      deadline = clock_.mono() + kKillTime;
    }
    co_await runtime::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(50));
  }
}

/// Nobody will take what is queued: count it.
void Client::Impl::drop_queue() {
  while (auto batch = batches_.pop())
    update([&](Stats& s) {
      s.samples_sent += batch->samples();
      s.samples_lost += batch->samples();
    });
}

asio::awaitable<void> Client::Impl::close(MonoTime deadline) {
  closing_ = true;
  revive();
  work_.tell();
  hurry_.tell();
  for (; !ended_ && clock_.mono() < deadline; revive()) co_await end_.wait(deadline);
  process_.kill();  // its socket closes then, and supervise() comes to its end
  auto last = clock_.mono() + kKillTime + seconds(1);
  while (!ended_ && clock_.mono() < last) co_await end_.wait(last);
  co_await scope_.close();
  co_await reap(clock_.mono());
}

Stats Client::Impl::stats() const {
  auto dropped = batches_.stats().dropped_rows;
  std::scoped_lock lock(stats_mutex_);
  auto copy = stats_;
  copy.rows_dropped = dropped;
  return copy;
}

Client::Client(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account,
               pipeline::Subscription& batches)
    : impl_(std::make_unique<Impl>(std::move(options), executor, clock, account, batches)) {}

Client::~Client() = default;

asio::awaitable<Status> Client::start() {
  return impl_->start();
}

asio::awaitable<void> Client::close(MonoTime deadline) {
  return impl_->close(deadline);
}

void Client::revive() {
  impl_->revive();
}

Stats Client::stats() const {
  return impl_->stats();
}

}  // namespace holter::history
