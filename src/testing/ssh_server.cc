#include "testing/ssh_server.h"

#include <csignal>

#include <arpa/inet.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

// libssh would have callbacks used in place of some of these calls; a script reads better from top to bottom.
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

namespace holter::testing {

/// One client, on a thread of its own.
class SshServer::Connection {
 public:
  Connection(SshServer& server, int fd) : server_(server), fd_(fd), thread_([this] { serve(); }) {}
  ~Connection() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }

 private:
  void serve() {
    ssh_bind bind = ssh_bind_new();
    session_ = ssh_new();
    auto* key = ssh_key_dup(static_cast<ssh_key>(server_.host_key_));
    bool no = false;
    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key);  // owns it
    int copy = ::dup(fd_);                                         // libssh closes its own
    if (ssh_bind_accept_fd(bind, session_, copy) == SSH_OK && ssh_handle_key_exchange(session_) == SSH_OK) {
      ssh_set_auth_methods(session_,
                           server_.options_.by_prompt ? SSH_AUTH_METHOD_INTERACTIVE : SSH_AUTH_METHOD_PASSWORD);
      if (log_in()) converse();
    }
    ssh_disconnect(session_);
    ssh_free(session_);
    ssh_bind_free(bind);
    ::shutdown(fd_, SHUT_RDWR);
  }

  /// True when the fault of this step has been played.
  bool fails(At at) {
    if (server_.options_.at != at) return false;
    char byte = 0;
    while (server_.options_.fault == Fault::kStall && !server_.stopping_ && ::recv(fd_, &byte, 1, 0) > 0) {
    }
    if (server_.options_.fault == Fault::kReset) {
      sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
      ::connect(fd_, &nobody, sizeof(nobody));  // sends RST, whoever else holds the socket: connect(2)
    }
    return true;
  }

  /// Null: the client has gone. libssh would wait for ever on a connection that it has closed itself.
  ssh_message next_message() { return ssh_is_connected(session_) != 0 ? ssh_message_get(session_) : nullptr; }

  bool log_in() {
    while (auto* message = next_message()) {
      bool is_login = ssh_message_type(message) == SSH_REQUEST_AUTH;
      if (is_login && fails(At::kLogin)) {
        ssh_message_free(message);
        return false;
      }
      bool good = is_login && may_enter(message);
      if (good)
        ssh_message_auth_reply_success(message, 0);
      else if (!asked_)
        ssh_message_reply_default(message);
      ssh_message_free(message);
      if (good) return true;
    }
    return false;
  }

  bool may_enter(ssh_message message) {
    const auto& options = server_.options_;
    asked_ = false;
    if (ssh_message_subtype(message) == SSH_AUTH_METHOD_PASSWORD && !options.by_prompt) {
      ++server_.logins_;
      return options.user == ssh_message_auth_user(message) && options.password == ssh_message_auth_password(message);
    }
    if (ssh_message_subtype(message) != SSH_AUTH_METHOD_INTERACTIVE || !options.by_prompt) return false;
    if (ssh_message_auth_kbdint_is_response(message) == 0) {
      const char* prompts[] = {"Password: "};
      char shown[] = {0};
      ssh_message_auth_interactive_request(message, "", "", 1, prompts, shown);
      asked_ = true;
      return false;
    }
    ++server_.logins_;
    const char* answer = ssh_userauth_kbdint_getanswer(session_, 0);
    return answer != nullptr && options.password == answer;
  }

  void converse() {
    for (int i = 0; i < server_.options_.opens; ++i) open_unasked();
    ssh_channel channel = nullptr;
    while (auto* message = next_message()) {
      int type = ssh_message_type(message), subtype = ssh_message_subtype(message);
      bool over = false;
      if (type == SSH_REQUEST_CHANNEL_OPEN && fails(At::kChannel)) {
        over = true;
      } else if (type == SSH_REQUEST_CHANNEL_OPEN && subtype == SSH_CHANNEL_SESSION) {
        channel = ssh_message_channel_request_open_reply_accept(message);
      } else if (type == SSH_REQUEST_CHANNEL && subtype == SSH_CHANNEL_REQUEST_EXEC) {
        over = fails(At::kCommand);
        ++server_.commands_;
        if (!over) {
          ssh_message_channel_request_reply_success(message);
          over = !run(channel);
        }
      } else if (is_subsystem(message)) {
        over = fails(At::kCommand);
        ++server_.commands_;
        if (!over) {
          ssh_message_channel_request_reply_success(message);
          over = !answer_packets(channel);
        }
      } else {
        ssh_message_reply_default(message);
      }
      ssh_message_free(message);
      if (over) return;
    }
  }

  bool is_subsystem(ssh_message message) const {
    return !server_.options_.packets.empty() && ssh_message_type(message) == SSH_REQUEST_CHANNEL &&
           ssh_message_subtype(message) == SSH_CHANNEL_REQUEST_SUBSYSTEM &&
           std::string_view(ssh_message_channel_request_subsystem(message)) == "sftp";
  }

  static bool read_exact(ssh_channel channel, std::string& bytes) {
    for (std::size_t have = 0; have < bytes.size();) {
      int got = ssh_channel_read(channel, bytes.data() + have, static_cast<std::uint32_t>(bytes.size() - have), 0);
      if (got <= 0) return false;
      have += static_cast<std::size_t>(got);
    }
    return true;
  }

  /// A packet of SFTP has its length in front. False: the client has gone.
  static bool read_packet(ssh_channel channel) {
    std::string length(4, '\0');
    if (!read_exact(channel, length)) return false;
    std::size_t size = 0;
    for (char byte : length) size = size << 8 | static_cast<std::uint8_t>(byte);
    CHECK(size < 10'000);  // our client's requests are short
    std::string packet(size, '\0');
    return read_exact(channel, packet);
  }

  bool answer_packets(ssh_channel channel) {
    for (const auto& answer : server_.options_.packets) {
      if (!read_packet(channel)) return true;
      if (ssh_channel_write(channel, answer.data(), static_cast<std::uint32_t>(answer.size())) < 0) return false;
    }
    if (fails(At::kOutput)) return false;
    if (!server_.options_.ends_channel) return true;
    ssh_channel_send_eof(channel);
    ssh_channel_close(channel);
    return true;
  }

  /// Has the client asked for a channel that it never wanted: as X11 forwarding would.
  void open_unasked() {
    ssh_set_blocking(session_, 0);
    (void)ssh_channel_open_x11(ssh_channel_new(session_), "127.0.0.1", 6000);  // what comes of it is the client's
    ssh_set_blocking(session_, 1);
  }

  bool run(ssh_channel channel) {
    const auto& options = server_.options_;
    const auto size = static_cast<std::uint32_t>(options.output.size());
    do {
      if (size > 0 && ssh_channel_write(channel, options.output.data(), size) < 0) return false;
    } while (options.endless && !server_.stopping_);
    if (fails(At::kOutput)) return false;
    if (!options.error.empty())
      ssh_channel_write_stderr(channel, options.error.data(), static_cast<std::uint32_t>(options.error.size()));
    ssh_channel_send_eof(channel);
    if (options.status >= 0) ssh_channel_request_send_exit_status(channel, options.status);
    if (options.ends_channel) ssh_channel_close(channel);
    return true;
  }

  SshServer& server_;
  const int fd_;
  ssh_session session_ = nullptr;
  bool asked_ = false;
  std::thread thread_;
};

SshServer::SshServer(Options options) : options_(std::move(options)) {
  std::signal(SIGPIPE, SIG_IGN);
  ssh_key key = nullptr;
  CHECK(ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK);
  host_key_ = key;
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 64) == 0);
  CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

void SshServer::accept() {
  while (!stopping_) {
    int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) break;
    ++accepted_;
    int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    std::scoped_lock lock(mutex_);
    connections_.push_back(std::make_unique<Connection>(*this, fd));
  }
}

SshServer::~SshServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  connections_.clear();
  ssh_key_free(static_cast<ssh_key>(host_key_));
}

}  // namespace holter::testing
