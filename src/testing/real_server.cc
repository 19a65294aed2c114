#include "testing/real_server.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "testing/scripted_peer.h"

extern char** environ;

namespace holter::testing {

bool RealServer::accepts_tcp(std::uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return ok;
}

RealServer::RealServer(const std::string& program, const Arguments& arguments, Ready ready) : ready_(std::move(ready)) {
  if (::access(program.c_str(), X_OK) != 0) return;
  const char* temp = std::getenv("TMPDIR");
  directory_ = std::string(temp != nullptr ? temp : "/tmp") + "/holter-server-XXXXXX";
  CHECK(::mkdtemp(directory_.data()) != nullptr);
  std::filesystem::permissions(directory_, std::filesystem::perms::all);  // a server may drop root
  // The port is free now, and may be taken a moment later by others: try again then.
  for (int tries = 0; tries < 3; ++tries)
    if (start(program, arguments)) return;
}

bool RealServer::start(const std::string& program, const Arguments& arguments) {
  port_ = unused_port();
  auto texts = arguments(directory_, port_);
  texts.insert(texts.begin(), program);
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  auto log = directory_ + "/output";
  posix_spawn_file_actions_t actions;
  CHECK(::posix_spawn_file_actions_init(&actions) == 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  int failure = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    pid_ = -1;
    return false;
  }
  auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < latest) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    if (ready_(port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // servers have no common way to say that they are ready
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return false;
}

RealServer::~RealServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;  // a directory that stays behind below /tmp harms nothing
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace holter::testing
