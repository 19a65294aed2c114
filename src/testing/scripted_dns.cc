#include "testing/scripted_dns.h"

#include <cctype>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace holter::testing {
namespace {

constexpr std::size_t kHeader = 12;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void append16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

unsigned read16(const std::string& packet, std::size_t at) {
  return static_cast<unsigned char>(packet[at]) << 8 | static_cast<unsigned char>(packet[at + 1]);
}

/// End of the question section, behind type and class.
std::size_t question_end(const std::string& packet) {
  auto at = kHeader;
  while (at < packet.size() && packet[at] != 0) at += static_cast<unsigned char>(packet[at]) + 1U;
  return at + 5;
}

std::optional<DnsQuestion> parse(std::string packet, bool tcp) {
  if (packet.size() < kHeader + 5 || question_end(packet) > packet.size()) return std::nullopt;
  DnsQuestion question{.packet = std::move(packet), .tcp = tcp};
  const auto& p = question.packet;
  for (auto at = kHeader; p[at] != 0; at += static_cast<unsigned char>(p[at]) + 1U) {
    if (!question.name.empty()) question.name += '.';
    for (char c : p.substr(at + 1, static_cast<unsigned char>(p[at])))
      question.name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  question.type = static_cast<std::uint16_t>(read16(p, question_end(p) - 4));
  return question;
}

/// Header and question of an answer.
std::string head(const DnsQuestion& question, unsigned flags, unsigned answers) {
  std::string out = question.packet.substr(0, 2);
  append16(out, 0x8180 | flags);
  append16(out, 1);
  append16(out, answers);
  append16(out, 0);
  append16(out, 0);
  return out + question.packet.substr(kHeader, question_end(question.packet) - kHeader);
}

}  // namespace

ScriptedDns::ScriptedDns(Answer answer) : answer_(std::move(answer)) {
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  // The kernel picks a free UDP port; that the same TCP port is free, too, may take some tries.
  for (int tries = 0; tcp_ < 0 && tries < 50; ++tries) {
    udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    CHECK(::bind(udp_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(::getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(tcp_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(tcp_, 8) == 0) break;
    ::close(std::exchange(tcp_, -1));
    ::close(udp_);
  }
  CHECK(tcp_ >= 0);
  thread_ = std::thread([this] { run(); });
}

ScriptedDns::~ScriptedDns() {
  std::uint64_t one = 1;
  CHECK(::write(wake_, &one, sizeof(one)) == sizeof(one));
  thread_.join();
  for (int fd : {udp_, tcp_, wake_}) ::close(fd);
}

std::string ScriptedDns::server() const {
  return fmt::format("127.0.0.1:{}", port_);
}

void ScriptedDns::run() {
  while (true) {
    pollfd ready[] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {wake_, POLLIN, 0}};
    ::poll(ready, 3, -1);
    if (ready[2].revents != 0) return;
    if (ready[0].revents != 0) answer_udp();
    if (ready[1].revents != 0) answer_tcp();
  }
}

void ScriptedDns::answer_udp() {
  std::string packet(4096, '\0');
  sockaddr_in from{};
  socklen_t size = sizeof(from);
  auto n = ::recvfrom(udp_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (n <= 0) return;
  packet.resize(static_cast<std::size_t>(n));
  auto question = parse(std::move(packet), false);
  if (!question) return;
  ++questions_;
  if (auto reply = answer_(*question))
    ::sendto(udp_, reply->data(), reply->size(), 0, reinterpret_cast<sockaddr*>(&from), size);
}

void ScriptedDns::answer_tcp() {
  int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  timeval limit{.tv_sec = 2, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  // Both questions (A and AAAA) come on one connection.
  std::string length(2, '\0');
  while (::recv(fd, length.data(), 2, MSG_WAITALL) == 2) {
    std::string packet(read16(length, 0), '\0');
    if (::recv(fd, packet.data(), packet.size(), MSG_WAITALL) != static_cast<ssize_t>(packet.size())) break;
    auto question = parse(std::move(packet), true);
    if (!question) break;
    ++questions_;
    ++by_tcp_;
    auto reply = answer_(*question);
    if (!reply) continue;
    std::string framed;
    append16(framed, static_cast<unsigned>(reply->size()));
    framed += *reply;
    ::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL);
  }
  ::close(fd);
}

std::string ScriptedDns::addresses(const DnsQuestion& question, const std::vector<std::string>& addresses,
                                   std::uint32_t ttl_s) {
  std::string records;
  unsigned count = 0;
  for (const auto& text : addresses) {
    bool v6 = text.find(':') != std::string::npos;
    if (question.type != (v6 ? kAaaa : kA)) continue;
    std::string bytes(v6 ? 16 : 4, '\0');
    CHECK(::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) == 1);
    append16(records, 0xc000 | kHeader);  // the name of the question
    append16(records, question.type);
    append16(records, 1);
    append16(records, ttl_s >> 16);
    append16(records, ttl_s & 0xffff);
    append16(records, static_cast<unsigned>(bytes.size()));
    records += bytes;
    ++count;
  }
  return head(question, 0, count) + records;
}

std::string ScriptedDns::failure(const DnsQuestion& question, int rcode) {
  return head(question, static_cast<unsigned>(rcode), 0);
}

std::string ScriptedDns::truncated(const DnsQuestion& question) {
  return head(question, 0x0200, 0);
}

}  // namespace holter::testing
