#include "history/process.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace holter::history {
namespace {

constexpr int kSocketOfChild = 3;

Error start_error(const std::string& program, int code) {
  return {ErrorCode::kIo, fmt::format("cannot start {}: {}", program, std::strerror(code))};
}

/// posix_spawn() with what it needs prepared; 0 or an errno.
int spawn(int* pid, const std::string& program, char* const* arguments, char* const* environment, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  // dup2 clears close-on-exec, also when both numbers are the same.
  posix_spawn_file_actions_adddup2(&actions, socket, kSocketOfChild);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int code = posix_spawn(pid, program.c_str(), &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

}  // namespace

Process::~Process() {
  if (socket_ >= 0) ::close(socket_);
}

Result<Process> Process::start(const std::string& program, const std::vector<std::string>& arguments,
                               const std::string& variable) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return start_error(program, errno);
  auto socket_argument = fmt::format("socket={}", kSocketOfChild);
  std::vector<char*> argv{const_cast<char*>(program.c_str()), socket_argument.data()};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  Process process;
  process.socket_ = ends[0];
  int code = spawn(&process.pid_, program, argv.data(), environment.data(), ends[1]);
  ::close(ends[1]);
  if (code == 0) return process;
  process.pid_ = 0;
  return start_error(program, code);
}

void Process::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

std::optional<std::string> Process::ended() {
  if (pid_ == 0) return "was not started";
  int status = 0;
  int pid = ::waitpid(pid_, &status, WNOHANG);
  if (pid == 0 || (pid < 0 && errno == EINTR)) return std::nullopt;
  pid_ = 0;
  if (pid < 0) return "was reaped by somebody else";
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace holter::history
