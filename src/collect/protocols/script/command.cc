#include "collect/protocols/script/command.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "collect/coro_probe.h"
#include "collect/protocols/script/tool.h"
#include "collect/script_rows.h"
#include "net/fd_wait.h"

namespace holter::collect::script {
namespace {

using boost::asio::awaitable;

constexpr int kMostPieces = 64;  ///< of 16 KiB, at a time: as much as a pipe can be made to hold

/// What this machine has too little of is our own want, and says nothing about the command.
Error system_error(std::string_view what, int code) {
  bool want = code == EMFILE || code == ENFILE || code == ENOMEM || code == EAGAIN;
  return {want ? ErrorCode::kResourceExhausted : ErrorCode::kIo,
          fmt::format("cannot {}: {}", what, std::strerror(code))};
}

std::vector<std::string> clean_environment() {
  std::vector<std::string> variables{fmt::format("PATH={}", kPath), "LANG=C.UTF-8"};
  for (const char* name : {"HOME", "TZ"})
    if (const char* value = std::getenv(name)) variables.push_back(fmt::format("{}={}", name, value));
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// posix_spawn() with what it needs prepared; 0 or an errno.
int spawn(int* pid, const CommandLine& line, int out, int err) {
  std::vector<std::string> arguments{line.program};
  arguments.insert(arguments.end(), line.arguments.begin(), line.arguments.end());
  auto variables = clean_environment();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  if (!line.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, line.directory.c_str());
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int code = posix_spawn(pid, line.program.c_str(), &actions, &attributes, pointers_to(arguments).data(),
                         pointers_to(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

/// Our end does not block; the command's does. A number below 3 would be in the way of what the child duplicates.
Status open_pipe(Fd& ours, Fd& theirs) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe for the command", errno);
  ours = Fd(ends[0]);
  theirs = Fd(ends[1]);
  if (ends[1] <= STDERR_FILENO) {
    Fd higher(::fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (higher.get() < 0) return system_error("make a pipe for the command", errno);
    theirs = std::move(higher);
  }
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return system_error("make a pipe for the command", errno);
  return {};
}

Status check_directory(const std::string& path) {
  if (path.empty()) return {};
  struct stat info{};
  int code = ::stat(path.c_str(), &info) != 0 ? errno : S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
  if (code == 0) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot run the command in {}: {}", excerpt(path), std::strerror(code)));
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Command::Command(Attempt* attempt, Places::Place place)
    : place_(std::move(place)),
      out_(attempt->services().answers, kMostScriptOutput, attempt->reserve_account()),
      err_(attempt->services().answers, kMostScriptErrors, attempt->reserve_account()) {}

Result<Command> Command::start(Attempt* attempt, const CommandLine* line, Places::Place place) {
  Command command(attempt, std::move(place));
  TRY_OK(check_directory(line->directory));
  Fd out, err;
  TRY_OK(open_pipe(command.out_fd_, out));
  TRY_OK(open_pipe(command.err_fd_, err));
  int pid = 0;
  if (int code = spawn(&pid, *line, out.get(), err.get()); code != 0)
    return system_error("start " + line->program, code);
  command.place_.put(pid);
  TRY_OK(command.watch(pid));
  if (attempt->traced()) attempt->step(fmt::format("started {} as process {}", line->program, pid));
  return command;
}

Status Command::watch(int pid) {
  // Not by <sys/pidfd.h>: that of glibc 2.36 cannot be linked from C++.
  process_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (process_.get() < 0) return system_error("watch the command's process", errno);
  all_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (all_.get() < 0) return system_error("watch the command", errno);
  for (int fd : {out_fd_.get(), err_fd_.get(), process_.get()}) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (::epoll_ctl(all_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return system_error("watch the command", errno);
  }
  return {};
}

/// Takes what the pipes have now, but no more than they can hold: a command may write faster than we read. Of standard
/// error only the beginning is kept.
Status Command::read() {
  std::array<char, 16 * 1024> piece;
  for (auto* from : {&out_fd_, &err_fd_})
    for (int i = 0; i < kMostPieces && from->get() >= 0; ++i) {
      auto got = ::read(from->get(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) break;
      if (got <= 0) {  // the end: an open one would keep the epoll awake
        from->reset();
        break;
      }
      std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
      auto kept = from == &out_fd_ ? out_.append(bytes) : err_.append(bytes.substr(0, kMostScriptErrors - err_.size()));
      if (!kept) return std::move(kept).error().with_context("cannot read the output");
    }
  return {};
}

/// Until the process has ended, and all that it printed is here.
awaitable<Status> Command::wait(Attempt* attempt, MonoTime deadline) {
  net::FdWait ready(attempt->services().executor, all_.get());
  while (true) {
    siginfo_t info{};
    bool ended = ::waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                 info.si_pid != 0;
    CO_TRY_OK(read());
    if (ended) co_return Status();
    CO_TRY_OK(co_await ready.wait(net::FdWait::For::kReadable, deadline, "run the command"));
  }
}

awaitable<Result<int>> Command::run(Attempt* attempt, MonoTime deadline) {
  auto ended = co_await wait(attempt, deadline);
  if (!ended && ended.error().code() == ErrorCode::kTimeout) {
    attempt->step("time is up: SIGTERM");
    place_.signal(SIGTERM);
    if (auto late = co_await wait(attempt, deadline + kTermGrace); !late && late.error().code() == ErrorCode::kTimeout)
      attempt->step("SIGKILL");  // the place's end sends it
  }
  attempt->note_held(CoroProbe::kRunningBytes + out_.size() + err_.size());
  if (!ended) co_return std::move(ended).error();
  co_return place_.bury();
}

}  // namespace holter::collect::script
