#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holter::memory {

/// The most this process may use, and who says so.
struct MemoryLimit {
  std::uint64_t bytes = 0;
  std::string source;  ///< the file with the smallest limit, or why there is none: for messages

  bool operator==(const MemoryLimit&) const = default;
};

/// The smallest memory limit of the process's group and of all groups above (v2 memory.max; v1 memory.limit_in_bytes,
/// and hierarchical_memory_limit of memory.stat for groups above what is mounted here), or physical memory where none
/// is smaller, as where no memory controller is on. 2^64 - 1 where nothing can be read. `root` is "/" except in tests.
MemoryLimit container_limit(const std::string& root = "/");

/// container_limit().bytes
std::uint64_t machine_memory_limit(const std::string& root = "/");

/// Follows a limit that changes while the process runs. Threads: one.
class LimitWatch {
 public:
  explicit LimitWatch(std::string root = "/");

  const MemoryLimit& current() const { return current_; }
  /// Reads the files again (those of the groups in which the process was when this was made); returns the new limit
  /// when the bytes have changed. Costs some 10 us; call it once a second.
  std::optional<MemoryLimit> poll();

 private:
  std::vector<std::string> files_;
  MemoryLimit current_;
};

}  // namespace holter::memory
