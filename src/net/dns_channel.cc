#include "net/dns_channel.h"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <ares.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>

#include "base/check.h"
#include "base/log.h"
#include "base/units.h"
#include "net/foreign_memory.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

constexpr std::size_t kMostAddresses = 64;  // an answer of hostile length is cut

Error to_error(const std::string& host, int status) {
  switch (status) {
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
      return {ErrorCode::kCancelled, fmt::format("cannot resolve {}: shutting down", host)};
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
      return {ErrorCode::kNotFound, fmt::format("unknown host: {}", host)};
    case ARES_EBADNAME:
      return {ErrorCode::kInvalidArgument, fmt::format("cannot resolve '{}': not a host name", excerpt(host))};
    case ARES_ETIMEOUT:
      return {ErrorCode::kTimeout, fmt::format("cannot resolve {}: no name server answered in time", host)};
    case ARES_ENOMEM:
      return {ErrorCode::kResourceExhausted, fmt::format("cannot resolve {}: no memory", host)};
    default:
      return {ErrorCode::kUnavailable, fmt::format("cannot resolve {}: {}", host, ares_strerror(status))};
  }
}

template <class Address>
IpAddress address_from(const void* source) {
  typename Address::bytes_type bytes;
  std::memcpy(bytes.data(), source, bytes.size());
  return Address(bytes);
}

DnsAnswer to_answer(const std::string& host, const ares_addrinfo& info) {
  std::vector<IpAddress> v4;
  std::vector<IpAddress> v6;
  int ttl = info.nodes != nullptr ? info.nodes->ai_ttl : 0;
  for (const auto* node = info.nodes; node != nullptr; node = node->ai_next) {
    ttl = std::min(ttl, node->ai_ttl);
    if (node->ai_family == AF_INET && v4.size() < kMostAddresses)
      v4.push_back(address_from<asio::ip::address_v4>(&reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr));
    else if (node->ai_family == AF_INET6 && v6.size() < kMostAddresses)
      v6.push_back(
          address_from<asio::ip::address_v6>(&reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr));
  }
  v4.insert(v4.end(), v6.begin(), v6.begin() + static_cast<long>(std::min(v6.size(), kMostAddresses - v4.size())));
  if (v4.empty()) return {Error(ErrorCode::kNotFound, fmt::format("unknown host: {} (it has no address)", host)), {}};
  return {std::move(v4), seconds(std::max(ttl, 0))};
}

}  // namespace

struct DnsChannel::Watch {
  Watch(runtime::Executor executor, int number) : fd(number), descriptor(executor) {}
  const int fd;
  Descriptor descriptor;
  bool readable = false, writable = false;  ///< what c-ares wants to know
  bool reading = false, writing = false;    ///< what is being waited for
};

DnsChannel::~DnsChannel() {
  CHECK(channel_ == nullptr);
}

Status DnsChannel::open(const std::vector<std::string>& servers) {
  if (channel_ != nullptr) return {};
  static const int kLibrary = ares_library_init(ARES_LIB_INIT_ALL);
  CHECK(kLibrary == ARES_SUCCESS);
  ares_options options{};
  options.flags = ARES_FLAG_NOALIASES;
  options.timeout = 2000;
  options.tries = 2;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<DnsChannel*>(self)->watch(fd, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = this;
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  int status = ares_init_options(&channel_, &options, mask);
  if (status == ARES_SUCCESS && !servers.empty())
    status = ares_set_servers_ports_csv(channel_, fmt::format("{}", fmt::join(servers, ",")).c_str());
  if (status == ARES_SUCCESS) return {};
  if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
  auto code = status == ARES_ENOMEM ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable;
  return Error(code, fmt::format("cannot set up name resolution with the servers '{}': {}", fmt::join(servers, ","),
                                 ares_strerror(status)));
}

void DnsChannel::close() {
  timer_.cancel();
  if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));  // calls every `done`, closes every socket
}

