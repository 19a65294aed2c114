#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <sys/types.h>

#include "base/clock.h"
#include "base/result.h"
#include "stress/group.h"
#include "stress/pause.h"

namespace holter::stress {

struct SubjectOptions {
  std::string directory;  ///< exists; gets data, log and output
  std::uint64_t budget = 0;
  std::uint64_t child_limit = 0;                   ///< for the history process, by the kernel
  std::map<std::string, std::string> environment;  ///< beside HOLTER_* that start() sets; wins over them
  std::uint64_t disk_bytes = 0;                    ///< the data directory on a small disk of its own; 0: no
};

/// How a process ended.
struct End {
  int code = 0;    ///< exit code; -1 when a signal ended it
  int signal = 0;  ///< 0: none
  std::string text() const;
};

/// A real `holter serve` of this very program file, under a memory limit by the kernel, with its history child in a
/// group of its own. Threads: the methods belong to one thread; pid(), port() and child() may be called from any. The
/// process dies with this object, or with the tester.
class Subject {
 public:
  /// What the kernel may hold beyond the budget on behalf of a process: page tables, sockets, page cache, and the
  /// history child until it has been moved to its own group.
  static constexpr std::uint64_t kKernelBytes = 64ULL << 20;

  explicit Subject(SubjectOptions options) : options_(std::move(options)) {}
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// Starts it and waits until it serves. Errors: kIo when it cannot be started, or ended; then end() tells how, and
  /// the message quotes its last words. kUnavailable where the small disk cannot be made. kTimeout after `time`.
  Status start(milliseconds time);

  pid_t pid() const { return pid_.load(); }
  std::uint16_t port() const { return port_; }
  /// The local token of what runs, by which programs of this machine are let in; empty where it cannot be read.
  std::string token() const;
  /// The history process; 0 while there is none.
  pid_t child() const { return child_.load(); }
  const Group& group() const { return group_; }
  const Group& child_group() const { return child_group_; }
  /// Why there is no group; empty when there is one.
  const std::string& no_group() const { return no_group_; }

  void signal(int number) const;
  /// Nullopt while it runs.
  std::optional<End> end();
  /// Waits for its end; after `time` it is killed, and the result is that end.
  End wait_end(milliseconds time);

  /// All that it printed to standard output.
  std::string output() const;
  /// The last lines of its log.
  std::string last_words(std::size_t lines = 3) const;
  /// A path as the process sees it, also on its small disk.
  std::string seen_by_it(const std::string& path) const;

 private:
  Status spawn();
  void watch_child();
  std::map<std::string, std::string> environment() const;

  const SubjectOptions options_;
  SystemClock clock_;
  Group group_, child_group_;
  std::string no_group_;
  std::atomic<pid_t> pid_{0}, child_{0};
  std::uint16_t port_ = 0;
  std::optional<End> end_;
  Pause pause_;
  std::thread watcher_;
};

}  // namespace holter::stress
