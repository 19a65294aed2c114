#pragma once

#include <cstdint>
#include <string>

#include "testing/real_server.h"

namespace holter::testing {

/// The real nginx, started with a configuration of its own in a temporary directory, and stopped by its process id.
class Nginx {
 public:
  /// `locations` goes into two server blocks, one for http and one for https (with `certificate` and `key`, PEM texts).
  Nginx(const std::string& locations, const std::string& certificate, const std::string& key);

  /// False when nginx is not installed or did not start.
  bool running() const { return server_.running(); }
  std::uint16_t http_port() const { return server_.port(); }
  std::uint16_t https_port() const { return https_port_; }
  /// Writes a file below the document root.
  void put(const std::string& name, const std::string& text) const;

 private:
  std::uint16_t https_port_ = 0;
  RealServer server_;
};

}  // namespace holter::testing
