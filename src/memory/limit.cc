#include "memory/limit.h"

#include <array>
#include <charconv>
#include <limits>

#include "base/proc_file.h"

namespace holter::memory {
namespace {

constexpr auto kNone = std::numeric_limits<std::uint64_t>::max();

bool ends_in(std::string_view path, std::string_view name) {
  return path.ends_with(name) && path.substr(0, path.size() - name.size()).ends_with('/');
}

/// All files that may hold a limit: physical memory, then from each group up to its mount.
std::vector<std::string> limit_files(const std::string& root) {
  std::vector<std::string> files = {root + "proc/meminfo"};
  for (auto at : memory_groups(root)) {
    for (;;) {
      files.push_back(at.file(at.v2 ? "memory.max" : "memory.limit_in_bytes"));
      if (!at.v2) files.push_back(at.file("memory.stat"));
      if (at.group == "/") break;
      at.group.erase(at.group.rfind('/'));
      if (at.group.empty()) at.group = "/";
    }
  }
  return files;
}

/// "max", what cannot be read, and numbers above 2^60 (v1's way to say none) are no limit.
std::uint64_t limit_in(const std::string& path) {
  std::array<char, 8 * 1024> buffer;
  auto text = read_proc(path.c_str(), buffer);
  std::uint64_t bytes = kNone;
  if (ends_in(path, "meminfo")) {
    auto kib = proc_field(text, "MemTotal:").value_or(0);
    return kib == 0 || kib > kNone / 1024 ? kNone : kib * 1024;
  }
  if (ends_in(path, "memory.stat"))
    bytes = proc_field(text, "hierarchical_memory_limit").value_or(kNone);
  else if (std::from_chars(text.data(), text.data() + text.size(), bytes).ec != std::errc{})
    return kNone;
  return bytes < (1ULL << 60) ? bytes : kNone;
}

MemoryLimit smallest(const std::vector<std::string>& files) {
  MemoryLimit least{.bytes = kNone, .source = "no limit: neither a cgroup's nor physical memory can be read"};
  for (const auto& file : files) {
    auto bytes = limit_in(file);
    if (bytes >= least.bytes) continue;
    least.bytes = bytes;
    least.source = ends_in(file, "meminfo") ? "physical memory (" + file + "); no cgroup has a smaller limit" : file;
  }
  return least;
}

}  // namespace

MemoryLimit container_limit(const std::string& root) {
  return smallest(limit_files(root));
}

std::uint64_t machine_memory_limit(const std::string& root) {
  return container_limit(root).bytes;
}

LimitWatch::LimitWatch(std::string root) : files_(limit_files(root)), current_(smallest(files_)) {}

std::optional<MemoryLimit> LimitWatch::poll() {
  auto now = smallest(files_);
  bool changed = now.bytes != current_.bytes;
  current_ = std::move(now);
  if (!changed) return std::nullopt;
  return current_;
}

}  // namespace holter::memory
