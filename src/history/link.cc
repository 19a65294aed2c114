#include "history/link.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>

#include <fmt/format.h>

namespace holter::history {
namespace {

namespace asio = boost::asio;

Error closed(std::string_view what, const boost::system::error_code& failure) {
  return {ErrorCode::kUnavailable, fmt::format("cannot {} the history child: {}", what, failure.message())};
}

/// A payload buffer that is on the account, with room for what it is decoded into; empty and refused when
/// there is no room.
void make_room(Frame& frame, memory::Account& account) try {
  auto bytes = account.reserve(frame.header.length + wire::decoded_limit(frame.header.type, frame.header.length));
  frame.refused = !bytes.has_value();
  if (frame.refused) return;
  frame.bytes = std::move(*bytes);
  frame.payload.resize(frame.header.length);
} catch (const std::bad_alloc&) {
  frame.refused = true;
  frame.bytes.reset();
}

}  // namespace

Link::Link(runtime::Executor executor, int socket, memory::Account* account)
    : socket_(executor, asio::local::stream_protocol(), socket), account_(account) {}

asio::awaitable<Status> Link::read_bytes(std::span<std::byte> to) {
  boost::system::error_code failure;
  co_await asio::async_read(socket_, asio::buffer(to.data(), to.size()),
                            asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return closed("hear from", failure);
  co_return Status{};
}

asio::awaitable<Result<Frame>> Link::read() {
  std::array<std::byte, wire::kHeaderBytes> header;
  CO_TRY_OK(co_await read_bytes(header));
  Frame frame;
  CO_TRY(frame.header, wire::decode_header(header));
  make_room(frame, *account_);
  if (!frame.refused) {
    if (!frame.payload.empty()) CO_TRY_OK(co_await read_bytes(frame.payload));
    CO_TRY_OK(wire::check_payload(frame.header, frame.payload));
    co_return frame;
  }
  std::array<std::byte, 4096> sink;
  for (std::size_t left = frame.header.length; left > 0;) {
    auto part = std::min(left, sink.size());
    CO_TRY_OK(co_await read_bytes(std::span(sink).first(part)));
    left -= part;
  }
  co_return frame;
}

asio::awaitable<Status> Link::write(wire::FrameType type, std::uint64_t id, wire::Bytes payload) {
  auto header = wire::encode_header(type, id, payload);
  std::array<asio::const_buffer, 2> parts{asio::buffer(header), asio::buffer(payload.data(), payload.size())};
  boost::system::error_code failure;
  co_await asio::async_write(socket_, parts, asio::redirect_error(asio::use_awaitable, failure));
  if (failure) co_return closed("write to", failure);
  co_return Status{};
}

}  // namespace holter::history
