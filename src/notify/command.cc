#include "notify/command.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "net/charged_text.h"
#include "net/fd_wait.h"
#include "net/owned_fd.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;
using net::OwnedFd;

constexpr int kMostPieces = 64;
constexpr int kMostDeathMs = 50;  ///< between SIGKILL and the end of a process; usually less than one

Error system_error(std::string_view what, int code) {
  bool want = code == EMFILE || code == ENFILE || code == ENOMEM || code == EAGAIN;
  bool wrong = code == ENOENT || code == EACCES || code == ENOEXEC || code == ENOTDIR || code == E2BIG;
  return {want    ? ErrorCode::kResourceExhausted
          : wrong ? ErrorCode::kInvalidArgument
                  : ErrorCode::kIo,
          fmt::format("cannot {}: {}", what, std::strerror(code))};
}

std::vector<std::string> environment_of(const CommandCall& call) {
  std::vector<std::string> variables{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                     "LANG=C.UTF-8"};
  for (const char* name : {"HOME", "TZ"})
    if (const char* value = std::getenv(name)) variables.push_back(fmt::format("{}={}", name, value));
  for (const auto& [name, value] : call.environment) variables.push_back(fmt::format("{}={}", name, value));
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// posix_spawn() with what it needs prepared; 0 or an errno.
int spawn(int* pid, CommandCall& call, int in, int out) {
  auto variables = environment_of(call);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int code = posix_spawn(pid, call.arguments.front().c_str(), &actions, &attributes, pointers_to(call.arguments).data(),
                         pointers_to(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

/// Above the standard streams, which the child makes of it.
OwnedFd above_standard(int fd) {
  if (fd > STDERR_FILENO) return OwnedFd(fd);
  OwnedFd low(fd);
  return OwnedFd(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}
Status open_pipe(OwnedFd& read_end, OwnedFd& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe for the command", errno);
  read_end = above_standard(ends[0]);
  write_end = above_standard(ends[1]);
  if (read_end.get() < 0 || write_end.get() < 0) return system_error("make a pipe for the command", errno);
  return {};
}
Status unblock(const OwnedFd& fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("make a pipe for the command", errno);
  return {};
}

/// A process group; at its end it is killed, and its leader waited for.
class Group {
 public:
  explicit Group(int pid) : pid_(pid) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() { (void)bury(); }

  /// From now on `pidfd` tells of the leader; it outlives this.
  void watch(int pidfd) { pidfd_ = pidfd; }

  /// The leader's status: of exit, or 128 and the signal. A killed process ends at once, but for one that a dead file
  /// server holds: that is not waited for.
  int bury() {
    if (pid_ == 0) return status_;
    ::kill(-pid_, SIGKILL);
    pollfd leader{.fd = pidfd_, .events = POLLIN, .revents = 0};
    if (pidfd_ >= 0) (void)::poll(&leader, 1, kMostDeathMs);
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_)
      status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    pid_ = 0;
    return status_;
  }
  /// Whether the leader has ended.
  bool ended() const {
    siginfo_t info{};
    return ::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
  }

 private:
  int pid_;
  int pidfd_ = -1;
  int status_ = -1;
};

/// A running command and our ends of its pipes.
class Running {
 public:
  Running(std::string input, memory::Account& account)
      : input_(std::move(input)), output_(account, kMostCommandOutput) {}

  Status start(CommandCall& call) {
    OwnedFd their_in, their_out;
    TRY_OK(open_pipe(their_in, to_));
    TRY_OK(open_pipe(from_, their_out));
    TRY_OK(unblock(to_));
    TRY_OK(unblock(from_));
    int pid = 0;
    if (int code = spawn(&pid, call, their_in.get(), their_out.get()); code != 0)
      return system_error(fmt::format("start {}", excerpt(call.arguments.front(), 200)), code);
    group_.emplace(pid);
    // Not by <sys/pidfd.h>: that of glibc 2.36 cannot be linked from C++.
    process_ = OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    group_->watch(process_.get());
    all_ = OwnedFd(::epoll_create1(EPOLL_CLOEXEC));
    if (process_.get() < 0 || all_.get() < 0) return system_error("watch the command", errno);
    TRY_OK(watch(process_, EPOLLIN));
    TRY_OK(watch(from_, EPOLLIN));
    return watch(to_, EPOLLOUT);
  }

  /// Until the leader of the group has ended, and what it printed is here.
  awaitable<Status> run(runtime::Executor executor, MonoTime deadline) {
    net::FdWait ready(executor, all_.get());
    while (true) {
      bool ended = group_->ended();
      write();
      CO_TRY_OK(read());
      if (ended) co_return Status();
      CO_TRY_OK(co_await ready.wait(net::FdWait::For::kReadable, deadline, "run the command"));
    }
  }

  CommandAnswer answer() { return {.status = group_->bury(), .output = output_.text()}; }

 private:
  Status watch(const OwnedFd& fd, std::uint32_t events) {
    epoll_event event{.events = events, .data = {}};
    if (::epoll_ctl(all_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) return system_error("watch the command", errno);
    return {};
  }

  /// A command that does not read its input is none of ours.
  void write() {
    while (to_.get() >= 0) {
      auto left = std::string_view(input_).substr(sent_);
      auto put = left.empty() ? 0 : ::write(to_.get(), left.data(), left.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0 && errno == EAGAIN) return;
      if (put <= 0)
        to_ = OwnedFd();
      else
        sent_ += static_cast<std::size_t>(put);
    }
  }

  /// Takes what the pipe has now, but no more than it can be made to hold: a command may write faster than we read.
  Status read() {
    std::array<char, 16 * 1024> piece;
    for (int i = 0; i < kMostPieces && from_.get() >= 0; ++i) {
      auto got = ::read(from_.get(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) break;
      if (got <= 0) {  // the end: an open one would keep the epoll awake
        from_ = OwnedFd();
        break;
      }
      std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
      TRY_OK(output_.append(bytes.substr(0, kMostCommandOutput - output_.size())));
    }
    return {};
  }

  const std::string input_;
  net::ChargedText output_;
  std::size_t sent_ = 0;
  OwnedFd to_, from_, process_, all_;
  std::optional<Group> group_;
};

}  // namespace

awaitable<Result<CommandAnswer>> run_command(CommandCall call, MonoTime deadline, runtime::Executor executor,
                                             memory::Account* account) {
  // A command may end before it has read its input.
  static const auto kIgnored = std::signal(SIGPIPE, SIG_IGN);
  if (call.arguments.empty() || kIgnored == SIG_ERR) co_return Error(ErrorCode::kInvalidArgument, "cannot run nothing");
  Running running(std::move(call.input), *account);
  CO_TRY_OK(running.start(call));
  CO_TRY_OK(co_await running.run(executor, deadline));
  co_return running.answer();
}

}  // namespace holter::notify
