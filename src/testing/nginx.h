#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace holter::testing {

/// The real nginx, started with a configuration of its own in a temporary directory, and stopped by its process id.
class Nginx {
 public:
  /// `locations` goes into two server blocks, one for http and one for https (with `certificate` and `key`, PEM texts).
  Nginx(const std::string& locations, const std::string& certificate, const std::string& key);
  ~Nginx();
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  /// False when nginx is not installed or did not start: skip the test.
  bool running() const { return pid_ > 0; }
  std::uint16_t http_port() const { return http_port_; }
  std::uint16_t https_port() const { return https_port_; }
  /// Writes a file below the document root.
  void put(const std::string& name, const std::string& text) const;

 private:
  bool start(const std::string& locations);

  std::string dir_;
  std::uint16_t http_port_ = 0, https_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace holter::testing
