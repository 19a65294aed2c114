#include "doctor/checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::doctor {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kFewBytes = 1ULL << 30;
constexpr std::uint64_t kFewPercent = 5;
/// Below this nothing useful can be written.
constexpr std::uint64_t kNoBytes = 16 * kMiB;
constexpr unsigned kCapNetRaw = 13;  // linux/capability.h
/// Beside the budget: the history process, and what the kernel keeps for sockets and page tables (docs/memory.md).
constexpr std::uint64_t kBesideBudget = (128 + 64) * kMiB;
constexpr std::chrono::seconds kMostClockError{1};

Finding ok(std::string check, std::string text) {
  return {std::move(check), Level::kOk, std::move(text), ""};
}
Finding warning(std::string check, std::string text, std::string advice) {
  return {std::move(check), Level::kWarning, std::move(text), std::move(advice)};
}
Finding error(std::string check, std::string text, std::string advice) {
  return {std::move(check), Level::kError, std::move(text), std::move(advice)};
}

/// A path as a word of a shell.
std::string quoted(std::string_view path) {
  std::string word = "'";
  for (char c : path) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::uint64_t percent_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<std::uint64_t>(100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

Finding check_missing_data_dir(const DataDir& dir, const User& user) {
  constexpr std::string_view kElsewhere = "or set data_dir (HOLTER_DATA_DIR) to another place";
  if (!dir.parent_is_dir)
    return error("data_dir", fmt::format("cannot make {}: {} is not a directory", dir.path, dir.parent),
                 fmt::format("move {} away, {}", dir.parent, kElsewhere));
  if (!dir.writable)
    return error("data_dir", fmt::format("cannot make {}: uid {} may not write to {}", dir.path, user.uid, dir.parent),
                 fmt::format("make it as root, {}:\ninstall -d -m 0700 -o {} -g {} {}", kElsewhere, user.uid, user.gid,
                             quoted(dir.path)));
  return ok("data_dir", fmt::format("{} does not exist yet; the start makes it", dir.path));
}

}  // namespace

Finding check_data_dir(const DataDir& dir, const User& user) {
  if (dir.kind == DataDir::Kind::kMissing) return check_missing_data_dir(dir, user);
  if (dir.kind == DataDir::Kind::kOther)
    return error("data_dir", fmt::format("{} is not a directory", dir.path),
                 "move it away, or set data_dir (HOLTER_DATA_DIR) to another place");
  auto about = fmt::format("{} (mode {:04o}, owner uid {})", dir.path, dir.mode, dir.owner);
  if (!dir.writable)
    return error("data_dir", fmt::format("uid {} cannot write to {}", user.uid, about),
                 fmt::format("as root: chown -R {}:{} {}", user.uid, user.gid, quoted(dir.path)));
  if (dir.owner != user.uid)
    return warning("data_dir",
                   fmt::format("{} belongs to another user than uid {}, who asks: what one of them makes there, the "
                               "other may not be able to read",
                               about, user.uid),
                   fmt::format("ask and serve as its owner: sudo -u '#{}' holter doctor", dir.owner));
  if ((dir.mode & 07U) != 0)
    return warning("data_dir",
                   fmt::format("{} can be {} every user of this machine", about,
                               (dir.mode & 02U) != 0 ? "written to by" : "read by"),
                   fmt::format("chmod o-rwx {}", quoted(dir.path)));
  return ok("data_dir", fmt::format("{} can be written to", about));
}

Finding check_disk(const Disk& disk) {
  if (!disk.failure.empty())
    return error("disk", fmt::format("cannot ask the file system of {}: {}", disk.path, disk.failure),
                 "set data_dir (HOLTER_DATA_DIR) to a place that can be reached");
  if (disk.read_only)
    return error("disk", fmt::format("the file system of {} is mounted read-only", disk.path),
                 "mount it for writing, or set data_dir (HOLTER_DATA_DIR); under systemd with ProtectSystem=strict "
                 "name the directory in StateDirectory= or ReadWritePaths=");
  auto bytes_percent = percent_of(disk.free_bytes, disk.total_bytes);
  auto inodes_percent = disk.total_inodes == 0 ? 100 : percent_of(disk.free_inodes, disk.total_inodes);
  auto text = fmt::format("{} of {} free ({} %) at {}", format_size(disk.free_bytes), format_size(disk.total_bytes),
                          bytes_percent, disk.path);
  if (disk.total_inodes != 0) text += fmt::format(", {} inodes ({} %)", disk.free_inodes, inodes_percent);
  bool no_inodes = disk.total_inodes != 0 && disk.free_inodes == 0;
  if (disk.free_bytes < kNoBytes || no_inodes)
    return error("disk", fmt::format("no room: {}", text), "free some, or set data_dir (HOLTER_DATA_DIR)");
  if (disk.free_bytes < kFewBytes || bytes_percent < kFewPercent || inodes_percent < kFewPercent)
    return warning("disk", "little room: " + text,
                   "free some, or shorten history.retention: without room, results are not kept");
  return ok("disk", text);
}

Finding check_ping(const Ping& ping, const User& user) {
  if ((user.capabilities >> kCapNetRaw & 1) != 0) return ok("ping", "pings can be sent (CAP_NET_RAW)");
  auto in_range = [&](std::uint32_t group) {
    return ping.group_range && ping.group_range->first <= group && group <= ping.group_range->second;
  };
  auto range = ping.group_range ? fmt::format("net.ipv4.ping_group_range is \"{} {}\"", ping.group_range->first,
                                              ping.group_range->second)
                                : std::string("net.ipv4.ping_group_range cannot be read");
  if (in_range(user.gid) || std::ranges::any_of(user.groups, in_range))
    return ok("ping", fmt::format("pings can be sent ({})", range));
  return warning(
      "ping",
      fmt::format("pings cannot be sent: {}, which leaves out group {}, and CAP_NET_RAW is missing", range, user.gid),
      fmt::format("as root, now and after each boot:\n"
                  "sysctl -w net.ipv4.ping_group_range=\"{0} {0}\"\n"
                  "echo 'net.ipv4.ping_group_range = {0} {0}' > /etc/sysctl.d/60-holter.conf\n"
                  "or under systemd: AmbientCapabilities=CAP_NET_RAW",
                  user.gid));
}

Finding check_open_files(const OpenFiles& files) {
  auto allowed = files.soft == UINT64_MAX ? std::string("unlimited") : std::to_string(files.soft);
  auto text = fmt::format("{} open files allowed, up to {} wanted (server.max_connections, collect.max_in_flight)",
                          allowed, files.wanted);
  if (files.soft >= files.wanted) return ok("open_files", text);
  auto enough = std::uint64_t{1024};
  while (enough < files.wanted) enough *= 2;
  auto shell = files.hard >= enough ? fmt::format("ulimit -n {}", enough)
                                    : fmt::format(
                                          "the hard limit is {}: as root, put \"<user> hard nofile {}\" into "
                                          "/etc/security/limits.conf, log in again, then ulimit -n {}",
                                          files.hard, enough, enough);
  return warning("open_files", text + ": checks and clients would fail with \"Too many open files\"",
                 fmt::format("systemd (systemctl edit holter): LimitNOFILE={}\nshell: {}", enough, shell));
}

Finding check_clock(const ClockState& clock) {
  constexpr std::string_view kAdvice =
      "let it follow a time server, in a container on its host:\n"
      "timedatectl set-ntp true\n"
      "or install chrony";
  if (!clock.failure.empty())
    return warning("clock", fmt::format("cannot ask the kernel whether its clock is right: {}", clock.failure),
                   "allow the system call adjtimex (it only reads), or check the clock by hand");
  auto error_ms = std::chrono::duration_cast<milliseconds>(clock.most_error);
  if (!clock.synchronised)
    return warning("clock", "the clock follows no time server: times of results drift away from those of others",
                   std::string(kAdvice));
  if (clock.most_error > kMostClockError)
    return warning("clock", fmt::format("the clock may be wrong by {}", format_duration(error_ms)),
                   std::string(kAdvice));
  return ok("clock", fmt::format("synchronised, wrong by at most {}", format_duration(error_ms)));
}

Finding check_memory(const Memory& memory) {
  if (!memory.budget)
    return error("memory", memory.budget.error().message(), "set memory.budget, or allow the container more");
  auto needed = *memory.budget + kBesideBudget;
  auto limit = memory.limit == UINT64_MAX ? std::string("no limit") : format_size(memory.limit);
  auto text = fmt::format("budget {} of {} ({}); swap {}, memory.high {}", format_size(*memory.budget), limit,
                          memory.limit_source, memory.swap_bytes == 0 ? "none" : format_size(memory.swap_bytes),
                          memory.high ? format_size(*memory.high) : "none");
  if (memory.limit < needed)
    return warning("memory",
                   fmt::format("{}: the budget, 128 MiB of the history process and 64 MiB of the kernel for it are {}; "
                               "the kernel may kill one of the processes",
                               text, format_size(needed)),
                   fmt::format("raise the limit (systemd: MemoryMax={}M), or lower memory.budget", needed / kMiB + 1));
  if (memory.high && *memory.high < needed)
    return warning(
        "memory",
        fmt::format("{}: the kernel slows Holter down from memory.high on, before its own measures begin", text),
        fmt::format("remove MemoryHigh=, or raise it to {}M", needed / kMiB + 1));
  return ok("memory", text);
}

Finding check_stalls(const Stalls& stalls) {
  if (!stalls.wanted) return ok("psi", "not watched (memory.psi: off)");
  if (stalls.there) return ok("psi", fmt::format("memory pressure is told by {}", stalls.source));
  return warning("psi", fmt::format("cannot see the pressure of neighbours on memory: {}", stalls.source),
                 "boot the kernel with psi=1, or set memory.psi to off; Holter keeps its budget without it, too");
}

Finding check_listen(const Listen& listen) {
  constexpr std::string_view kElsewhere = "set server.listen (HOLTER_SERVER_LISTEN) to another address or port";
  switch (listen.kind) {
    case Listen::Kind::kFree:
      return ok("listen", fmt::format("{} is free", listen.address));
    case Listen::Kind::kHolter:
      return ok("listen", fmt::format("a Holter runs at {} and is ready", listen.address));
    case Listen::Kind::kNotReady:
      return warning("listen", fmt::format("a Holter runs at {} and is not ready", listen.address),
                     fmt::format("ask it why: curl http://{}/readyz", listen.address));
    case Listen::Kind::kTaken:
      return error("listen", fmt::format("{} is taken, not by a Holter: {}", listen.address, listen.detail),
                   fmt::format("see who has it: ss -ltnp 'sport = :{}'\nstop that, or {}",
                               listen.address.substr(listen.address.rfind(':') + 1), kElsewhere));
    case Listen::Kind::kRefused:
      break;
  }
  return error("listen", fmt::format("cannot listen on {}: {}", listen.address, listen.detail),
               std::string(kElsewhere));
}

Finding check_time_zones(const TimeZones& zones) {
  if (zones.there) return ok("time_zones", fmt::format("known ({})", zones.path));
  return warning("time_zones", fmt::format("cannot read time zones at {}: monitors with cron are refused", zones.path),
                 "apt install tzdata (or dnf, apk, zypper)");
}

Finding check_history(const Program& history) {
  if (history.executable) return ok("history", fmt::format("{} is there", history.path));
  if (history.there)
    return error("history", fmt::format("cannot run {}: it is not executable for this user", history.path),
                 fmt::format("chmod a+x {}", quoted(history.path)));
  return error("history", fmt::format("{} is missing: nothing would be kept", history.path),
               "install holter and holter-history into the same directory");
}

std::vector<Finding> check_all(const Facts& facts) {
  return {check_data_dir(facts.data_dir, facts.user),
          check_disk(facts.disk),
          check_history(facts.history),
          check_listen(facts.listen),
          check_ping(facts.ping, facts.user),
          check_open_files(facts.open_files),
          check_memory(facts.memory),
          check_stalls(facts.stalls),
          check_clock(facts.clock),
          check_time_zones(facts.time_zones)};
}

}  // namespace holter::doctor
