#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "history/child/store.h"
#include "history/wire/frame.h"
#include "memory/account.h"
#include "memory/arrow_pool.h"

namespace holter::history::child {

/// Serves one socket: takes frames in, answers them, and does the store's background work in between.
/// Threads: one. Lifetime: store and clock must outlive it; the socket stays the caller's.
class Server {
 public:
  Server(int socket, Store* store, const Clock* clock);

  /// Reads the hello of the other end and answers it. Errors: as run().
  Status handshake();

  /// Returns when the other end has closed or said stop; everything acknowledged is on disk then. Errors: kCorruption
  /// (bytes that are no frames, or frames out of order: nothing after them can be trusted), kTimeout (the other end
  /// stopped in the middle of a frame, or does not read), kIo.
  Status run();

 private:
  struct Frame {
    wire::FrameHeader header;
    std::shared_ptr<arrow::Buffer> payload;
    wire::Bytes bytes() const;
  };
  Result<bool> readable(int timeout_ms);
  /// Fills `to`. False when the stream ended before its first byte.
  Result<bool> receive(std::span<std::byte> to);
  Result<bool> receive(Frame& frame);
  Status send(wire::FrameType type, std::uint64_t id, wire::Bytes payload);
  Status send_stats();

  Status handle(Frame frame);
  void take_rows(Frame frame);
  template <class Query>
  Status answer(std::uint64_t id, wire::FrameType type, Result<wire::Timed<Query>> timed);

  const int socket_;
  Store* store_;
  const Clock* clock_;
  memory::Account account_;
  memory::ArrowPool pool_;
  bool stop_ = false;
};

}  // namespace holter::history::child
