#include "net/curl_multi.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <cstring>
#include <new>
#include <utility>

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/foreign_memory.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

/// A number that no other socket of this boot has; 0 for what is no socket (any more).
std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

std::size_t connection_bytes(bool tls) {
  return foreign_charge(CurlMulti::kOwnBytes, tls ? CurlMulti::kTlsBytes : CurlMulti::kPlainBytes);
}

/// The resolver has been asked before; this holds whatever address libcurl takes. An address of another family than IP
/// is none that it should have.
bool may_reach(const TargetPolicy& policy, const curl_sockaddr& to) {
  boost::asio::ip::tcp::endpoint endpoint;
  if ((to.family != AF_INET && to.family != AF_INET6) || to.addrlen > endpoint.capacity()) return false;
  std::memcpy(endpoint.data(), &to.addr, to.addrlen);
  endpoint.resize(to.addrlen);
  return policy.allows(endpoint.address(), endpoint.port());
}

}  // namespace

/// A socket of libcurl, which owns the descriptor.
struct CurlMulti::Watch {
  Watch(runtime::Executor executor, int number) : fd(number), descriptor(executor) {}
  const int fd;
  Descriptor descriptor;
  bool want_read = false, want_write = false;
  bool reading = false, writing = false;
  bool removed = false;
};

bool CurlListener::peer_is_there() const {
  sockaddr_storage peer;
  socklen_t size = sizeof(peer);
  return newest_socket_ >= 0 && ::getpeername(newest_socket_, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

void CurlListener::hang_up() const {
  if (multi_ == nullptr || newest_socket_ < 0) return;
  auto connection = multi_->connections_.find(newest_socket_);
  if (connection != multi_->connections_.end() && cookie_of(newest_socket_) == connection->second.cookie)
    ::shutdown(newest_socket_, SHUT_RDWR);
}

CurlMulti::CurlMulti(runtime::Executor executor, const TargetPolicy& policy, memory::Account& account,
                     std::size_t max_connections, std::size_t max_per_host)
    : executor_(executor), policy_(policy), account_(account), timer_(executor) {
  static const CURLcode kLibrary = [] {
    // OpenSSL writes with write(2), which would end the process when the peer is gone.
    std::signal(SIGPIPE, SIG_IGN);
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  CHECK(kLibrary == CURLE_OK);
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(max_connections));
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(max_per_host));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections / 4 + 1));
}

CurlMulti::~CurlMulti() {
  CHECK(multi_ == nullptr);
}

void CurlMulti::close() {
  if (multi_ == nullptr) return;
  timer_.cancel();
  for (auto [easy, listener] : std::exchange(listeners_, {})) {
    curl_multi_remove_handle(multi_, easy);
    listener->on_done(CURLE_ABORTED_BY_CALLBACK);
  }
  curl_multi_cleanup(std::exchange(multi_, nullptr));
  while (!connections_.empty()) {  // those that libcurl closed without a word
    auto fd = connections_.begin()->first;
    CHECK(cookie_of(fd) != connections_.begin()->second.cookie);
    forget(fd);
  }
  authorities_.reset();
}

Status CurlMulti::add(void* easy, bool tls, memory::Account* reserve, CurlListener* listener) {
  if (multi_ == nullptr) return Error(ErrorCode::kCancelled, "shutting down");
  auto open = [](void* owner, curlsocktype, curl_sockaddr* address) -> curl_socket_t {
    return on_open(owner, address);
  };
  auto shut = [](void* self, curl_socket_t fd) -> int { return on_close(self, fd); };
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, static_cast<curl_opensocket_callback>(open));
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, listener);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, static_cast<curl_closesocket_callback>(shut));
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  listener->multi_ = this;
  listener->tls_ = tls;
  listener->reserve_ = reserve;
  listener->connection_refused_ = false;
  listener->target_forbidden_ = false;
  listener->newest_socket_ = -1;
  listeners_[easy] = listener;
  if (auto code = curl_multi_add_handle(multi_, easy); code != CURLM_OK) {
    listeners_.erase(easy);
    return Error(ErrorCode::kResourceExhausted, curl_multi_strerror(code));
  }
  return {};
}

void CurlMulti::starve() {
  for (auto [easy, listener] : listeners_) listener->on_done(CurlListener::kStarved);
}

void CurlMulti::remove(void* easy) {
  auto found = listeners_.find(easy);
  if (found != listeners_.end()) {
    int fd = found->second->newest_socket_;
    listeners_.erase(found);
    curl_multi_remove_handle(multi_, easy);
    // libcurl 7.88 closes a socket that is still connecting without a word.
    auto connection = connections_.find(fd);
    if (connection != connections_.end() && cookie_of(fd) != connection->second.cookie) forget(fd);
  }
  if (retired_ && listeners_.empty()) close();
}

void CurlMulti::retire() {
  retired_ = true;
  if (listeners_.empty()) close();
}

