#include "testing/scripted_peer.h"

#include <csignal>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace holter::testing {
namespace {

struct Bound {
  int fd;
  std::uint16_t port;
};

Bound bind_loopback(bool v6) {
  int fd = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(fd >= 0);
  sockaddr_in6 six{.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = v6 ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
  socklen_t size = v6 ? sizeof(six) : sizeof(four);
  CHECK(::bind(fd, address, size) == 0);
  CHECK(::getsockname(fd, address, &size) == 0);
  return {fd, ntohs(v6 ? six.sin6_port : four.sin_port)};
}

SSL_CTX* make_context(const Certificate& certificate) {
  auto* context = SSL_CTX_new(TLS_server_method());
  auto* chain = BIO_new_mem_buf(certificate.certificate.data(), -1);
  auto* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  CHECK(leaf != nullptr && SSL_CTX_use_certificate(context, leaf) == 1);
  X509_free(leaf);
  while (auto* more = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr)) SSL_CTX_add_extra_chain_cert(context, more);
  auto* key_text = BIO_new_mem_buf(certificate.key.data(), -1);
  auto* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  CHECK(key != nullptr && SSL_CTX_use_PrivateKey(context, key) == 1);
  EVP_PKEY_free(key);
  BIO_free(chain);
  BIO_free(key_text);
  return context;
}

}  // namespace

class ScriptedPeer::Connection {
 public:
  Connection(int fd, const Certificate* tls) : fd_(fd) {
    if (tls == nullptr) return;
    context_ = make_context(*tls);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
  }
  ~Connection() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    finish(false);
  }

  bool handshake() { return ssl_ == nullptr || SSL_accept(ssl_) == 1; }
  long read(char* into, std::size_t size) {
    if (ssl_ != nullptr) return SSL_read(ssl_, into, static_cast<int>(size));
    return ::recv(fd_, into, size, 0);
  }
  bool write(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      long n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data() + sent, static_cast<int>(bytes.size() - sent))
                               : ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }
  void wake() {
    std::scoped_lock lock(mutex_);
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
  }
  void finish(bool reset) {
    std::scoped_lock lock(mutex_);
    if (fd_ < 0) return;
    linger hard{1, 0};
    if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    if (ssl_ != nullptr && !reset) SSL_shutdown(ssl_);
    ::close(std::exchange(fd_, -1));
  }

  std::string unread;  ///< received, not yet expected

 private:
  std::mutex mutex_;
  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

ScriptedPeer::ScriptedPeer(std::vector<Script> scripts, Options options)
    : scripts_(std::move(scripts)), options_(options) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that are gone
  auto bound = bind_loopback(options_.v6);
  listener_ = bound.fd;
  port_ = bound.port;
  CHECK(::listen(listener_, 64) == 0);
  acceptor_ = std::thread([this] { accept(); });
}

ScriptedPeer::~ScriptedPeer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (auto& connection : connections_) connection->wake();
  for (auto& player : players_) player.join();
}

std::string ScriptedPeer::url(const std::string& path) const {
  return fmt::format("{}://{}:{}{}", options_.tls != nullptr ? "https" : "http", options_.v6 ? "[::1]" : "127.0.0.1",
                     port_, path);
}

std::string ScriptedPeer::received() const {
  std::scoped_lock lock(mutex_);
  return received_;
}

void ScriptedPeer::accept() {
  while (!stopping_) {
    int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    auto number = accepted_++;
    connections_.push_back(std::make_unique<Connection>(fd, options_.tls));
    const auto& script = scripts_[std::min(number, scripts_.size() - 1)];
    players_.emplace_back([this, connection = connections_.back().get(), &script] { play(*connection, script); });
  }
}

void ScriptedPeer::play(Connection& connection, const Script& script) {
  if (!connection.handshake()) return connection.finish(false);
  auto read_more = [&] {
    char piece[4096];
    long n = connection.read(piece, sizeof(piece));
    if (n <= 0) return false;
    connection.unread.append(piece, static_cast<std::size_t>(n));
    std::scoped_lock lock(mutex_);
    received_.append(piece, static_cast<std::size_t>(n));
    return true;
  };
  for (const auto& step : script) {
    switch (step.kind) {
      case Step::Kind::kExpect: {
        std::size_t at = 0;
        while ((at = connection.unread.find(step.text)) == std::string::npos)
          if (!read_more()) return connection.finish(false);
        connection.unread.erase(0, at + step.text.size());
        break;
      }
      case Step::Kind::kSend:
        if (!connection.write(step.text)) return connection.finish(false);
        break;
      case Step::Kind::kSendForever:
        while (!stopping_ && connection.write(step.text)) {
        }
        return connection.finish(false);
      case Step::Kind::kStall:
        while (read_more()) {
        }
        return connection.finish(false);
      case Step::Kind::kClose:
        return connection.finish(false);
      case Step::Kind::kReset:
        return connection.finish(true);
    }
  }
  connection.finish(false);
}

std::uint16_t unused_port() {
  auto bound = bind_loopback(false);
  ::close(bound.fd);
  return bound.port;
}

}  // namespace holter::testing
