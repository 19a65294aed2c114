#include "stress/subject.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"

namespace holter::stress {
namespace {

constexpr milliseconds kChildWatch{20};  // how soon a new history process is moved to its group
constexpr milliseconds kStartPoll{20};

/// What the new process does before it becomes Holter: only calls that are safe after fork().
struct Launch {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* directory;
  int output, log, errors;
  const char* group;  ///< null: RLIMIT_DATA instead
  std::uint64_t limit;
  const char* disk;  ///< null: none
  const char* disk_options;
};

/// A step that failed, told through a pipe that closes when the program starts.
struct Failure {
  int code = 0;
  char step[40] = {};
};

[[noreturn]] void give_up(int pipe, const char* step) {
  Failure failure{.code = errno};
  std::strncpy(failure.step, step, sizeof(failure.step) - 1);
  [[maybe_unused]] auto written = ::write(pipe, &failure, sizeof(failure));
  ::_exit(127);
}

/// Joins the group, or takes the next best limit. The hard limit stays: the history process sets its own.
void limit_memory(const Launch& launch) {
  if (launch.group == nullptr) {
    rlimit limit{launch.limit, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_DATA, &limit) != 0) give_up(launch.errors, "limit the data segment");
    return;
  }
  int procs = ::open(launch.group, O_WRONLY | O_CLOEXEC);
  if (procs < 0 || ::write(procs, "0", 1) != 1) give_up(launch.errors, "join the memory group");
  ::close(procs);
}

[[noreturn]] void become(const Launch& launch) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);  // a Ctrl-C is for the tester
  limit_memory(launch);
  if (launch.disk != nullptr) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", launch.disk, "tmpfs", 0, launch.disk_options) != 0)
      give_up(launch.errors, "mount a small disk");
  }
  if (::chdir(launch.directory) != 0) give_up(launch.errors, "enter the directory");
  ::dup2(launch.output, STDOUT_FILENO);
  ::dup2(launch.log, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(launch.program, launch.argv, launch.envp);
  give_up(launch.errors, "start the program");
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// The first child of any thread of a process; 0: none.
pid_t first_child(pid_t pid) {
  auto text = text_of(fmt::format("/proc/{0}/task/{0}/children", pid));
  pid_t child = 0;
  std::from_chars(text.data(), text.data() + text.size(), child);
  return child;
}

End end_of(int status) {
  if (WIFSIGNALED(status)) return {.code = -1, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status)};
}

}  // namespace

std::string End::text() const {
  return signal != 0 ? fmt::format("ended by signal {} ({})", signal, ::strsignal(signal))
                     : fmt::format("ended with exit code {}", code);
}

