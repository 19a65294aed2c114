#include "net/icmp_socket.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <sys/random.h>

namespace holter::net {

struct IcmpSocket::Buffers {
  std::array<std::array<std::byte, kEchoBytes>, kBatch> out;
  std::array<SocketAddress, kBatch> to;
  std::array<iovec, kBatch> out_parts;
  std::array<mmsghdr, kBatch> out_messages;

  std::array<std::array<std::byte, kPacketBytes>, kBatch> in;
  std::array<std::array<std::byte, kControlBytes>, kBatch> control;
  std::array<SocketAddress, kBatch> from;
  std::array<iovec, kBatch> in_parts;
  std::array<mmsghdr, kBatch> in_messages;
  std::array<IcmpMessage, kBatch> received;
};

namespace {

Error no_socket(IpFamily family, int failure) {
  return Error(ErrorCode::kUnavailable,
               fmt::format("cannot open an {} socket: {}; allow it by the capability CAP_NET_RAW, or by "
                           "sysctl net.ipv4.ping_group_range=\"0 2147483647\"",
                           family == IpFamily::kV4 ? "ICMP" : "ICMPv6", std::strerror(failure)));
}

/// A raw socket gets a copy of every ICMP packet of the machine; let the kernel keep what is not for us.
Status attach_filter(int fd, IpFamily family, std::uint16_t ident) {
  // IPv4 packets come with their IP header, whose length X takes; ICMPv6 ones begin with the ICMP header.
  sock_filter v4[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_DEST_UNREACH, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_TIME_EXCEEDED, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ident, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_filter v6[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_DST_UNREACH, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_TIME_EXCEEDED, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY, 0, 3),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ident, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  sock_fprog program = family == IpFamily::kV4 ? sock_fprog{std::size(v4), v4} : sock_fprog{std::size(v6), v6};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
    return Error(ErrorCode::kUnavailable, fmt::format("cannot filter the ICMP socket: {}", std::strerror(errno)));
  return {};
}

}  // namespace

IcmpSocket::IcmpSocket(IpFamily family, bool raw, int fd, runtime::Executor executor)
    : family_(family), raw_(raw), descriptor_(executor, fd), buffers_(std::make_unique<Buffers>()) {
  auto& b = *buffers_;
  std::memset(&b, 0, sizeof(b));
  for (std::size_t i = 0; i < kBatch; ++i) {
    b.out_parts[i] = {b.out[i].data(), b.out[i].size()};
    b.out_messages[i].msg_hdr.msg_iov = &b.out_parts[i];
    b.out_messages[i].msg_hdr.msg_iovlen = 1;
    b.out_messages[i].msg_hdr.msg_name = &b.to[i];
    b.in_parts[i] = {b.in[i].data(), b.in[i].size()};
    b.in_messages[i].msg_hdr.msg_iov = &b.in_parts[i];
    b.in_messages[i].msg_hdr.msg_iovlen = 1;
  }
}

IcmpSocket::~IcmpSocket() = default;

std::size_t IcmpSocket::buffer_bytes() {
  return sizeof(Buffers);
}

Result<std::unique_ptr<IcmpSocket>> IcmpSocket::open(IpFamily family, int receive_buffer_bytes,
                                                     runtime::Executor executor) {
  int domain = family == IpFamily::kV4 ? AF_INET : AF_INET6;
  int protocol = family == IpFamily::kV4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  bool raw = false;
  int fd = ::socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0) {
    raw = true;
    fd = ::socket(domain, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  }
  if (fd < 0) return no_socket(family, errno);
  std::unique_ptr<IcmpSocket> socket(new IcmpSocket(family, raw, fd, executor));
  TRY_OK(socket->configure(receive_buffer_bytes));
  return socket;
}

Status IcmpSocket::configure(int receive_buffer_bytes) {
  int fd = descriptor_.native_handle();
  int on = 1;
  // Best effort: without these a lost reply or a round trip time is less exact, which the counters show.
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes, sizeof(receive_buffer_bytes)) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  if (!raw_) {
    if (family_ == IpFamily::kV4)
      setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
    else
      setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    return {};
  }
  if (getrandom(&ident_, sizeof(ident_), 0) != sizeof(ident_))
    return Error(ErrorCode::kUnavailable, fmt::format("cannot get random bytes: {}", std::strerror(errno)));
  return attach_filter(fd, family_, ident_);
}

void IcmpSocket::stage(const SocketAddress& to, const EchoTag& tag) {
  auto& b = *buffers_;
  b.out[staged_] = make_echo(family_, tag);
  b.to[staged_] = to;
  b.out_messages[staged_].msg_hdr.msg_namelen = family_ == IpFamily::kV4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  ++staged_;
}

int IcmpSocket::send(std::size_t first) {
  int sent = 0;
  do {
    sent = ::sendmmsg(descriptor_.native_handle(), &buffers_->out_messages[first],
                      static_cast<unsigned>(staged_ - first), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

std::span<const IcmpMessage> IcmpSocket::receive() {
  auto& b = *buffers_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    auto& header = b.in_messages[i].msg_hdr;
    header.msg_name = &b.from[i];
    header.msg_namelen = sizeof(SocketAddress);
    header.msg_control = b.control[i].data();
    header.msg_controllen = b.control[i].size();
  }
  int count = 0;
  do {
    count = ::recvmmsg(descriptor_.native_handle(), b.in_messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return {};
  for (int i = 0; i < count; ++i) {
    auto& message = b.received[static_cast<std::size_t>(i)];
    auto length = std::min<std::size_t>(b.in_messages[i].msg_len, kPacketBytes);
    message = {std::span<const std::byte>(b.in[i]).first(length), &b.from[i], {}};
    read_control(b.in_messages[i].msg_hdr, message);
  }
  return std::span<const IcmpMessage>(b.received).first(static_cast<std::size_t>(count));
}

void IcmpSocket::read_control(msghdr& message, IcmpMessage& out) {
  for (auto* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_TIMESTAMPNS) {
      timespec at{};
      std::memcpy(&at, CMSG_DATA(c), sizeof(at));
      out.wall = seconds(at.tv_sec) + nanoseconds(at.tv_nsec);
    } else if (c->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&dropped_, CMSG_DATA(c), sizeof(dropped_));
    }
  }
}

bool IcmpSocket::receive_error(EchoReply& reply) {
  if (raw_) return false;
  auto& b = *buffers_;
  SocketAddress to{};
  iovec part{b.in[0].data(), b.in[0].size()};
  msghdr message{.msg_name = &to,
                 .msg_namelen = sizeof(to),
                 .msg_iov = &part,
                 .msg_iovlen = 1,
                 .msg_control = b.control[0].data(),
                 .msg_controllen = b.control[0].size()};
  auto length = ::recvmsg(descriptor_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT);
  if (length < 0) return false;
  reply = {};
  reply.kind = EchoReply::Kind::kUnreachable;
  for (auto* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    bool about_v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
    bool about_v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
    if (!about_v4 && !about_v6) continue;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(c), sizeof(error));
    reply.code = error.ee_code;
    bool exceeded = about_v4 ? error.ee_type == ICMP_TIME_EXCEEDED : error.ee_type == ICMP6_TIME_EXCEEDED;
    if (exceeded) reply.kind = EchoReply::Kind::kTimeExceeded;
  }
  // What comes back is our request, with the identifier that the kernel gave it.
  if (length < 8) return true;
  reply.tag.sequence =
      static_cast<std::uint16_t>((std::to_integer<unsigned>(b.in[0][6]) << 8) | std::to_integer<unsigned>(b.in[0][7]));
  if (family_ == IpFamily::kV4)
    std::memcpy(reply.original_destination.data(), &to.v4.sin_addr, 4);
  else
    std::memcpy(reply.original_destination.data(), &to.v6.sin6_addr, 16);
  return true;
}

}  // namespace holter::net
