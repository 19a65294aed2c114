#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/protocols/script/places.h"
#include "net/charged_text.h"

namespace holter::collect::script {

/// A descriptor of our own, closed on destruction.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  void reset();
  int get() const { return fd_; }

 private:
  int fd_;
};

struct CommandLine {
  std::string program;  ///< a path
  std::vector<std::string> arguments;
  std::string directory;  ///< where it runs; empty: where we do
};

/// A process with its output on pipes: in a group of its own, without standard input, without any other descriptor, and
/// with an environment that has nothing of ours but HOME and TZ. Threads: one shard's. Lifetime: within one attempt.
class Command {
 public:
  static constexpr milliseconds kTermGrace{500};  ///< between SIGTERM and SIGKILL

  /// Takes `place`. Errors: kInvalidArgument (the directory), kIo (the system refuses), naming the program.
  static Result<Command> start(Attempt* attempt, const CommandLine* line, Places::Place place);

  /// Until it has ended; at `deadline` its group gets SIGTERM, and SIGKILL kTermGrace later. The exit status. Errors:
  /// kTimeout; kTooLarge (more output than kMostScriptOutput); kResourceExhausted; kCancelled; kIo.
  boost::asio::awaitable<Result<int>> run(Attempt* attempt, MonoTime deadline);

  const std::string& out() const { return out_.text(); }
  const std::string& err() const { return err_.text(); }

 private:
  Command(Attempt* attempt, Places::Place place);
  Status watch(int pid);
  Status read();
  boost::asio::awaitable<Status> wait(Attempt* attempt, MonoTime deadline);

  Places::Place place_;
  Fd out_fd_, err_fd_, process_, all_;  ///< `all_` is an epoll of the three before it
  net::ChargedText out_, err_;
};

}  // namespace holter::collect::script
