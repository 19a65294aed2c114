#include "net/snmp_socket.h"

#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace holter::net {
namespace {

/// What control messages say.
template <class Use>
void each_control(msghdr& message, Use use) {
  for (auto* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) use(*c);
}

/// For one datagram, its sender and its control messages.
msghdr room_for(SnmpSocket::Endpoint& from, iovec& part, std::span<char> control) {
  msghdr message{};
  message.msg_name = from.data();
  message.msg_namelen = static_cast<socklen_t>(from.capacity());
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  return message;
}

}  // namespace

Result<std::unique_ptr<SnmpSocket>> SnmpSocket::open(bool v6, int receive_buffer_bytes, runtime::Executor executor) {
  using boost::asio::ip::udp;
  udp::socket socket(executor);
  boost::system::error_code failure;
  socket.open(v6 ? udp::v6() : udp::v4(), failure);
  if (!failure && v6) socket.set_option(boost::asio::ip::v6_only(true), failure);
  if (!failure) socket.non_blocking(true, failure);
  if (failure) return Error(ErrorCode::kUnavailable, fmt::format("cannot open a UDP socket: {}", failure.message()));
  int fd = socket.native_handle(), on = 1;
  // Best effort: without these a closed port is told by silence only, and answers that come all at once are lost.
  setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes, sizeof(receive_buffer_bytes)) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  return std::unique_ptr<SnmpSocket>(new SnmpSocket(std::move(socket)));
}

int SnmpSocket::send(const Endpoint& to, std::string_view bytes) {
  // A call may report what became of an earlier datagram, to another peer: that is in the error queue as well.
  constexpr int kTries = 4;
  int failure = 0;
  for (int i = 0; i < kTries; ++i) {
    auto sent = ::sendto(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT, to.data(),
                         static_cast<socklen_t>(to.size()));
    if (sent >= 0) return 0;
    failure = errno;
    if (failure == EAGAIN || failure == ENOBUFS || failure == EMSGSIZE) return failure == EMSGSIZE ? failure : 0;
  }
  return failure;
}

bool SnmpSocket::receive(Received& into) {
  return receive_datagram(into) || receive_error(into);
}

bool SnmpSocket::receive_error(Received& into) {
  while (true) {
    alignas(cmsghdr) std::array<char, 512> control;
    iovec part{buffer_.data(), buffer_.size()};
    auto message = room_for(into.from, part, control);
    if (::recvmsg(socket_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return false;
    into.bytes = {};
    into.failure = 0;
    each_control(message, [&](cmsghdr& c) {
      bool is_error = (c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_RECVERR) ||
                      (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_RECVERR);
      if (!is_error) return;
      sock_extended_err error;
      std::memcpy(&error, CMSG_DATA(&c), sizeof(error));
      into.failure = static_cast<int>(error.ee_errno);
    });
    // A path with a smaller MTU than thought: the kernel has learned it, the next try goes in fragments.
    if (into.failure == 0 || into.failure == EMSGSIZE || message.msg_namelen == 0) continue;
    into.from.resize(message.msg_namelen);
    return true;
  }
}

bool SnmpSocket::receive_datagram(Received& into) {
  // As in send(): some calls report what is in the error queue.
  constexpr int kTries = 4;
  for (int i = 0; i < kTries; ++i) {
    alignas(cmsghdr) std::array<char, 64> control;
    iovec part{buffer_.data(), buffer_.size()};
    auto message = room_for(into.from, part, control);
    auto got = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) continue;
    each_control(message, [&](cmsghdr& c) {
      if (c.cmsg_level == SOL_SOCKET && c.cmsg_type == SO_RXQ_OVFL)
        std::memcpy(&dropped_, CMSG_DATA(&c), sizeof(dropped_));
    });
    into.from.resize(message.msg_namelen);
    into.failure = 0;
    into.bytes = {buffer_.data(), static_cast<std::size_t>(got)};
    return true;
  }
  return false;
}

void SnmpSocket::wait(std::function<void(bool closed)> then) {
  socket_.async_wait(boost::asio::ip::udp::socket::wait_read,
                     [then = std::move(then)](boost::system::error_code failure) { then(static_cast<bool>(failure)); });
}

}  // namespace holter::net
