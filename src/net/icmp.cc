#include "net/icmp.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/log.h"
#include "net/icmp_socket.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;

SocketAddress to_socket_address(const asio::ip::address& address) {
  SocketAddress out{};
  if (address.is_v4()) {
    out.v4.sin_family = AF_INET;
    auto bytes = address.to_v4().to_bytes();
    std::memcpy(&out.v4.sin_addr, bytes.data(), bytes.size());
  } else {
    out.v6.sin6_family = AF_INET6;
    auto bytes = address.to_v6().to_bytes();
    std::memcpy(&out.v6.sin6_addr, bytes.data(), bytes.size());
    out.v6.sin6_scope_id = static_cast<std::uint32_t>(address.to_v6().scope_id());
  }
  return out;
}

using RawAddress = std::array<std::uint8_t, 16>;

RawAddress raw_address(const SocketAddress& address) {
  RawAddress out{};
  if (address.any.sa_family == AF_INET)
    std::memcpy(out.data(), &address.v4.sin_addr, 4);
  else
    std::memcpy(out.data(), &address.v6.sin6_addr, 16);
  return out;
}

/// Unpredictable numbers, fetched from the kernel many at a time.
class Cookies {
 public:
  std::uint64_t next() {
    if (used_ == pool_.size()) {
      auto got =
          getrandom(pool_.data(), sizeof(pool_), 0);  // up to 256 bytes never fail and are never cut (getrandom(2))
      CHECK(got == static_cast<ssize_t>(sizeof(pool_)));
      used_ = 0;
    }
    return pool_[used_++];
  }

 private:
  std::array<std::uint64_t, 32> pool_{};
  std::size_t used_ = 32;
};

}  // namespace

std::string describe(const EchoResult& result) {
  switch (result.kind) {
    case EchoResult::Kind::kReply:
      return "reply";
    case EchoResult::Kind::kTimeExceeded:
      return "time to live exceeded on the way";
    case EchoResult::Kind::kSendFailed:
      return std::strerror(result.code);
    case EchoResult::Kind::kUnreachable:
      break;
  }
  return fmt::format("destination unreachable (ICMP code {})", result.code);
}

