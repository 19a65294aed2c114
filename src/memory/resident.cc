#include "memory/resident.h"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>

namespace holter::memory {
namespace {

constexpr std::size_t kStatusBytes = 4 * 1024;  // /proc/<pid>/status has some 1.5 KiB

std::optional<ResidentSet> parse(std::string_view status) {
  if (status.empty()) return std::nullopt;
  auto bytes = [&](std::string_view key) { return proc_field(status, key).value_or(0) * 1024; };
  return ResidentSet{
      .resident = bytes("VmRSS:"), .peak = bytes("VmHWM:"), .anonymous = bytes("RssAnon:"), .file = bytes("RssFile:")};
}

}  // namespace

Result<ResidentSet> resident_set(pid_t pid) {
  std::array<char, 32> path{};
  if (pid == 0)
    fmt::format_to_n(path.data(), path.size() - 1, "/proc/self/status");
  else
    fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/status", pid);
  std::array<char, kStatusBytes> buffer;
  if (auto set = parse(read_proc(path.data(), buffer))) return *set;
  return Error(ErrorCode::kNotFound, fmt::format("cannot read {}: no such process", path.data()));
}

ResidentReader::ResidentReader() : file_(::open("/proc/self/status", O_RDONLY | O_CLOEXEC)) {}

std::optional<ResidentSet> ResidentReader::read() const {
  std::array<char, kStatusBytes> buffer;
  return parse(read_proc(file_.get(), buffer));
}

}  // namespace holter::memory
