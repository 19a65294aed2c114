#include "testing/snmp_agent.h"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace holter::testing {
namespace {

SnmpAgent::Answer answer_of(SnmpDevice device, SnmpAgent::Twist twist) {
  return [device = std::move(device), twist = std::move(twist)](std::string_view datagram,
                                                                std::size_t nth) -> SnmpAgent::Reply {
    auto question = SnmpDevice::read(datagram);
    if (!question) return {};
    auto good = device.answer(*question);
    if (twist) return twist(*question, std::move(good), nth);
    return {std::move(good)};
  };
}

/// msgID of a message of version 3: the first number of its header.
std::string message_id(std::string_view datagram) {
  auto at = datagram.find(std::string_view("\x02\x01\x03\x30", 4));
  CHECK(at != std::string_view::npos && at + 7 < datagram.size());
  return std::string(datagram.substr(at + 7, static_cast<std::uint8_t>(datagram[at + 6])));
}

}  // namespace

SnmpAgent::SnmpAgent(Answer answer, const char* address) : answer_(std::move(answer)) {
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int room = 8 << 20;  // thousands may ask at once; without the right to so much, a test asks twice
  if (::setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  CHECK(::inet_pton(AF_INET, address, &own.sin_addr) == 1);
  CHECK(::bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof(own)) == 0);
  socklen_t length = sizeof(own);
  CHECK(::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &length) == 0);
  port_ = ntohs(own.sin_port);
  thread_ = std::thread([this] { run(); });
}

SnmpAgent::SnmpAgent(SnmpDevice device, Twist twist) : SnmpAgent(answer_of(std::move(device), std::move(twist))) {}

SnmpAgent::~SnmpAgent() {
  std::uint64_t one = 1;
  CHECK(::write(wake_, &one, sizeof(one)) == sizeof(one));
  thread_.join();
  ::close(socket_);
  ::close(wake_);
}

std::vector<std::string> SnmpAgent::heard() const {
  std::lock_guard lock(mutex_);
  return heard_;
}

std::string SnmpAgent::report(std::string_view datagram, std::string_view engine_id, std::uint32_t usm_stat) {
  SnmpName name = {1, 3, 6, 1, 6, 3, 15, 1, 1, usm_stat, 0};
  auto bindings = ber(0x30, ber(6, ber_name(name)) + ber(0x41, ber_number(1)));
  auto pdu = ber(0xa8, ber(2, ber_number(0)) + ber(2, ber_number(0)) + ber(2, ber_number(0)) + ber(0x30, bindings));
  auto scoped = ber(0x30, ber(4, engine_id) + ber(4, "") + pdu);
  auto security = ber(0x30, ber(4, engine_id) + ber(2, ber_number(7)) + ber(2, ber_number(1000)) + ber(4, "") +
                                ber(4, "") + ber(4, ""));
  auto header = ber(0x30, ber(2, message_id(datagram)) + ber(2, ber_number(1472)) + ber(4, std::string(1, '\0')) +
                              ber(2, ber_number(3)));
  return ber(0x30, ber(2, ber_number(3)) + header + ber(4, security) + scoped);
}

void SnmpAgent::run() {
  std::array<char, 65536> buffer;
  while (true) {
    std::array<pollfd, 2> wait{{{socket_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[1].revents != 0) return;
    sockaddr_in from{};
    socklen_t length = sizeof(from);
    auto got = ::recvfrom(socket_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0) continue;
    asker_ = ntohs(from.sin_port);
    std::string_view datagram(buffer.data(), static_cast<std::size_t>(got));
    {
      std::lock_guard lock(mutex_);
      heard_.emplace_back(datagram);
    }
    for (const auto& reply : answer_(datagram, questions_++))
      ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

}  // namespace holter::testing
