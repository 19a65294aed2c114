#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holter {

/// A file descriptor that closes itself. Move-only; -1: none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// The beginning of a small file of the kernel's (proc, cgroup), from its start, as much as `buffer` takes. Empty when
/// it cannot be read; errno says why. Allocates nothing, waits for nothing (a pipe in the file's place is not waited
/// for).
std::string_view read_proc(const char* path, std::span<char> buffer);
std::string_view read_proc(int fd, std::span<char> buffer);

/// The whole number after `key` where a line begins with it: "VmRSS:   1234 kB", "oom_kill 3". Nothing when there is no
/// such line, no number, or one above 2^64 - 1.
std::optional<std::uint64_t> proc_field(std::string_view text, std::string_view key);

/// Where a memory controller's files of this process's group are.
struct MemoryGroup {
  bool v2 = false;
  std::string mount;  ///< "/sys/fs/cgroup", no '/' at the end
  std::string group;  ///< below the mount: "/system.slice/holter.service" or "/"; above the mount's root: "/"

  std::string file(std::string_view name) const;
};

/// The groups that /proc/self/cgroup names, v1 memory controller first, each where it is mounted commonly. A v2 group
/// is listed even where its memory controller is off: its files are then missing. `root` is "/" except in tests.
std::vector<MemoryGroup> memory_groups(const std::string& root = "/");
/// The same from the text of that file.
std::vector<MemoryGroup> parse_memory_groups(std::string_view text, const std::string& root);

}  // namespace holter
