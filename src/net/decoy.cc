#include "net/decoy.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace holter::net {
namespace {

Error no_room() {
  return {ErrorCode::kResourceExhausted, fmt::format("cannot pass a tunnel on: {}", std::strerror(errno))};
}

}  // namespace

Result<Decoy> Decoy::open() {
  OwnedFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener.get() < 0 || ::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0)
    return no_room();
  return Decoy(std::move(listener), ntohs(address.sin_port));
}

Status Decoy::replace(int fd, OwnedFd socket) {
  if (fd < 0 || ::dup3(socket.get(), fd, O_CLOEXEC) < 0) return no_room();
  return {};
}

}  // namespace holter::net
