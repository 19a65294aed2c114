#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::history {

/// A child process that holds the other end of a socket as its descriptor 3.
/// Threads: one, and it must outlive the child: the kernel tells the child when the thread that started it ends.
class Process {
 public:
  Process() = default;
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)), socket_(std::exchange(other.socket_, -1)) {}
  Process& operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(socket_, other.socket_);
    return *this;
  }
  /// Closes the socket if it was not taken. Does not wait for the process: see ended().
  ~Process();

  /// Runs `program` with `arguments`, without a shell, with our environment and `variable` ("NAME=value") added. No
  /// other descriptor is inherited: all of this program's are close-on-exec. Errors: kIo, naming the program.
  static Result<Process> start(const std::string& program, const std::vector<std::string>& arguments,
                               const std::string& variable);

  int pid() const { return pid_; }
  /// Our end, now the caller's; close-on-exec.
  int take_socket() { return std::exchange(socket_, -1); }

  void kill();
  /// How it ended ("exit status 1", "signal 9"), or nothing while it runs. Reaps it: from then on pid() is 0.
  std::optional<std::string> ended();

 private:
  int pid_ = 0;
  int socket_ = -1;
};

}  // namespace holter::history
