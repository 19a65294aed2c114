#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"
#include "history/wire/frame.h"
#include "history/wire/message.h"
#include "memory/account.h"
#include "runtime/shard.h"

namespace holter::history {

/// One frame as it came in.
struct Frame {
  wire::FrameHeader header;
  wire::Payload payload;
  memory::Reservation bytes;  ///< of the payload, and of what it is decoded into
  bool refused = false;       ///< the account had no room for the payload: it was read and thrown away
};

/// Frames over our end of the socket. Threads: the executor's; one reader and one writer at a time.
class Link {
 public:
  /// Takes the descriptor.
  Link(runtime::Executor executor, int socket, memory::Account* account);

  /// Errors: kUnavailable (closed), kCorruption (no frame: the link is of no more use).
  boost::asio::awaitable<Result<Frame>> read();
  /// The payload must stay until the result is there. Errors: kUnavailable.
  boost::asio::awaitable<Status> write(wire::FrameType type, std::uint64_t id, wire::Bytes payload);

 private:
  boost::asio::awaitable<Status> read_bytes(std::span<std::byte> to);

  boost::asio::local::stream_protocol::socket socket_;
  memory::Account* account_;
};

}  // namespace holter::history
