#include "net/resolver.h"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <list>
#include <optional>

#include <ares.h>
#include <fmt/format.h>
#include <netdb.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using Addresses = std::vector<IpAddress>;

/// One lookup under way, shared by all who wait for it. Outlives the resolver when somebody still waits.
struct Query {
  std::string host;
  std::vector<asio::steady_timer*> waiters;  ///< cancelled when the result is there
  std::optional<Result<Addresses>> result;
};

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 254) return false;
  std::size_t label = 0;
  for (unsigned char c : host) {
    if (c == '.' ? label == 0 : (c <= ' ' || c == 0x7f || std::strchr("/\\?#@:[]<>\"'`%", c) != nullptr)) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return true;
}

}  // namespace

class Resolver::Impl {
 public:
  Impl(ResolverOptions options, runtime::Executor executor, const Clock& clock, memory::Account& account)
      : options_(std::move(options)), executor_(executor), clock_(clock), account_(account), timer_(executor) {
    static const int kLibrary = ares_library_init(ARES_LIB_INIT_ALL);
    CHECK(kLibrary == ARES_SUCCESS);
  }

  ~Impl() {
    closing_ = true;
    if (channel_ != nullptr) ares_destroy(channel_);  // ends each query with ARES_EDESTRUCTION
    while (!cache_.empty()) evict_oldest();
  }

  asio::awaitable<Result<Addresses>> resolve(std::string host, MonoTime deadline) {
    ++stats_.lookups;
    if (auto literal = parse_literal(host)) co_return Addresses{*literal};
    if (host.ends_with('.')) host.pop_back();
    if (!is_host_name(host))
      co_return Error(ErrorCode::kInvalidArgument, fmt::format("cannot resolve '{}': not a host name", excerpt(host)));
    std::ranges::transform(host, host.begin(), [](unsigned char c) { return std::tolower(c); });
    if (const auto* cached = find_cached(host)) {
      ++stats_.hits;
      co_return *cached;
    }
    CO_TRY(auto query, start(host));
    if (!query->result) {
      asio::steady_timer timer(executor_, deadline);
      query->waiters.push_back(&timer);
      boost::system::error_code ignored;  // the wait ends by the result, the deadline, or cancellation
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      std::erase(query->waiters, &timer);
    }
    if (query->result) co_return *query->result;
    if (std::chrono::steady_clock::now() < deadline)
      co_return Error(ErrorCode::kCancelled, fmt::format("cannot resolve {}: cancelled", host));
    co_return Error(ErrorCode::kTimeout, fmt::format("cannot resolve {}: no name server answered in time", host));
  }

  const Stats& stats() const { return stats_; }

 private:
  struct Entry {
    std::string host;
    Result<Addresses> result;
    MonoTime expires;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;
  /// A socket of c-ares, watched by Asio. c-ares owns the descriptor.
  struct Watch {
    explicit Watch(runtime::Executor executor, int fd) : descriptor(executor, fd) {}
    asio::posix::stream_descriptor descriptor;
    bool readable = false, writable = false;
    bool reading = false, writing = false;
  };

  static std::optional<IpAddress> parse_literal(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code failure;
    auto address = asio::ip::make_address(host, failure);
    return failure ? std::nullopt : std::optional(address);
  }

  // --- cache ---

  const Result<Addresses>* find_cached(const std::string& host) {
    auto found = index_.find(host);
    if (found == index_.end()) return nullptr;
    if (found->second->expires > clock_.mono()) return &found->second->result;
    drop(found->second);
    return nullptr;
  }

  void drop(Entries::iterator entry) {
    account_.release(entry->bytes);
    index_.erase(entry->host);
    cache_.erase(entry);
    stats_.entries = cache_.size();
  }
  void evict_oldest() { drop(cache_.begin()); }

  /// No memory for an entry means a query more next time, not a failure.
  void remember(const Query& query, milliseconds ttl) {
    auto bytes = sizeof(Entry) + 2 * query.host.size() + 64;
    if (*query.result) bytes += (*query.result)->size() * sizeof(IpAddress);
    if (auto old = index_.find(query.host); old != index_.end()) drop(old->second);
    while (cache_.size() >= options_.max_entries) evict_oldest();
    if (!account_.try_reserve(bytes)) return;
    cache_.push_back({query.host, *query.result, clock_.mono() + ttl, bytes});
    index_[query.host] = std::prev(cache_.end());
    stats_.entries = cache_.size();
  }

  // --- queries ---

  Result<std::shared_ptr<Query>> start(const std::string& host) {
    if (auto running = queries_.find(host); running != queries_.end()) return running->second;
    if (queries_.size() >= options_.max_queries)
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot resolve {}: {} lookups are under way", host, queries_.size()));
    TRY_OK(open());
    ++stats_.queries;
    auto query = std::make_shared<Query>();
    query->host = host;
    queries_[host] = query;
    ares_addrinfo_hints hints{.ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    // The callback may run within this call, e.g. for names of the hosts file.
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Impl::on_answer, new Context{this, query});
    watch_timeout();
    return query;
  }

  struct Context {
    Impl* impl;
    std::shared_ptr<Query> query;
  };

  static void on_answer(void* argument, int status, int, ares_addrinfo* info) {
    std::unique_ptr<Context> context(static_cast<Context*>(argument));
    context->impl->answered(*context->query, status, info);
    if (info != nullptr) ares_freeaddrinfo(info);
  }

