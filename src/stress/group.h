#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace holter::stress {

/// A memory limit by the kernel for one process: a control group of its own (v1 or v2), removed at the end; or nothing,
/// where no group can be made. Threads: one at a time.
class Group {
 public:
  /// Makes a group named `name` with a limit below the group of this process. Errors: kUnavailable, saying why no group
  /// can be made here.
  static Result<Group> make(const std::string& name, std::uint64_t limit);

  Group() = default;  ///< no group: join() fails, figures are 0
  Group(Group&& other) noexcept;
  Group& operator=(Group&& other) noexcept;
  /// Moves what is left in the group to the parent's and removes it.
  ~Group();

  explicit operator bool() const { return !directory_.empty(); }
  /// "cgroup v1", "cgroup v2" or "none".
  const char* kind() const { return directory_.empty() ? "none" : version_ == 1 ? "cgroup v1" : "cgroup v2"; }
  /// File into which a process writes its id to join.
  std::string procs() const { return directory_ + "/cgroup.procs"; }
  /// Moves a process, and in v1 its pages, here. False when it is gone.
  bool join(pid_t pid) const;

  /// Highest use by the kernel's own count, with page cache and kernel objects; 0 where it is not kept.
  std::uint64_t peak() const;
  std::uint64_t used() const;
  /// How often the kernel killed a process of the group for want of memory.
  std::uint64_t kills() const;

 private:
  void remove();

  std::string directory_, parent_;
  int version_ = 0;
};

}  // namespace holter::stress
