#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "testing/real_server.h"

namespace holter::testing {

/// The real chronyd as a server of stratum 8 that leaves the clock of this machine alone.
class Chrony {
 public:
  Chrony()
      : server_(
            "/usr/sbin/chronyd",
            [](const std::string& directory, std::uint16_t port) {
              auto file = directory + "/chrony.conf";
              std::ofstream(file) << "local stratum 8\nallow 127.0.0.0/8\nbindaddress 127.0.0.1\ncmdport 0\nport "
                                  << port << "\nbindcmdaddress /\npidfile " << directory << "/pid\nuser root\n";
              return std::vector<std::string>{"-x", "-d", "-f", file};
            },
            answers) {}
  bool running() const { return server_.running(); }
  std::uint16_t port() const { return server_.port(); }

 private:
  /// Asks for the time, and waits for the answer a little.
  static bool answers(std::uint16_t port) {
    int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    timeval wait{.tv_sec = 0, .tv_usec = 50'000};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    std::array<char, 48> packet{0x1b};
    bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
              ::send(fd, packet.data(), packet.size(), 0) == 48 && ::recv(fd, packet.data(), packet.size(), 0) == 48;
    ::close(fd);
    return ok;
  }

  RealServer server_;
};

}  // namespace holter::testing