  void answered(Query& query, int status, const ares_addrinfo* info) {
    milliseconds ttl = options_.most_ttl;
    query.result = to_result(query.host, status, info, ttl);
    if (!*query.result) ++stats_.failures;
    auto code = *query.result ? ErrorCode{} : query.result->error().code();
    if (*query.result)
      remember(query, std::clamp(ttl, options_.least_ttl, options_.most_ttl));
    else if (code == ErrorCode::kNotFound)
      remember(query, options_.negative_ttl);
    for (auto* waiter : query.waiters) waiter->cancel();
    if (!closing_) queries_.erase(query.host);
  }

  static Result<Addresses> to_result(const std::string& host, int status, const ares_addrinfo* info,
                                     milliseconds& ttl) {
    if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
      return Error(ErrorCode::kCancelled, fmt::format("cannot resolve {}: shutting down", host));
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA)
      return Error(ErrorCode::kNotFound, fmt::format("unknown host: {}", host));
    if (status == ARES_EBADNAME)
      return Error(ErrorCode::kInvalidArgument, fmt::format("cannot resolve '{}': not a host name", excerpt(host)));
    if (status == ARES_ETIMEOUT)
      return Error(ErrorCode::kTimeout, fmt::format("cannot resolve {}: no name server answered in time", host));
    if (status != ARES_SUCCESS)
      return Error(ErrorCode::kUnavailable, fmt::format("cannot resolve {}: {}", host, ares_strerror(status)));
    Addresses v4;
    Addresses v6;
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
      ttl = std::min<milliseconds>(ttl, seconds(node->ai_ttl));
      if (node->ai_family == AF_INET) {
        asio::ip::address_v4::bytes_type bytes;
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr, bytes.size());
        v4.emplace_back(asio::ip::address_v4(bytes));
      } else if (node->ai_family == AF_INET6) {
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr, bytes.size());
        v6.emplace_back(asio::ip::address_v6(bytes));
      }
    }
    v4.insert(v4.end(), v6.begin(), v6.end());
    constexpr std::size_t kMost = 64;  // an answer of hostile length is cut
    if (v4.size() > kMost) v4.resize(kMost);
    if (v4.empty()) return Error(ErrorCode::kNotFound, fmt::format("unknown host: {} (it has no address)", host));
    return v4;
  }

  // --- c-ares on Asio ---

  Status open() {
    if (channel_ != nullptr) return {};
    ares_options options{};
    options.flags = ARES_FLAG_NOALIASES;
    options.timeout = 2000;
    options.tries = 2;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
      static_cast<Impl*>(self)->watch(fd, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    int status = ares_init_options(&channel_, &options, mask);
    if (status == ARES_SUCCESS && !options_.servers.empty())
      status = ares_set_servers_ports_csv(channel_, fmt::format("{}", fmt::join(options_.servers, ",")).c_str());
    if (status == ARES_SUCCESS) return {};
    if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
    return Error(ErrorCode::kUnavailable, fmt::format("cannot set up name resolution: {}", ares_strerror(status)));
  }

  void watch(ares_socket_t fd, bool readable, bool writable) {
    auto found = watches_.find(fd);
    if (!readable && !writable) {
      if (found == watches_.end()) return;
      found->second->descriptor.release();  // c-ares closes it
      watches_.erase(found);
      return;
    }
    if (closing_) return;
    if (found == watches_.end()) found = watches_.emplace(fd, std::make_shared<Watch>(executor_, fd)).first;
    found->second->readable = readable;
    found->second->writable = writable;
    wait(found->second, fd);
  }

  void wait(const std::shared_ptr<Watch>& watch, ares_socket_t fd) {
    using Descriptor = asio::posix::stream_descriptor;
    if (watch->readable && !watch->reading) {
      watch->reading = true;
      watch->descriptor.async_wait(Descriptor::wait_read, [this, watch, fd](boost::system::error_code failure) {
        watch->reading = false;
        if (!failure) process(watch, fd, fd, ARES_SOCKET_BAD);
      });
    }
    if (watch->writable && !watch->writing) {
      watch->writing = true;
      watch->descriptor.async_wait(Descriptor::wait_write, [this, watch, fd](boost::system::error_code failure) {
        watch->writing = false;
        if (!failure) process(watch, fd, ARES_SOCKET_BAD, fd);
      });
    }
  }

  void process(const std::shared_ptr<Watch>& watch, ares_socket_t fd, ares_socket_t read, ares_socket_t write) {
    ares_process_fd(channel_, read, write);
    auto found = watches_.find(fd);
    if (found != watches_.end() && found->second == watch) wait(watch, fd);
    watch_timeout();
  }

  void watch_timeout() {
    timeval left{};
    if (channel_ == nullptr || queries_.empty() || ares_timeout(channel_, nullptr, &left) == nullptr) return;
    timer_.expires_after(seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) + milliseconds(1));
    timer_.async_wait([this](boost::system::error_code failure) {
      if (failure) return;
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      watch_timeout();
    });
  }

  const ResolverOptions options_;
  const runtime::Executor executor_;
  const Clock& clock_;
  memory::Account& account_;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
  asio::steady_timer timer_;
  boost::unordered_flat_map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  boost::unordered_flat_map<std::string, std::shared_ptr<Query>> queries_;
  Entries cache_;
  boost::unordered_flat_map<std::string, Entries::iterator> index_;
  Stats stats_;
};

Resolver::Resolver(ResolverOptions options, runtime::Executor executor, const Clock& clock, memory::Account& account)
    : impl_(std::make_unique<Impl>(std::move(options), executor, clock, account)) {}
Resolver::~Resolver() = default;
asio::awaitable<Result<Addresses>> Resolver::resolve(std::string host, MonoTime deadline) {
  return impl_->resolve(std::move(host), deadline);
}
const Resolver::Stats& Resolver::stats() const {
  return impl_->stats();
}

}  // namespace holter::net