class IcmpEngine::Impl {
 public:
  Impl(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account)
      : executor_(executor),
        clock_(clock),
        receive_buffer_bytes_(options.receive_buffer_bytes),
        limit_(std::min<std::size_t>(options.max_in_flight, 32'768)),
        entries_(std::bit_ceil(limit_ * 2)) {
    if (auto r = account.reserve(entries_.size() * sizeof(Entry) + 2 * limit_ * sizeof(std::uint32_t) +
                                 2 * IcmpSocket::buffer_bytes()))
      reserved_ = std::move(*r);
    // Grow no more: sending needs no memory later.
    queue_.reserve(2 * limit_ + IcmpSocket::kBatch);
    retry_.reserve(IcmpSocket::kBatch);
    failed_.reserve(IcmpSocket::kBatch);
    telling_.reserve(IcmpSocket::kBatch);
  }

  Result<Ticket> send(const asio::ip::address& to, EchoListener& listener) {
    auto family = to.is_v4() ? IpFamily::kV4 : IpFamily::kV6;
    TRY_OK(open(family));
    if (stats_.in_flight >= limit_)
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot ping {}: {} echoes are in flight", to.to_string(), limit_));
    schedule_flush();
    // Cancelled requests leave their place in the queue: while the send buffer is full, that must not add up.
    if (queue_.size() >= 2 * limit_ && !flushing_) drop_unsendable();
    auto index = free_entry();
    queue_.push_back(index);
    Entry& e = entries_[index];
    e.listener = &listener;
    e.address = to_socket_address(to);
    e.cookie = cookies_.next();
    e.sequence = next_sequence_++;
    e.sent = MonoTime{};
    ++stats_.in_flight;
    return index;
  }

  void cancel(Ticket ticket, const EchoListener& listener) {
    if (ticket < entries_.size() && entries_[ticket].listener == &listener) release(entries_[ticket]);
  }

  IcmpStats stats() const {
    auto stats = stats_;
    for (const auto& socket : sockets_)
      if (socket) stats.dropped_by_kernel += socket->dropped();
    return stats;
  }

  std::string_view socket_kind(bool v6) const {
    const auto& socket = sockets_[v6 ? 1 : 0];
    return !socket ? "" : socket->raw() ? "raw" : "datagram";
  }

 private:
  /// A request in flight; free when it has no listener. Its index is its sequence modulo the table's size.
  struct Entry {
    EchoListener* listener = nullptr;
    std::uint64_t cookie = 0;
    MonoTime sent{};
    SocketAddress address{};
    std::uint16_t sequence = 0;
  };
  using SocketPtr = std::unique_ptr<IcmpSocket>;

  IcmpSocket& socket_of(const Entry& e) { return *sockets_[e.address.any.sa_family == AF_INET ? 0 : 1]; }

  Status open(IpFamily family) {
    auto index = index_of(family);
    auto& socket = sockets_[index];
    if (socket && !listening_[index]) listen(family);
    if (socket) return {};
    TRY(socket, IcmpSocket::open(family, receive_buffer_bytes_, executor_));
    listen(family);
    return {};
  }

  /// At most half of the table is in use, so a free place is near. Advances next_sequence_ to it.
  std::uint32_t free_entry() {
    while (entries_[next_sequence_ & (entries_.size() - 1)].listener != nullptr) ++next_sequence_;
    return static_cast<std::uint32_t>(next_sequence_ & (entries_.size() - 1));
  }

  void release(Entry& e) {
    e.listener = nullptr;
    --stats_.in_flight;
  }

  void finish(Entry& e, const EchoResult& result) {
    auto* listener = e.listener;
    release(e);
    listener->on_echo(result);
  }

  // --- sending ---

  void schedule_flush() {
    if (flush_scheduled_) return;
    asio::post(executor_, [this, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) flush();
    });
    flush_scheduled_ = true;
  }

  void flush() {
    flush_scheduled_ = false;
    flushing_ = true;
    std::size_t taken = 0;
    while (taken < queue_.size() && !blocked_ && retry_.empty()) {
      // Requests cancelled before they were sent have no listener any more.
      IcmpSocket* socket = nullptr;
      std::size_t count = 0;
      for (; taken < queue_.size() && count < IcmpSocket::kBatch; ++taken) {
        Entry& e = entries_[queue_[taken]];
        if (e.listener == nullptr || e.sent != MonoTime{}) continue;
        if (socket != nullptr && socket != &socket_of(e)) break;
        socket = &socket_of(e);
        socket->stage(e.address, {socket->ident(), e.sequence, e.cookie});
        batch_[count++] = queue_[taken];
      }
      if (count > 0) send_batch(*socket, count);
      // Replies from this machine are there already: make room before the next batch fills the receive buffer.
      if (socket != nullptr && taken < queue_.size()) drain(*socket, 2);
    }
    // What a full send buffer left over stands in the retry list, in front of what was not tried.
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
    queue_.insert(queue_.begin(), retry_.begin(), retry_.end());
    retry_.clear();
    flushing_ = false;
  }

  void send_batch(IcmpSocket& socket, std::size_t count) {
    std::size_t first = 0;
    while (first < count) {
      auto before = clock_.mono();
      for (std::size_t i = first; i < count; ++i) entries_[batch_[i]].sent = before;
      int sent = socket.send(first);
      if (sent > 0) {
        stamp(first, static_cast<std::size_t>(sent), before, clock_.mono());
        first += static_cast<std::size_t>(sent);
        stats_.sent += static_cast<std::uint64_t>(sent);
        continue;
      }
      if (sent == -EAGAIN || sent == -ENOBUFS || sent == 0) {
        for (std::size_t i = first; i < count; ++i) {
          entries_[batch_[i]].sent = MonoTime{};
          retry_.push_back(batch_[i]);
        }
        wait_writable(socket);
        break;
      }
      // This one cannot be sent (no route, not permitted); the others may.
      ++stats_.errors;
      failed_.emplace_back(batch_[first++], -sent);
    }
    socket.clear_staged();
    // Told only now: a listener may send and cancel, which must not change the batch under our feet.
    telling_.swap(failed_);
    for (auto [index, code] : telling_)
      if (entries_[index].listener != nullptr)
        finish(entries_[index], {.kind = EchoResult::Kind::kSendFailed, .code = code});
    telling_.clear();
  }

  void drop_unsendable() {
    std::erase_if(queue_, [this](auto i) { return entries_[i].listener == nullptr || entries_[i].sent != MonoTime{}; });
  }

  /// The kernel sends one after the other: spread the send times over the call, or the first ones' replies would seem
  /// slow.
  void stamp(std::size_t first, std::size_t sent, MonoTime before, MonoTime after) {
    auto each = (after - before) / static_cast<std::int64_t>(sent);
    for (std::size_t i = 0; i < sent; ++i)
      entries_[batch_[first + i]].sent = before + each * static_cast<std::int64_t>(i);
  }

  void wait_writable(IcmpSocket& socket) {
    try {
      socket.descriptor().async_wait(asio::posix::stream_descriptor::wait_write,
                                     [this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code failure) {
                                       if (failure || alive.expired()) return;
                                       blocked_ = false;
                                       flush();
                                     });
      blocked_ = true;
    } catch (const std::bad_alloc&) {  // the next request tries again
    }
  }

  // --- receiving ---

  static std::size_t index_of(IpFamily family) { return family == IpFamily::kV4 ? 0 : 1; }

  /// When there is no memory to wait for the socket, the next request listens again.
  void listen(IpFamily family) {
    auto& socket = *sockets_[index_of(family)];
    listening_[index_of(family)] = false;
    try {
      socket.descriptor().async_wait(
          asio::posix::stream_descriptor::wait_read,
          [this, family, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code failure) {
            if (failure || alive.expired()) return;
            drain(*sockets_[index_of(family)], 16);
            listen(family);
          });
      listening_[index_of(family)] = true;
    } catch (const std::bad_alloc&) {
    }
  }

  /// Takes in up to `batches` batches; what is left makes the socket readable again at once, after other work's turn.
  void drain(IcmpSocket& socket, int batches) {
    EchoReply error;
    while (socket.receive_error(error)) on_message(socket, error, {}, nullptr);
    for (int i = 0; i < batches; ++i) {
      auto messages = socket.receive();
      if (messages.empty()) return;
      auto mono = clock_.mono();
      auto wall = clock_.wall_ns();
      for (const auto& message : messages) {
        auto reply = parse_echo(socket.family(), socket.raw() && socket.family() == IpFamily::kV4, message.packet);
        if (!reply) {
          ++stats_.foreign;
          continue;
        }
        // The kernel's time stamp is a wall time: use only its distance from now, which no clock step before matters
        // to.
        auto age = message.wall.count() == 0 ? nanoseconds(0) : std::max(nanoseconds(0), wall - message.wall);
        on_message(socket, *reply, mono - age, message.from);
      }
      if (messages.size() < IcmpSocket::kBatch) return;
    }
  }

  /// `from` is null for errors from the error queue, which carry no foreign address.
  void on_message(IcmpSocket& socket, const EchoReply& reply, MonoTime at, const SocketAddress* from) {
    if (socket.raw() && reply.tag.ident != socket.ident()) {
      ++stats_.foreign;
      return;
    }
    Entry& e = entries_[reply.tag.sequence & (entries_.size() - 1)];
    if (e.listener == nullptr || e.sequence != reply.tag.sequence || e.sent == MonoTime{}) {
      ++stats_.stray;
      return;
    }
    bool is_reply = reply.kind == EchoReply::Kind::kReply;
    auto source = is_reply && from != nullptr ? raw_address(*from) : reply.original_destination;
    if (source != raw_address(e.address) || (is_reply && reply.tag.cookie != e.cookie)) {
      ++(reply.tag.cookie != e.cookie && is_reply ? stats_.stray : stats_.foreign);
      return;
    }
    if (is_reply) {
      ++stats_.replies;
      // Never longer than until now: a wall clock step between arrival and reading must not show.
      auto trip =
          std::clamp<nanoseconds>(at - e.sent, nanoseconds(0), std::max(nanoseconds(0), clock_.mono() - e.sent));
      finish(e, {.round_trip = trip, .ttl = reply.ttl});
      return;
    }
    ++stats_.errors;
    auto kind =
        reply.kind == EchoReply::Kind::kTimeExceeded ? EchoResult::Kind::kTimeExceeded : EchoResult::Kind::kUnreachable;
    finish(e, {.kind = kind, .code = reply.code});
  }

  const runtime::Executor executor_;
  const Clock& clock_;
  const int receive_buffer_bytes_;
  const std::size_t limit_;
  std::vector<Entry> entries_;
  std::uint16_t next_sequence_ = 0;
  Cookies cookies_;
  std::array<SocketPtr, 2> sockets_;  ///< IPv4, IPv6
  std::vector<std::uint32_t> queue_, retry_;
  std::array<bool, 2> listening_{};
  std::vector<std::pair<std::uint32_t, int>> failed_, telling_;  ///< of the batch being sent: entry, errno
  std::array<std::uint32_t, IcmpSocket::kBatch> batch_{};
  bool flush_scheduled_ = false;
  bool flushing_ = false;
  bool blocked_ = false;
  IcmpStats stats_;
  memory::Reservation reserved_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< last: posted work checks it
};

IcmpEngine::IcmpEngine(Options options, runtime::Executor executor, const Clock& clock, memory::Account& account)
    : impl_(std::make_unique<Impl>(options, executor, clock, account)) {}
IcmpEngine::~IcmpEngine() = default;
Result<IcmpEngine::Ticket> IcmpEngine::send(const asio::ip::address& to, EchoListener& listener) {
  return impl_->send(to, listener);
}
void IcmpEngine::cancel(Ticket ticket, const EchoListener& listener) {
  impl_->cancel(ticket, listener);
}
IcmpStats IcmpEngine::stats() const {
  return impl_->stats();
}
std::string_view IcmpEngine::socket_kind(bool v6) const {
  return impl_->socket_kind(v6);
}

}  // namespace holter::net
