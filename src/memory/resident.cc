#include "memory/resident.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include <fmt/format.h>

namespace holter::memory {
namespace {

/// "VmRSS:     1234 kB" -> bytes, for the line that begins with `key`.
std::uint64_t status_field(const std::string& status, std::string_view key) {
  auto at = status.find(key);
  if (at == std::string::npos) return 0;
  auto digits = status.find_first_of("0123456789", at);
  std::uint64_t kib = 0;
  if (digits == std::string::npos) return 0;
  std::from_chars(status.data() + digits, status.data() + status.size(), kib);
  return kib * 1024;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A limit file's number; "max" and numbers above 2^60 (v1's way to say none) are no limit.
std::uint64_t limit_in(const std::string& path) {
  constexpr auto kNone = std::numeric_limits<std::uint64_t>::max();
  auto text = read_file(path);
  std::uint64_t bytes = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), bytes).ec != std::errc{}) return kNone;
  return bytes < (1ULL << 60) ? bytes : kNone;
}

/// Walks from `group` up to the mount, taking the smallest limit on the way.
std::uint64_t smallest_limit(const std::string& mount, std::string group, const char* file) {
  auto least = limit_in(mount + "/" + file);
  while (group.size() > 1 && group.front() == '/') {
    least = std::min(least, limit_in(mount + group + "/" + file));
    group.erase(group.rfind('/'));
  }
  return least;
}

}  // namespace

Result<ResidentSet> resident_set(pid_t pid) {
  auto path = pid == 0 ? std::string("/proc/self/status") : fmt::format("/proc/{}/status", pid);
  auto status = read_file(path);
  if (!status) return Error(ErrorCode::kNotFound, fmt::format("cannot read {}: no such process", path));
  return ResidentSet{.resident = status_field(*status, "VmRSS:"),
                     .peak = status_field(*status, "VmHWM:"),
                     .anonymous = status_field(*status, "RssAnon:"),
                     .file = status_field(*status, "RssFile:")};
}

std::uint64_t machine_memory_limit(const std::string& root) {
  auto meminfo = read_file(root + "proc/meminfo").value_or("");
  auto least = status_field(meminfo, "MemTotal:");
  if (least == 0) least = std::numeric_limits<std::uint64_t>::max();
  std::istringstream groups(read_file(root + "proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(groups, line);) {  // "0::/a/b" (v2) or "7:memory:/a/b" (v1)
    auto first = line.find(':');
    auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    auto group = line.substr(second + 1);
    if (controllers.empty())
      least = std::min(least, smallest_limit(root + "sys/fs/cgroup", group, "memory.max"));
    else if (("," + controllers + ",").find(",memory,") != std::string::npos)
      least = std::min(least, smallest_limit(root + "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  return least;
}

}  // namespace holter::memory
