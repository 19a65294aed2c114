#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/proc_file.h"
#include "doctor/facts.h"
#include "doctor/listen.h"
#include "memory/limit.h"
#include "memory/stall.h"

namespace holter::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytes = 8192;
/// What is open besides connections: logs, history's socket, event loops, files of the data directory, curl and c-ares.
constexpr std::size_t kOtherFiles = 64;

/// The numbers in `text`, up to the first thing that is none.
template <class Number>
std::vector<Number> numbers_in(std::string_view text, int base = 10) {
  std::vector<Number> numbers;
  for (;;) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    Number number = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (failure != std::errc{}) return numbers;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
}

/// What follows `key` on its line of /proc/self/status.
std::string_view line_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(key)) return line.substr(key.size());
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

bool may(const std::string& path, int how) {
  return ::faccessat(AT_FDCWD, path.c_str(), how, AT_EACCESS) == 0;
}

/// The nearest path above that is there.
std::string existing_above(const std::string& path) {
  std::error_code ignored;
  auto at = fs::absolute(path, ignored).lexically_normal();
  while (at.has_relative_path() && !fs::exists(at, ignored)) at = at.parent_path();
  return at.empty() ? "/" : at.string();
}

OpenFiles read_open_files(const Subject& subject) {
  OpenFiles files{.wanted = subject.config.server.max_connections +
                            subject.config.collect.max_in_flight * subject.shards + kOtherFiles};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    files.soft = limit.rlim_cur;
    files.hard = limit.rlim_max;
  }
  return files;
}

ClockState read_clock() {
  timex state{};
  int code = ::adjtimex(&state);
  if (code < 0) return {.failure = std::strerror(errno)};
  return {.failure = "",
          .synchronised = code != TIME_ERROR && (state.status & STA_UNSYNC) == 0,
          .most_error = std::chrono::microseconds(state.maxerror)};
}

/// The least memory.high of the own group and of those above it.
std::optional<std::uint64_t> read_memory_high(const std::string& root) {
  std::optional<std::uint64_t> least;
  for (auto at : memory_groups(root)) {
    if (!at.v2) continue;
    for (;;) {
      std::array<char, kFileBytes> buffer;
      auto values = numbers_in<std::uint64_t>(read_proc(at.file("memory.high").c_str(), buffer));  // or "max"
      if (!values.empty() && (!least || values[0] < *least)) least = values[0];
      if (at.group == "/") break;
      at.group.erase(at.group.rfind('/'));
      if (at.group.empty()) at.group = "/";
    }
  }
  return least;
}

Memory read_memory(const Subject& subject) {
  auto limit = memory::container_limit(subject.root);
  std::array<char, kFileBytes> buffer;
  auto swap = proc_field(read_proc((subject.root + "proc/meminfo").c_str(), buffer), "SwapTotal:").value_or(0);
  return {.budget = subject.budget,
          .limit = limit.bytes,
          .limit_source = limit.source,
          .high = read_memory_high(subject.root),
          .swap_bytes = swap * 1024};
}

Stalls read_stalls(const Subject& subject) {
  auto stall = memory::Stall::open(subject.root);
  // Only the file says whether it is there; the watch has a share of 0 both without a file and without a stall.
  bool there = false;
  std::array<char, kFileBytes> buffer;
  for (const auto& group : memory_groups(subject.root))
    there |= group.v2 && memory::parse_stall(read_proc(group.file("memory.pressure").c_str(), buffer)).has_value();
  there |= memory::parse_stall(read_proc((subject.root + "proc/pressure/memory").c_str(), buffer)).has_value();
  return {.wanted = subject.config.memory.psi, .there = there, .source = stall.source()};
}

Program read_history_program() {
  std::error_code failure;
  auto path = (fs::read_symlink("/proc/self/exe", failure).parent_path() / "holter-history").string();
  return {.path = path, .there = may(path, F_OK), .executable = may(path, X_OK)};
}

}  // namespace

User read_user(const std::string& root) {
  std::array<char, kFileBytes> buffer;
  auto text = read_proc((root + "proc/self/status").c_str(), buffer);
  User user;
  // Four each: real, effective, saved, of files (proc_pid_status(5)).
  if (auto ids = numbers_in<std::uint32_t>(line_of(text, "Uid:")); ids.size() > 1) user.uid = ids[1];
  if (auto ids = numbers_in<std::uint32_t>(line_of(text, "Gid:")); ids.size() > 1) user.gid = ids[1];
  user.groups = numbers_in<std::uint32_t>(line_of(text, "Groups:"));
  if (auto sets = numbers_in<std::uint64_t>(line_of(text, "CapEff:"), 16); !sets.empty()) user.capabilities = sets[0];
  return user;
}

Ping read_ping(const std::string& root) {
  std::array<char, kFileBytes> buffer;
  auto range = numbers_in<std::uint32_t>(read_proc((root + "proc/sys/net/ipv4/ping_group_range").c_str(), buffer));
  if (range.size() != 2) return {};
  return {.group_range = std::pair(range[0], range[1])};
}

DataDir read_data_dir(const std::string& path) {
  DataDir found{.path = path};
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    found.parent = existing_above(path);
    std::error_code ignored;
    found.parent_is_dir = fs::is_directory(found.parent, ignored);
    found.writable = found.parent_is_dir && may(found.parent, W_OK | X_OK);
    return found;
  }
  found.kind = S_ISDIR(status.st_mode) ? DataDir::Kind::kDirectory : DataDir::Kind::kOther;
  found.mode = status.st_mode & 07777U;
  found.owner = status.st_uid;
  found.writable = may(path, W_OK | X_OK);
  return found;
}

Disk read_disk(const std::string& path) {
  Disk disk{.path = existing_above(path)};
  struct statvfs status{};
  if (::statvfs(disk.path.c_str(), &status) != 0) {
    disk.failure = std::strerror(errno);
    return disk;
  }
  disk.total_bytes = status.f_blocks * status.f_frsize;
  disk.free_bytes = status.f_bavail * status.f_frsize;
  disk.total_inodes = status.f_files;
  disk.free_inodes = status.f_favail;
  disk.read_only = (status.f_flag & ST_RDONLY) != 0;
  return disk;
}

Facts gather(const Subject& subject, const Clock& clock) {
  const auto& root = subject.root;
  auto zones = root + "usr/share/zoneinfo";
  return {.user = read_user(root),
          .data_dir = read_data_dir(subject.config.data_dir),
          .disk = read_disk(subject.config.data_dir),
          .ping = read_ping(root),
          .open_files = read_open_files(subject),
          .clock = read_clock(),
          .memory = read_memory(subject),
          .stalls = read_stalls(subject),
          .listen = ask_listen(subject.config.server.listen, clock),
          .time_zones = {.path = zones, .there = may(zones + "/Etc/UTC", R_OK)},
          .history = read_history_program()};
}

}  // namespace holter::doctor
