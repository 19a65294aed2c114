#pragma once

#include <cstdint>
#include <optional>

#include <sys/types.h>

#include "base/proc_file.h"
#include "base/result.h"

namespace holter::memory {

/// Memory of a process as the kernel counts it (proc(5), /proc/<pid>/status), in bytes.
struct ResidentSet {
  std::uint64_t resident = 0;   ///< VmRSS
  std::uint64_t peak = 0;       ///< VmHWM: highest resident set since start
  std::uint64_t anonymous = 0;  ///< RssAnon: heap, stacks, written data
  std::uint64_t file = 0;       ///< RssFile: program text and libraries
};

/// Reads one process's figures; 0 is this process. Errors: kNotFound when the process is gone.
Result<ResidentSet> resident_set(pid_t pid = 0);

/// Reads this process's figures again and again, several times a second: the file stays open, and nothing is allocated,
/// so that it also works when no memory is left. Threads: any. After fork() it still tells of the parent.
class ResidentReader {
 public:
  ResidentReader();
  /// Nothing when /proc is not there.
  std::optional<ResidentSet> read() const;

 private:
  Descriptor file_;
};

/// Splits the resident set into what is explained and what is not: fixed, which is there without any load (files that
/// are mapped, and what was anonymous when mark_fixed() was called); what the ledger knows of; the rest.
class Explained {
 public:
  /// Call once at start, before anything is loaded.
  void mark_fixed(const ResidentSet& now) { anonymous_at_start_ = now.anonymous; }

  std::uint64_t fixed(const ResidentSet& now) const { return now.file + anonymous_at_start_; }
  /// May be negative: what the ledger knows of need not have been touched yet.
  std::int64_t unexplained(const ResidentSet& now, std::uint64_t ledger_used) const {
    return static_cast<std::int64_t>(now.resident) - static_cast<std::int64_t>(ledger_used) -
           static_cast<std::int64_t>(fixed(now));
  }

 private:
  std::uint64_t anonymous_at_start_ = 0;
};

}  // namespace holter::memory
