#include "base/last_run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"

namespace holter {
namespace {

/// The counter of processes that the OOM killer ended in this process's own cgroup.
struct GroupKills {
  std::string file;
  std::int64_t inode = 0, count = -1;
};

GroupKills kills_in_group(const std::string& root) {
  for (const auto& group : memory_groups(root)) {
    auto path = group.file(group.v2 ? "memory.events" : "memory.oom_control");
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about{};
    std::array<char, 1024> buffer;
    if (!fd || fstat(fd.get(), &about) != 0) continue;
    if (auto count = proc_field(read_proc(fd.get(), buffer), "oom_kill"))
      return {path, static_cast<std::int64_t>(about.st_ino), static_cast<std::int64_t>(*count)};
  }
  return {};
}

std::int64_t kills_in_machine(const std::string& root) {
  std::array<char, 32 * 1024> buffer;
  auto count = proc_field(read_proc((root + "proc/vmstat").c_str(), buffer), "oom_kill");
  return count ? static_cast<std::int64_t>(*count) : -1;
}

std::string boot_id(const std::string& root) {
  std::array<char, 64> buffer;
  auto text = read_proc((root + "proc/sys/kernel/random/boot_id").c_str(), buffer);
  return std::string(text.substr(0, text.find('\n')));
}

/// Tells out of memory from other kills by the kernel's counters of now and then.
void judge_kill(const RunRecord& record, const std::string& root, LastRun& run) {
  auto group = kills_in_group(root);
  // A group that was made anew counts from 0: then only the machine's counter tells.
  bool same_group = !record.oom_file.empty() && group.file == record.oom_file && group.inode == record.oom_inode &&
                    record.oom_group >= 0;
  auto machine = kills_in_machine(root);
  run.end = LastRun::End::kKilled;
  if (same_group && group.count > record.oom_group) {
    run.end = LastRun::End::kOutOfMemory;
    run.reason = "the kernel's OOM killer";
  } else if (!same_group && record.oom_machine >= 0 && machine > record.oom_machine) {
    run.end = LastRun::End::kOutOfMemory;
    run.reason = "the kernel's OOM killer was at work on this machine";
  }
}

Status sync_folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  auto folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return Error(ErrorCode::kIo, fmt::format("cannot sync {}: {}", folder, std::strerror(errno)));
  return {};
}

std::int64_t as_number(std::uint64_t bytes) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, 1ULL << 53));
}

bool write_all(int fd, std::string_view text, std::int64_t at) {
  while (!text.empty()) {
    auto n = ::pwrite(fd, text.data(), text.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
    at += n;
  }
  return true;
}

}  // namespace

std::string_view to_string(LastRun::End end) {
  constexpr std::array<std::string_view, 7> kNames = {"none",   "clean",  "crash",  "out of memory",
                                                      "killed", "reboot", "unknown"};
  return kNames[static_cast<std::size_t>(end)];
}

LastRun read_last_run(const std::string& path, const std::string& root) {
  std::array<char, RunRecord::kMostBytes + 1> buffer;
  errno = 0;
  auto text = read_proc(path.c_str(), buffer);
  if (text.empty() && errno == ENOENT) return {};
  LastRun run{.end = LastRun::End::kUnknown};
  if (text.empty() && errno != 0) {
    run.reason = fmt::format("cannot read {}: {}", path, std::strerror(errno));
    return run;
  }
  auto record = parse_run_record(text);
  if (!record) {
    run.reason = fmt::format("{}: {}", path, record.error().message());
    return run;
  }
  run.pid = record->pid;
  run.started_ms = record->started_ms;
  run.seen_ms = std::max(record->time_ms, record->started_ms);
  run.budget = static_cast<std::uint64_t>(record->budget);
  run.resident = static_cast<std::uint64_t>(record->resident);
  run.signal = static_cast<int>(record->signal);
  run.version = record->version;
  run.level = record->level;
  if (run.signal != 0) {
    run.end = LastRun::End::kCrash;
  } else if (record->state == RunRecord::kClean) {
    run.end = LastRun::End::kClean;
    run.reason = record->reason;
  } else if (record->boot != boot_id(root)) {
    run.end = LastRun::End::kReboot;
  } else {
    judge_kill(*record, root, run);
  }
  return run;
}

