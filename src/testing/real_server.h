#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace holter::testing {

/// A real server from a package, in the foreground, with a temporary directory and a loopback port of its own; stopped
/// by its process id.
class RealServer {
 public:
  /// Makes what the server needs in `directory`, and gives its arguments.
  using Arguments = std::function<std::vector<std::string>(const std::string& directory, std::uint16_t port)>;

  /// Whether the server can be asked at that port. May wait a little.
  using Ready = std::function<bool(std::uint16_t port)>;

  RealServer(const std::string& program, const Arguments& arguments, Ready ready = accepts_tcp);
  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  /// False when the program is not installed, or is not ready after 10 s.
  bool running() const { return pid_ > 0; }
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::string& directory() const { return directory_; }

  static bool accepts_tcp(std::uint16_t port);

 private:
  bool start(const std::string& program, const Arguments& arguments);

  const Ready ready_;
  std::string directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace holter::testing
