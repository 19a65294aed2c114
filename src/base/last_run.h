#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/crash_signal.h"
#include "base/proc_file.h"
#include "base/result.h"
#include "base/run_record.h"

namespace holter {

/// How the run before this one ended, from its status file.
struct LastRun {
  enum class End : std::uint8_t {
    kNone,         ///< there is no file: the first run
    kClean,        ///< `reason` says what ended it
    kCrash,        ///< by `signal`, which the program itself caught
    kOutOfMemory,  ///< killed, and the kernel's OOM killer was at work meanwhile; `reason` says where
    kKilled,       ///< without a word: SIGKILL
    kReboot,       ///< the machine restarted, or lost power
    kUnknown,      ///< the file cannot be understood; `reason` says why
  };
  End end = End::kNone;
  std::int64_t pid = 0;
  std::int64_t started_ms = 0, seen_ms = 0;  ///< since 1970 UTC; seen: when the file was last refreshed
  std::uint64_t budget = 0, resident = 0;    ///< bytes, at the last refresh
  int signal = 0;
  std::string version, level, reason;
};
std::string_view to_string(LastRun::End end);

/// Reads the file, before a RunFile replaces it. Never fails: what is wrong with the file makes it kUnknown. `root` is
/// "/" except in tests.
LastRun read_last_run(const std::string& path, const std::string& root = "/");

/// One sentence for the log and the API: "the last run (started 2026-11-24T10:05:40.000Z, pid 12) was killed after
/// 3h12m: out of memory (the kernel's OOM killer), resident 250 MiB of 256 MiB, level emergency".
std::string describe(const LastRun& run);
inline std::string describe_last_run(const std::string& path, const std::string& root = "/") {
  return describe(read_last_run(path, root));
}

struct RunFileOptions {
  std::string path;  ///< "<data_dir>/last-run.json"
  std::string version;
  std::int64_t started_ms = 0;
  std::uint64_t budget = 0;
  std::string root = "/";
};

/// What a run refreshes every ten seconds or so.
struct RunSample {
  std::int64_t time_ms = 0;
  std::uint64_t resident = 0, budget = 0;
  std::string_view level;
};

/// The status file of this run: tells the next one how this one ended. Threads: one; crashes may come from any.
class RunFile {
 public:
  /// Writes the file anew (synced, renamed) with the state "running". Errors: kIo, naming the file.
  static Result<std::unique_ptr<RunFile>> open(const RunFileOptions& options);
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;
  /// Puts back the signal handlers of before. Without finish() before it, the run counts as killed. On the thread that
  /// called catch_crashes().
  ~RunFile();

  /// From now on SIGSEGV, SIGABRT, SIGBUS, SIGFPE and SIGILL are noted in the file before they do what they did
  /// without. The calling thread gets a stack of its own for that (CrashStack); other threads may get one, too. Errors:
  /// kInternal when another RunFile of this process does so already.
  Status catch_crashes();

  /// Writes some hundred bytes in place, without waiting for the disk. Errors: kIo, naming the file.
  Status refresh(const RunSample& sample);
  /// The end is a clean one: "SIGTERM". Synced. Errors: kIo, naming the file.
  Status finish(std::string_view reason, std::int64_t time_ms);

 private:
  explicit RunFile(const RunFileOptions& options) : path_(options.path), root_(options.root) {}
  Status write_new();
  Status write_state();
  void count_kills();
  Error failed(std::string_view verb) const;

  const std::string path_, root_;
  RunRecord record_;
  Descriptor file_;
  std::int64_t state_at_ = 0;        ///< where in the file the second line begins
  std::optional<CrashStack> stack_;  ///< there while crashes are caught
};

}  // namespace holter
