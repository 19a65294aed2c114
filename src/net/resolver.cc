#include "net/resolver.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <new>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"
#include "net/dns_cache.h"
#include "net/dns_channel.h"
#include "net/foreign_memory.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using Addresses = std::vector<IpAddress>;

/// What c-ares holds for one lookup: two queries (A and AAAA) with their packets, and our own node.
constexpr std::size_t kQueryBytes = 4 * 1024;
constexpr std::size_t kOwnQueryBytes = 512;  // of it, not c-ares'

std::optional<IpAddress> parse_literal(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.size() > 64) return std::nullopt;
  boost::system::error_code failure;
  auto address = asio::ip::make_address(host, failure);
  return failure ? std::nullopt : std::optional(address);
}

/// Why `host` is no name that DNS could know (RFC 1035: labels of 1 to 63, 253 in all), or null. Underscores are common
/// in the field and pass.
const char* fault_of(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return "it is empty";
  if (host.size() > 253) return "it is longer than 253 characters";
  std::size_t label = 0;
  for (unsigned char c : host) {
    if (c >= 0x80) return "it is not ASCII; write it in its xn-- form";
    if (c != '.' && c != '-' && c != '_' && std::isalnum(c) == 0) return "not a host name";
    if (c == '.' && label == 0) return "it has an empty label";
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return "a label is longer than 63 characters";
  }
  return label == 0 ? "it has an empty label" : nullptr;
}

}  // namespace

/// Shared with lookups that wait, so that their end may come after the resolver's.
class Resolver::Impl {
 public:
  Impl(ResolverOptions options, runtime::Executor executor, const Clock& clock, memory::Account& account)
      : options_(std::move(options)),
        executor_(executor),
        account_(account),
        channel_(std::make_shared<DnsChannel>(executor)),
        cache_(std::in_place, options_.max_entries, clock, account) {}

  void close() {
    channel_->close();  // ends each query with kCancelled
    cache_.reset();
    closed_ = true;
  }

  bool closed() const { return closed_; }

  void shrink() {
    if (cache_) cache_->clear();
  }

  static asio::awaitable<Result<Addresses>> resolve(std::shared_ptr<Impl> self, std::string host, MonoTime deadline) {
    ++self->stats_.lookups;
    if (auto literal = parse_literal(host)) co_return Addresses{*literal};
    if (const char* fault = fault_of(host))
      co_return Error(ErrorCode::kInvalidArgument, fmt::format("cannot resolve '{}': {}", excerpt(host), fault));
    std::ranges::transform(host, host.begin(), [](unsigned char c) { return std::tolower(c); });
    if (self->closed_) co_return Error(ErrorCode::kCancelled, fmt::format("cannot resolve {}: shutting down", host));
    if (const auto* cached = self->cache_->find(host)) {
      ++self->stats_.hits;
      co_return *cached;
    }
    CO_TRY(auto query, self->start(host));
    Waiter waiter(self->executor_, deadline, *query);
    boost::system::error_code failure;
    if (!query->result) co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (!query->result && !failure) self->channel_->end_if_starved();
    if (query->result) co_return *query->result;
    if (failure) co_return Error(ErrorCode::kCancelled, fmt::format("cannot resolve {}: cancelled", host));
    co_return Error(ErrorCode::kTimeout, fmt::format("cannot resolve {}: no name server answered in time", host));
  }

  const Stats& stats() const {
    stats_.entries = cache_ ? cache_->size() : 0;
    return stats_;
  }

 private:
  /// One lookup under way, shared by all who wait for it.
  struct Query {
    std::vector<asio::steady_timer*> waiters;  ///< cancelled when the result is there
    std::optional<Result<Addresses>> result;
    memory::Reservation charged;
  };
  struct Waiter {
    Waiter(runtime::Executor executor, MonoTime deadline, Query& awaited) : timer(executor, deadline), query(awaited) {
      query.waiters.push_back(&timer);
    }
    ~Waiter() { std::erase(query.waiters, &timer); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    asio::steady_timer timer;
    Query& query;
  };

  Result<std::shared_ptr<Query>> start(const std::string& host) {
    if (auto running = queries_.find(host); running != queries_.end()) return running->second;
    if (queries_.size() >= options_.max_queries)
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot resolve {}: {} lookups are under way", host, queries_.size()));
    TRY_OK(channel_->open(options_.servers));
    auto query = std::make_shared<Query>();
    TRY(query->charged, account_.reserve(foreign_charge(kOwnQueryBytes, kQueryBytes)));
    queries_[host] = query;
    try {
      // The answer may come within this call, e.g. for names of the hosts file.
      channel_->query(host, [this, host, query](DnsAnswer answer) { answered(host, *query, std::move(answer)); });
    } catch (const std::bad_alloc&) {  // nobody would ever answer those who come to wait here
      queries_.erase(host);
      throw;
    }
    ++stats_.queries;
    return query;
  }

  void answered(const std::string& host, Query& query, DnsAnswer answer) {
    query.result = std::move(answer.addresses);
    query.charged.reset();
    auto code = *query.result ? std::nullopt : std::optional(query.result->error().code());
    if (code) ++stats_.failures;
    if (!code)
      cache_->put(host, *query.result, std::clamp(answer.ttl, options_.least_ttl, options_.most_ttl));
    else if (code == ErrorCode::kNotFound)
      cache_->put(host, *query.result, options_.negative_ttl);
    for (auto* waiter : query.waiters) waiter->cancel();
    queries_.erase(host);
  }

  const ResolverOptions options_;
  const runtime::Executor executor_;
  memory::Account& account_;
  const std::shared_ptr<DnsChannel> channel_;
  std::optional<DnsCache> cache_;
  boost::unordered_flat_map<std::string, std::shared_ptr<Query>> queries_;
  bool closed_ = false;
  mutable Stats stats_;
};

Resolver::Resolver(ResolverOptions options, runtime::Executor executor, const Clock& clock, memory::Account& account)
    : impl_(std::make_shared<Impl>(std::move(options), executor, clock, account)) {}
Resolver::~Resolver() {
  impl_->close();
}
asio::awaitable<Result<Addresses>> Resolver::resolve(std::string host, std::uint16_t port, MonoTime deadline) {
  // The cache holds all addresses: rules may change, and a port may be forbidden where the next is not.
  auto impl = impl_;
  CO_TRY(auto addresses, co_await Impl::resolve(impl, host, deadline));
  if (impl->closed()) co_return Error(ErrorCode::kCancelled, fmt::format("cannot resolve {}: shutting down", host));
  auto refused = policy_.check(host, addresses.front(), port);
  std::erase_if(addresses, [&](const IpAddress& address) { return !policy_.allows(address, port); });
  if (addresses.empty()) co_return std::move(refused).error();
  co_return addresses;
}
void Resolver::shrink() {
  impl_->shrink();
}
const Resolver::Stats& Resolver::stats() const {
  return impl_->stats();
}

}  // namespace holter::net