memory::Account* CurlMulti::charge(bool tls, memory::Account* reserve) try {
  auto bytes = connection_bytes(tls);
  for (auto* account : {&account_, reserve}) {
    if (account == nullptr) continue;
    auto authorities = memory::Reservation();
    if (tls && authorities_.bytes() == 0 && !foreign_memory_installed()) {
      auto reserved = account->reserve(kAuthoritiesBytes);
      if (!reserved) continue;
      authorities = std::move(*reserved);
    }
    if (!account->try_reserve(bytes)) continue;
    if (authorities.bytes() > 0) authorities_ = std::move(authorities);
    return account;
  }
  return nullptr;
} catch (const std::bad_alloc&) {
  return nullptr;
}

int CurlMulti::on_open(void* listener, void* address) {
  auto& owner = *static_cast<CurlListener*>(listener);
  auto& multi = *owner.multi_;
  const auto& wanted = *static_cast<curl_sockaddr*>(address);
  if (!may_reach(multi.policy_, wanted)) {
    owner.target_forbidden_ = true;
    return CURL_SOCKET_BAD;
  }
  auto bytes = connection_bytes(owner.tls_);
  auto* account = multi.charge(owner.tls_, owner.reserve_);
  if (account == nullptr) {
    owner.connection_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  int fd = ::socket(wanted.family, wanted.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, wanted.protocol);
  if (fd >= 0) {
    try {
      multi.forget(fd);
      multi.connections_[fd] = {account, bytes, cookie_of(fd)};
      owner.newest_socket_ = fd;
      return fd;
    } catch (const std::bad_alloc&) {
      owner.connection_refused_ = true;
      ::close(fd);
    }
  }
  account->release(bytes);
  return CURL_SOCKET_BAD;
}

int CurlMulti::on_close(void* self, int fd) {
  auto& multi = *static_cast<CurlMulti*>(self);
  multi.forget(fd);
  return ::close(fd);
}

void CurlMulti::forget(int fd) {
  auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  found->second.account->release(found->second.bytes);
  connections_.erase(found);
}

int CurlMulti::on_socket(void* easy, int fd, int what, void* self, void*) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (!multi.watch(fd, what)) {
    // An error from here would end the whole multi handle: end this transfer instead.
    if (auto found = multi.listeners_.find(easy); found != multi.listeners_.end())
      found->second->on_done(CurlListener::kStarved);
  }
  return 0;
}

/// Called by libcurl, which no exception may pass.
bool CurlMulti::watch(int fd, int what) try {
  auto found = watches_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (found == watches_.end()) return true;
    found->second->removed = true;
    found->second->descriptor.release();
    watches_.erase(found);
    return true;
  }
  if (multi_ == nullptr) return true;  // within close()
  if (found == watches_.end()) {
    // Listed before it has the descriptor, which it would close if it were dropped between.
    found = watches_.emplace(fd, std::make_shared<Watch>(executor_, fd)).first;
    boost::system::error_code failure;
    try {
      found->second->descriptor.assign(fd, failure);
    } catch (const std::bad_alloc&) {
      watches_.erase(found);
      throw;
    }
    if (failure) {
      watches_.erase(found);
      log::warning("net", "cannot watch a connection: {}", failure.message());
      return false;
    }
  }
  found->second->want_read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
  found->second->want_write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
  wait(found->second);
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

void CurlMulti::wait(const std::shared_ptr<Watch>& watch) {
  if (watch->want_read && !watch->reading) {
    watch->descriptor.async_wait(Descriptor::wait_read,
                                 [self = shared_from_this(), watch](boost::system::error_code failure) {
                                   watch->reading = false;
                                   if (!failure) self->act(watch, CURL_CSELECT_IN);
                                 });
    watch->reading = true;
  }
  if (watch->want_write && !watch->writing) {
    watch->descriptor.async_wait(Descriptor::wait_write,
                                 [self = shared_from_this(), watch](boost::system::error_code failure) {
                                   watch->writing = false;
                                   if (!failure) self->act(watch, CURL_CSELECT_OUT);
                                 });
    watch->writing = true;
  }
}

void CurlMulti::act(const std::shared_ptr<Watch>& watch, int flags) {
  if (watch->removed || multi_ == nullptr) return;  // libcurl let go of it while this was on its way
  bool wanted = flags == CURL_CSELECT_IN ? watch->want_read : watch->want_write;
  int running = 0;
  if (wanted) curl_multi_socket_action(multi_, watch->fd, flags, &running);
  tell_done();
  if (watch->removed || multi_ == nullptr) return;
  try {
    wait(watch);
  } catch (const std::bad_alloc&) {
    starve();
  }
}

int CurlMulti::on_timer(void*, long timeout_ms, void* self) {
  static_cast<CurlMulti*>(self)->set_timer(timeout_ms);
  return 0;
}

void CurlMulti::set_timer(long timeout_ms) {
  timer_.cancel();
  if (timeout_ms < 0 || multi_ == nullptr) return;
  try {
    timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    timer_.async_wait([self = shared_from_this()](boost::system::error_code failure) {
      if (failure || self->multi_ == nullptr) return;
      int running = 0;
      curl_multi_socket_action(self->multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      self->tell_done();
    });
  } catch (const std::bad_alloc&) {
    starve();
  }
}

void CurlMulti::tell_done() {
  int left = 0;
  while (auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    auto found = listeners_.find(message->easy_handle);
    if (found != listeners_.end()) found->second->on_done(message->data.result);
  }
}

}  // namespace holter::net
