#include "base/notify.h"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

namespace holter {
namespace {

/// The variable's value, which is there no more afterwards.
std::string taken(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::uint64_t number_in(const std::string& text) {
  std::uint64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Result<Notifier> Notifier::from_environment() {
  Notifier notifier;
  auto address = taken("NOTIFY_SOCKET");
  auto watchdog = number_in(taken("WATCHDOG_USEC"));
  auto pid = taken("WATCHDOG_PID");
  if (address.empty()) return notifier;
  if ((address[0] != '/' && address[0] != '@') || address.size() < 2 || address.size() >= sizeof(sockaddr_un::sun_path))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use NOTIFY_SOCKET='{}': the path of a socket, or '@' and its abstract name, of at "
                             "most {} bytes is needed",
                             excerpt(address), sizeof(sockaddr_un::sun_path) - 1));
  notifier.address_ = std::move(address);
  if (pid.empty() || number_in(pid) == static_cast<std::uint64_t>(::getpid()))
    notifier.watchdog_ = std::chrono::microseconds(watchdog);
  return notifier;
}

Status Notifier::send(std::string_view state) const {
  if (!listens()) return {};
  auto failed = [this] {
    return Error(ErrorCode::kIo, fmt::format("cannot notify {}: {}", excerpt(address_), std::strerror(errno)));
  };
  int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return failed();
  sockaddr_un to{.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (address_[0] == '@') to.sun_path[0] = '\0';
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  auto sent = ::sendto(socket, state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                       reinterpret_cast<const sockaddr*>(&to), size);
  auto result = sent < 0 ? Status(failed()) : Status();
  ::close(socket);
  return result;
}

Status Notifier::send_reloading() const {
  if (!listens()) return {};
  // Type=notify-reload wants to know when, by the clock that it has itself.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  auto usec = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", usec));
}

}  // namespace holter
