#include "history/child/server.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "batch/ipc.h"
#include "batch/schema.h"
#include "history/wire/sql_message.h"

namespace holter::history::child {
namespace {

using wire::FrameType;

constexpr std::size_t kMemory = 32U << 20;  // of frames and batches being taken in
constexpr std::chrono::seconds kTickEvery{1};
constexpr int kPeerPatience_ms = 60'000;  // for the rest of a frame, or to read ours
constexpr std::uint32_t kLongestQuery_ms = 60'000;

Error system_error(std::string_view what) {
  return {ErrorCode::kIo, fmt::format("cannot {}: {}", what, std::strerror(errno))};
}

bool holds_rows(FrameType type) {
  return type == FrameType::kSamples || type == FrameType::kTexts || type == FrameType::kRounds ||
         type == FrameType::kSeries;
}

Result<std::shared_ptr<const batch::Batch>> to_batch(FrameType type, std::shared_ptr<arrow::RecordBatch> rows) {
  auto at = [&](FrameType t) { return t == type ? rows : nullptr; };
  return batch::Batch::make(at(FrameType::kSamples), at(FrameType::kTexts), at(FrameType::kRounds),
                            at(FrameType::kSeries));
}

}  // namespace

Server::Server(int socket, Store* store, const Clock* clock)
    : socket_(socket), store_(store), clock_(clock), account_("frames", nullptr, kMemory), pool_(account_, "frames") {
  timeval patience{kPeerPatience_ms / 1000, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

wire::Bytes Server::Frame::bytes() const {
  return {reinterpret_cast<const std::byte*>(payload->data()), static_cast<std::size_t>(payload->size())};
}

Result<bool> Server::readable(int timeout_ms) {
  pollfd entry{socket_, POLLIN, 0};
  int ready = ::poll(&entry, 1, timeout_ms);
  if (ready < 0 && errno != EINTR) return system_error("wait for frames");
  return ready > 0;
}

Result<bool> Server::receive(std::span<std::byte> to) {
  for (std::size_t got = 0; got < to.size();) {
    auto n = ::recv(socket_, to.data() + got, to.size() - got, 0);
    if (n > 0) {
      got += static_cast<std::size_t>(n);
    } else if (n == 0 || errno == ECONNRESET) {
      if (got == 0) return false;
      return Error(ErrorCode::kCorruption,
                   fmt::format("cannot read a frame: the stream ended after {} of {} bytes", got, to.size()));
    } else if (errno == EAGAIN) {
      return Error(ErrorCode::kTimeout, fmt::format("cannot read a frame: no byte for {} ms", kPeerPatience_ms));
    } else if (errno != EINTR) {
      return system_error("read a frame");
    }
  }
  return true;
}

Result<bool> Server::receive(Frame& frame) {
  std::array<std::byte, wire::kHeaderBytes> header;
  TRY(bool more, receive(header));
  if (!more) return false;
  TRY(frame.header, wire::decode_header(header));
  auto buffer = arrow::AllocateBuffer(frame.header.length, &pool_);
  if (!buffer.ok()) return Error(ErrorCode::kResourceExhausted, "cannot read a frame: " + buffer.status().message());
  frame.payload = std::move(*buffer);
  if (frame.header.length > 0) {
    TRY(more, receive({reinterpret_cast<std::byte*>(frame.payload->mutable_data()), frame.header.length}));
    if (!more) return Error(ErrorCode::kCorruption, "cannot read a frame: the stream ended after its header");
  }
  TRY_OK(wire::check_payload(frame.header, frame.bytes()));
  return true;
}

Status Server::send(FrameType type, std::uint64_t id, wire::Bytes payload) {
  auto header = wire::encode_header(type, id, payload);
  for (wire::Bytes part : {wire::Bytes(header), payload}) {
    while (!part.empty()) {
      auto n = ::send(socket_, part.data(), part.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        part = part.subspan(static_cast<std::size_t>(n));
      } else if (errno == EAGAIN) {
        return Error(ErrorCode::kTimeout,
                     fmt::format("cannot send a {} frame: not read for {} ms", to_string(type), kPeerPatience_ms));
      } else if (errno != EINTR) {
        return system_error(fmt::format("send a {} frame", to_string(type)));
      }
    }
  }
  return {};
}

Status Server::send_stats() {
  return send(FrameType::kStats, 0, wire::encode(store_->stats()));
}

Status Server::handshake() {
  Frame frame;
  TRY(bool more, receive(frame));
  if (!more || frame.header.type != FrameType::kHello)
    return Error(ErrorCode::kCorruption, "cannot serve: the stream does not begin with a hello");
  TRY(auto hello, wire::decode_hello(frame.bytes()));
  if (hello.schema_version != batch::kSchemaVersion)
    return Error(ErrorCode::kCorruption, fmt::format("cannot serve: the other end has schema version {}, this one {}",
                                                     hello.schema_version, batch::kSchemaVersion));
  return send(FrameType::kHello, 0,
              wire::encode(wire::Hello{batch::kSchemaVersion, static_cast<std::uint32_t>(::getpid())}));
}

Status Server::run() {
  auto next_tick = clock_->mono();
  while (!stop_) {
    if (auto now = clock_->mono(); now >= next_tick && !store_->batch_open()) {
      store_->tick();
      TRY_OK(send_stats());
      next_tick = now + kTickEvery;
    }
    bool work = store_->busy() && !store_->batch_open();
    auto idle = std::chrono::ceil<milliseconds>(next_tick - clock_->mono()).count();
    TRY(bool ready, readable(work ? 0 : static_cast<int>(std::clamp<std::int64_t>(idle, 0, 1000))));
    if (ready) {
      Frame frame;
      TRY(bool more, receive(frame));
      if (!more) break;
      TRY_OK(handle(std::move(frame)));
    }
    // Also under load: a batch, a step, a batch, a step.
    if (work && !store_->batch_open()) store_->step();
    TRY_OK(store_->health());
  }
  return {};
}

Status Server::handle(Frame frame) {
  auto type = frame.header.type;
  auto id = frame.header.id;
  if (holds_rows(type)) {
    take_rows(std::move(frame));
    return {};
  }
  if (store_->batch_open() && type != FrameType::kCommit)
    return Error(ErrorCode::kCorruption, fmt::format("cannot serve: a {} frame within a batch", to_string(type)));
  switch (type) {
    case FrameType::kCommit:
      return send(FrameType::kAck, id, wire::encode(store_->commit()));
    case FrameType::kRangeQuery:
      return answer(id, FrameType::kRangeAnswer, wire::decode_range_query(frame.bytes()));
    case FrameType::kRoundsQuery:
      return answer(id, FrameType::kRoundsAnswer, wire::decode_rounds_query(frame.bytes()));
    case FrameType::kHeartbeatsQuery:
      return answer(id, FrameType::kHeartbeatsAnswer, wire::decode_heartbeats_query(frame.bytes()));
    case FrameType::kRoundListQuery:
      return answer(id, FrameType::kRoundListAnswer, wire::decode_round_list_query(frame.bytes()));
    case FrameType::kSqlQuery:
      return answer(id, FrameType::kSqlAnswer, wire::decode_sql_query(frame.bytes()));
    case FrameType::kStop:
      stop_ = true;
      return {};
    default:
      return Error(ErrorCode::kCorruption,
                   fmt::format("cannot serve: a {} frame is not for this end", to_string(type)));
  }
}

void Server::take_rows(Frame frame) {
  auto type = frame.header.type;
  auto rows = batch::decode(std::move(frame.payload), pool_);
  if (!rows) return store_->fail_batch(std::move(rows).error());
  auto batch = to_batch(type, std::move(*rows));
  if (!batch) return store_->fail_batch(std::move(batch).error());
  store_->add(**batch);
}

template <class Query>
Status Server::answer(std::uint64_t id, FrameType type, Result<wire::Timed<Query>> timed) {
  auto found = [&]() -> Result<wire::Payload> {
    TRY(auto query, std::move(timed));
    auto time = milliseconds(std::min(query.timeout_ms, kLongestQuery_ms));
    TRY(auto buckets, store_->query(query.query, clock_->mono() + time));
    return wire::encode(buckets);
  }();
  if (found) return send(type, id, *found);
  return send(FrameType::kFailure, id, wire::encode(wire::Failure{found.error().code(), found.error().message()}));
}

}  // namespace holter::history::child
