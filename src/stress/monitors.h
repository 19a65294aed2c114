#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::stress {

/// The text of a monitors file, put together. Hosts are on loopback.
class Monitors {
 public:
  /// Pings p-<from> to p-<from+count-1>, each to an address of its own from 127.16.0.0 on; every second is `low`.
  Monitors& pings(std::size_t from, std::size_t count, std::string_view interval);
  /// A check of app `app` with the port and the path that it shall ask for; a blank path: none is given.
  Monitors& check(std::string_view name, std::string_view app, std::string_view host, std::uint16_t port,
                  std::string_view path, std::string_view interval, std::string_view criticality, int timeout_ms);

  /// All of another's monitors, too.
  Monitors& append(const Monitors& other);

  std::size_t count() const { return count_; }
  /// Replaces the file at once, so that no reader sees half of it.
  Status write(const std::string& path) const;

 private:
  std::string text_;
  std::size_t count_ = 0;
};

/// Writes the definitions that these monitors need into a directory: ping, port, page and labels (rows with a label and
/// a number, from JSON). The tester's own, so that it needs no installed files.
Status write_definitions(const std::string& directory);

}  // namespace holter::stress
