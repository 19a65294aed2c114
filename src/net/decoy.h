#pragma once

#include <cstdint>

#include "base/result.h"
#include "net/owned_fd.h"

namespace holter::net {

/// For client libraries that take no descriptor, but connect for themselves: they connect to this listener of the
/// loopback interface, from which nobody ever accepts, and then get the connection that they are to use in the place of
/// that one, before they have sent or read a byte. So they believe in TCP, and do all that they do over TCP, such as
/// TLS; and no local port leads anywhere for others. Lives until replace().
class Decoy {
 public:
  /// Errors: kResourceExhausted (no descriptor, no port).
  static Result<Decoy> open();

  std::uint16_t port() const { return port_; }
  /// Puts `socket` where the library has `fd`. Errors: kResourceExhausted.
  static Status replace(int fd, OwnedFd socket);

 private:
  Decoy(OwnedFd listener, std::uint16_t port) : listener_(std::move(listener)), port_(port) {}
  OwnedFd listener_;
  std::uint16_t port_;
};

}  // namespace holter::net