std::map<std::string, std::string> Subject::environment() const {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text(*entry);
    auto equals = text.find('=');
    if (!text.starts_with("HOLTER_") && equals != std::string_view::npos)
      all[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  all["HOLTER_MEMORY_BUDGET"] = fmt::format("{}B", options_.budget);
  all["HOLTER_SERVER_LISTEN"] = "127.0.0.1:0";
  all["HOLTER_DATA_DIR"] = options_.directory + "/data";
  all["HOLTER_MONITORS"] = options_.directory + "/monitors.yml";
  all["HOLTER_DEFINITIONS"] = options_.directory + "/definitions";
  all["HOLTER_LOG_LEVEL"] = "warning";
  for (const auto& [name, value] : options_.environment) all[name] = value;
  return all;
}

Status Subject::spawn() {
  std::error_code failure;
  std::filesystem::create_directories(options_.directory + "/data", failure);
  auto program = std::filesystem::read_symlink("/proc/self/exe", failure).string();
  std::string serve = "serve", quiet = "--quiet";
  std::vector<char*> argv{program.data(), serve.data(), quiet.data(), nullptr};
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment()) variables.push_back(fmt::format("{}={}", name, value));
  std::vector<char*> envp;
  for (auto& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  auto name = fmt::format("holter-stress-{}", ::getpid());
  auto limit = options_.budget + kKernelBytes;
  if (auto group = Group::make(name, limit))
    group_ = std::move(*group);
  else
    no_group_ = group.error().message();
  if (group_)
    if (auto group = Group::make(name + "-history", options_.child_limit + kKernelBytes))
      child_group_ = std::move(*group);
  auto procs = group_ ? group_.procs() : "";
  auto disk = options_.directory + "/data";
  auto disk_options = fmt::format("size={}", options_.disk_bytes);
  int pipe[2];
  int output = ::open((options_.directory + "/output").c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  int log = ::open((options_.directory + "/log").c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  if (output < 0 || log < 0 || ::pipe2(pipe, O_CLOEXEC) != 0)
    return Error(ErrorCode::kIo, fmt::format("cannot start the server: {}", std::strerror(errno)));
  Launch launch{.program = program.c_str(),
                .argv = argv.data(),
                .envp = envp.data(),
                .directory = options_.directory.c_str(),
                .output = output,
                .log = log,
                .errors = pipe[1],
                .group = group_ ? procs.c_str() : nullptr,
                .limit = limit,
                .disk = options_.disk_bytes > 0 ? disk.c_str() : nullptr,
                .disk_options = disk_options.c_str()};
  pid_t pid = ::fork();
  if (pid == 0) become(launch);
  for (int fd : {output, log, pipe[1]}) ::close(fd);
  Failure told;
  bool failed = pid < 0 || ::read(pipe[0], &told, sizeof(told)) == sizeof(told);
  ::close(pipe[0]);
  if (!failed) {
    pid_ = pid;
    return {};
  }
  if (pid > 0) ::waitpid(pid, nullptr, 0);
  return Error(launch.disk != nullptr && told.step[0] == 'm' ? ErrorCode::kUnavailable : ErrorCode::kIo,
               fmt::format("cannot {}: {}", pid < 0 ? "start a process" : told.step,
                           std::strerror(pid < 0 ? errno : told.code)));
}

Status Subject::start(milliseconds time) {
  TRY_OK(spawn());
  watcher_ = std::thread([this] { watch_child(); });
  for (auto deadline = clock_.mono() + time; clock_.mono() < deadline; pause_.wait(kStartPoll)) {
    auto text = output();
    auto at = text.find("http://");
    auto colon = text.find(':', at + 7);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos &&
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), port_).ec == std::errc{})
      return {};
    if (auto ended = end())
      return Error(ErrorCode::kIo, fmt::format("cannot start holter: it {}: {}", ended->text(), last_words()));
  }
  return Error(ErrorCode::kTimeout, fmt::format("cannot start holter: not ready after {}", format_duration(time)));
}

/// A new history process belongs to the main process's group until it is moved.
void Subject::watch_child() {
  while (pause_.wait(kChildWatch)) {
    auto now = first_child(pid_.load());
    if (now == child_.load()) continue;
    if (now != 0 && child_group_) child_group_.join(now);
    child_ = now;
  }
}

void Subject::signal(int number) const {
  if (!end_ && pid_ > 0) ::kill(pid_, number);
}

std::optional<End> Subject::end() {
  int status = 0;
  if (!end_ && pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) end_ = end_of(status);
  return end_;
}

End Subject::wait_end(milliseconds time) {
  for (auto deadline = clock_.mono() + time; !end() && clock_.mono() < deadline;) pause_.wait(milliseconds(10));
  if (auto ended = end()) return *ended;
  int status = 0;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status, 0);
  end_ = end_of(status);
  return *end_;
}

Subject::~Subject() {
  if (pid_ > 0 && !end()) wait_end(milliseconds(0));
  pause_.stop();
  if (watcher_.joinable()) watcher_.join();
  // Its child ends by itself then; the groups go last.
  for (auto until = clock_.mono() + seconds(3); child_ > 0 && ::kill(child_, 0) == 0 && clock_.mono() < until;)
    Pause().wait(milliseconds(20));
}

std::string Subject::token() const {
  // Through its own root: the data directory may be on a disk that only it sees.
  std::ifstream file(fmt::format("/proc/{}/root{}/data/local.token", pid(), options_.directory));
  std::string token;
  std::getline(file, token);
  return token;
}

std::string Subject::output() const {
  return text_of(options_.directory + "/output");
}

std::string Subject::last_words(std::size_t lines) const {
  auto text = text_of(options_.directory + "/log");
  while (text.ends_with('\n')) text.pop_back();
  auto from = text.size();
  while (lines > 0 && from != std::string::npos && from > 0 && (from = text.rfind('\n', from - 1)) != std::string::npos)
    --lines;
  return excerpt(from == std::string::npos ? text : text.substr(from + 1), 600);
}

std::string Subject::seen_by_it(const std::string& path) const {
  return fmt::format("/proc/{}/root{}", pid_.load(), path);
}

}  // namespace holter::stress
