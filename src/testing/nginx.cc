#include "testing/nginx.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
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
namespace {

constexpr const char* kProgram = "/usr/sbin/nginx";

constexpr const char* kConfiguration = R"(
daemon off;
master_process off;
error_log {0}/error.log;
pid {0}/pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {0}/body;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  default_type text/plain;
  gzip on;
  gzip_min_length 1;
  gzip_types *;
  server {{ listen 127.0.0.1:{1}; root {0}/root; {3} }}
  server {{
    listen 127.0.0.1:{2} ssl http2;
    ssl_certificate {0}/cert.pem;
    ssl_certificate_key {0}/key.pem;
    root {0}/root;
    {3}
  }}
}}
)";

bool accepts(std::uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return ok;
}

}  // namespace

Nginx::Nginx(const std::string& locations, const std::string& certificate, const std::string& key) {
  if (::access(kProgram, X_OK) != 0) return;
  const char* temp = std::getenv("TMPDIR");
  dir_ = std::string(temp != nullptr ? temp : "/tmp") + "/holter-nginx-XXXXXX";
  CHECK(::mkdtemp(dir_.data()) != nullptr);
  std::filesystem::permissions(dir_, std::filesystem::perms::all);  // nginx may drop root
  std::filesystem::create_directory(dir_ + "/root");
  std::ofstream(dir_ + "/cert.pem") << certificate;
  std::ofstream(dir_ + "/key.pem") << key;
  // The ports are free now, and may be taken a moment later by others: try again then.
  for (int tries = 0; tries < 5; ++tries)
    if (start(locations)) return;
}

bool Nginx::start(const std::string& locations) {
  http_port_ = unused_port();
  https_port_ = unused_port();
  if (https_port_ == http_port_) return false;
  auto file = dir_ + "/nginx.conf";
  std::ofstream(file) << fmt::format(fmt::runtime(kConfiguration), dir_, http_port_, https_port_, locations);
  std::string prefix = dir_ + "/";
  std::string errors = dir_ + "/error.log";
  char* arguments[] = {const_cast<char*>("nginx"), const_cast<char*>("-e"), errors.data(),
                       const_cast<char*>("-p"),    prefix.data(),           const_cast<char*>("-c"),
                       file.data(),                nullptr};
  if (::posix_spawn(&pid_, kProgram, nullptr, nullptr, arguments, environ) != 0) {
    pid_ = -1;
    return false;
  }
  auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < latest) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    if (accepts(http_port_) && accepts(https_port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // nginx has no other way to say that it is ready
  }
  pid_ = -1;
  return false;
}

Nginx::~Nginx() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  if (!dir_.empty()) {
    std::error_code ignored;  // a directory that stays behind below /tmp harms nothing
    std::filesystem::remove_all(dir_, ignored);
  }
}

void Nginx::put(const std::string& name, const std::string& text) const {
  std::ofstream(dir_ + "/root/" + name) << text;
}

}  // namespace holter::testing