void DnsChannel::query(const std::string& host, std::function<void(DnsAnswer)> done) {
  CHECK(channel_ != nullptr);
  auto pending = std::make_unique<Pending>(Pending{this, host, std::move(done), foreign_refusals()});
  ++pending_;
  ares_addrinfo_hints hints{.ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &DnsChannel::on_answer, pending.release());
  keep_time();
  end_if_starved();
}

void DnsChannel::end_if_starved() {
  if (!starved_ || channel_ == nullptr) return;
  ares_cancel(channel_);
  starved_ = false;
}

void DnsChannel::on_answer(void* argument, int status, int, ares_addrinfo* info) {
  std::unique_ptr<Pending> pending(static_cast<Pending*>(argument));
  std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(info, &ares_freeaddrinfo);
  --pending->channel->pending_;
  bool starved = pending->channel->starved_ || foreign_refusals() != pending->refusals;
  if (starved && status != ARES_SUCCESS) status = ARES_ENOMEM;
  DnsAnswer answer{Error(ErrorCode::kResourceExhausted, "no memory"), {}};  // short: needs none itself
  // No exception may pass through c-ares, which called this.
  try {
    if (status == ARES_SUCCESS && info != nullptr)
      answer = to_answer(pending->host, *info);
    else
      answer = {to_error(pending->host, status), {}};
  } catch (const std::bad_alloc&) {
  }
  pending->done(std::move(answer));
}

/// Called by c-ares, which no exception may pass.
void DnsChannel::watch(int fd, bool readable, bool writable) noexcept try {
  auto found = watches_.find(fd);
  if (!readable && !writable) {
    if (found == watches_.end()) return;
    found->second->descriptor.release();  // c-ares closes it
    watches_.erase(found);
    return;
  }
  if (channel_ == nullptr) return;  // within close()
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
    if (failure) {  // the query then ends by its timeout
      watches_.erase(found);
      log::warning("net", "cannot watch a socket of a name server: {}", failure.message());
      return;
    }
  }
  found->second->readable = readable;
  found->second->writable = writable;
  wait(found->second);
} catch (const std::bad_alloc&) {
  starved_ = true;
}

void DnsChannel::wait(const std::shared_ptr<Watch>& watch) {
  if (watch->readable && !watch->reading) {
    watch->descriptor.async_wait(Descriptor::wait_read,
                                 [self = shared_from_this(), watch](boost::system::error_code failure) {
                                   watch->reading = false;
                                   if (!failure) self->process(watch, true);
                                 });
    watch->reading = true;
  }
  if (watch->writable && !watch->writing) {
    watch->descriptor.async_wait(Descriptor::wait_write,
                                 [self = shared_from_this(), watch](boost::system::error_code failure) {
                                   watch->writing = false;
                                   if (!failure) self->process(watch, false);
                                 });
    watch->writing = true;
  }
}

void DnsChannel::process(const std::shared_ptr<Watch>& watch, bool readable) {
  auto watched = [&] {
    auto found = watches_.find(watch->fd);
    return channel_ != nullptr && found != watches_.end() && found->second == watch;
  };
  if (!watched()) return;  // c-ares let go of the socket while this was on its way
  ares_process_fd(channel_, readable ? watch->fd : ARES_SOCKET_BAD, readable ? ARES_SOCKET_BAD : watch->fd);
  try {
    if (watched()) wait(watch);
  } catch (const std::bad_alloc&) {
    starved_ = true;
  }
  keep_time();
  end_if_starved();
}

void DnsChannel::keep_time() noexcept try {
  timeval left{};
  if (channel_ == nullptr || pending_ == 0 || ares_timeout(channel_, nullptr, &left) == nullptr) return;
  timer_.expires_after(seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) + milliseconds(1));
  timer_.async_wait([self = shared_from_this()](boost::system::error_code failure) {
    if (failure || self->channel_ == nullptr) return;
    ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    self->keep_time();
    self->end_if_starved();
  });
} catch (const std::bad_alloc&) {
  starved_ = true;
}

}  // namespace holter::net
