#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter {

/// What a service tells the manager that started it (systemd, Type=notify): datagrams to the socket that NOTIFY_SOCKET
/// names, as sd_notify(3) describes them. Without that variable it does nothing. libsystemd is not used: it would be
/// the only reason to have it resident, for one datagram.
class Notifier {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and unsets them, so that no child speaks in our name. Before
  /// threads start. Errors (then it is as if nobody listened): kInvalidArgument for an address that is none.
  static Result<Notifier> from_environment();
  Notifier() = default;

  bool listens() const { return !address_.empty(); }
  /// The manager kills us when it hears nothing for so long; zero: it does not.
  std::chrono::microseconds watchdog() const { return watchdog_; }

  /// Sends "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...", several with newlines between them. Never waits: a
  /// message that the manager has no room for is lost, and an error tells why. Errors: kIo.
  Status send(std::string_view state) const;
  /// A reload has begun; send READY=1 at its end.
  Status send_reloading() const;

 private:
  std::string address_;  ///< a path, or '@' and an abstract name
  std::chrono::microseconds watchdog_{0};
};

}  // namespace holter