std::string describe(const LastRun& run) {
  if (run.end == LastRun::End::kNone) return "there was no run before this one";
  if (run.end == LastRun::End::kUnknown) return "how the last run ended is unknown: " + run.reason;
  auto started = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(run.started_ms));
  auto lasted = std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(run.seen_ms - run.started_ms));
  auto text = fmt::format("the last run (started {}, pid {}) ", format_time(started), run.pid);
  auto after = format_duration(lasted);
  switch (run.end) {
    case LastRun::End::kClean:
      return text + fmt::format("ended cleanly after {}: {}", after, run.reason);
    case LastRun::End::kCrash:
      text += fmt::format("crashed after {}: {}", after, signal_name(run.signal));
      break;
    case LastRun::End::kOutOfMemory:
      text += fmt::format("was killed after {}: out of memory ({})", after, run.reason);
      break;
    case LastRun::End::kReboot:
      text += fmt::format("ended without a word after {}: the machine restarted or lost power", after);
      break;
    default:
      text += fmt::format("was killed after {}: SIGKILL by a user, a supervisor or the end of its container", after);
  }
  if (run.resident > 0 && run.budget > 0)
    text += fmt::format(", resident {} of {}", format_size(run.resident), format_size(run.budget));
  if (!run.level.empty()) text += ", level " + run.level;
  return text;
}

Result<std::unique_ptr<RunFile>> RunFile::open(const RunFileOptions& options) {
  std::unique_ptr<RunFile> file(new RunFile(options));
  auto& record = file->record_;
  record.pid = getpid();
  record.started_ms = record.time_ms = options.started_ms;
  record.boot = boot_id(options.root);
  record.version = options.version;
  record.budget = as_number(options.budget);
  auto group = kills_in_group(options.root);
  record.oom_file = group.file;
  record.oom_inode = group.inode;
  file->count_kills();
  TRY_OK(file->write_new());
  return file;
}

RunFile::~RunFile() {
  if (stack_) stop_noting_crashes();
}

Error RunFile::failed(std::string_view verb) const {
  return {ErrorCode::kIo, fmt::format("cannot {} {}: {}", verb, path_, std::strerror(errno))};
}

Status RunFile::write_new() {
  auto fresh = path_ + ".tmp";
  file_ = Descriptor(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  if (!file_) return failed("create");
  auto first = record_.first_line();
  state_at_ = static_cast<std::int64_t>(first.size());
  if (!write_all(file_.get(), first + record_.state_line() + record_.signal_line(), 0) || ::fsync(file_.get()) != 0)
    return failed("write");
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return failed("rename the new file to");
  return sync_folder_of(path_);
}

Status RunFile::catch_crashes() {
  auto digits_at = state_at_ + static_cast<std::int64_t>(RunRecord::kStateBytes + kSignalColumn);
  TRY_OK(note_crashes_in(file_.get(), digits_at));
  stack_.emplace();
  return {};
}

void RunFile::count_kills() {
  auto group = kills_in_group(root_);
  bool same = group.file == record_.oom_file && group.inode == record_.oom_inode;
  record_.oom_group = same ? group.count : -1;
  record_.oom_machine = kills_in_machine(root_);
}

Status RunFile::write_state() {
  if (!write_all(file_.get(), record_.state_line(), state_at_)) return failed("write");
  return {};
}

Status RunFile::refresh(const RunSample& sample) {
  count_kills();
  record_.time_ms = sample.time_ms;
  record_.resident = as_number(sample.resident);
  record_.budget = as_number(sample.budget);
  record_.level = sample.level;
  return write_state();
}

Status RunFile::finish(std::string_view reason, std::int64_t time_ms) {
  record_.state = RunRecord::kClean;
  record_.reason = reason;
  record_.time_ms = time_ms;
  TRY_OK(write_state());
  if (::fdatasync(file_.get()) != 0) return failed("sync");
  return {};
}

}  // namespace holter
