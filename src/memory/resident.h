#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace holter::memory {

/// Memory of a process as the kernel counts it (proc(5), /proc/<pid>/status), in bytes.
struct ResidentSet {
  std::uint64_t resident = 0;   ///< VmRSS
  std::uint64_t peak = 0;       ///< VmHWM: highest resident set since start
  std::uint64_t anonymous = 0;  ///< RssAnon: heap, stacks, written data
  std::uint64_t file = 0;       ///< RssFile: program text and libraries
};

/// Reads one process's figures; 0 is this process. Costs some 10 us. Errors: kNotFound when the process is gone.
Result<ResidentSet> resident_set(pid_t pid = 0);

/// The most this process may use: the smallest memory limit of its cgroup and of all cgroups above (v2 memory.max, v1
/// memory.limit_in_bytes), or physical memory where none is set. `root` is "/" except in tests.
std::uint64_t machine_memory_limit(const std::string& root = "/");

}  // namespace holter::memory
