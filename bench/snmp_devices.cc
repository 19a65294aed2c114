// Devices for the benchmark of SNMP: `bench_snmp_devices <count> <port> <interfaces>` answers on as many loopback
// addresses, 127.2.0.0 and on, with a table of interfaces whose counters grow. Says "ready", and ends with its stdin.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/snmp_device.h"

namespace {

using holter::testing::ber_number;
using holter::testing::SnmpDevice;

/// Ten columns of IF-MIB: a name, and nine numbers.
void fill(SnmpDevice& device, std::uint32_t interfaces, std::int64_t second) {
  for (std::uint32_t i = 1; i <= interfaces; ++i) {
    auto put = [&](std::uint32_t column, std::uint8_t type, std::int64_t value) {
      device.put({1, 3, 6, 1, 2, 1, 31, 1, 1, 1, column, i}, type, ber_number(value));
    };
    device.put({1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1, i}, "GigabitEthernet1/0/" + std::to_string(i));
    for (std::uint32_t column = 6; column <= 13; ++column)
      put(column, 0x46, second * 1000 * i + std::int64_t{column} * 1'000'000);
    put(15, 0x42, 1000);
  }
}

int open_socket(std::uint32_t address, std::uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(address);
  own.sin_port = htons(port);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&own), sizeof(own)) == 0) return fd;
  std::perror("bind");
  std::exit(1);
}

void answer_all(int fd, const SnmpDevice& device) {
  std::array<char, 8192> buffer;
  while (true) {
    sockaddr_in from{};
    socklen_t length = sizeof(from);
    auto got = ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0) return;
    auto question = SnmpDevice::read({buffer.data(), static_cast<std::size_t>(got)});
    if (!question) continue;
    auto reply = device.answer(*question);
    ::sendto(fd, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  auto count = static_cast<std::uint32_t>(std::atoi(argv[1]));
  auto port = static_cast<std::uint16_t>(std::atoi(argv[2]));
  auto interfaces = static_cast<std::uint32_t>(std::atoi(argv[3]));
  rlimit files{count + 64, count + 64};
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) std::perror("setrlimit");
  int poll = ::epoll_create1(0);
  auto watch = [poll](int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(0);
  for (std::uint32_t i = 0; i < count; ++i) watch(open_socket(0x7f020000 + i, port));
  SnmpDevice device;
  device.most_bytes = 16'384;  // as servers do; what is asked for decides
  auto began = std::chrono::steady_clock::now();
  std::int64_t filled = -1;
  std::puts("ready");
  std::fflush(stdout);
  while (true) {
    std::array<epoll_event, 256> events;
    int found = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    auto second = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
    if (second != filled) fill(device, interfaces, filled = second);
    for (int i = 0; i < found; ++i) {
      if (events[static_cast<std::size_t>(i)].data.fd == 0) return 0;
      answer_all(events[static_cast<std::size_t>(i)].data.fd, device);
    }
  }
}
