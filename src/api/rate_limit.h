#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::api {

/// How many requests a second each caller may make: a bucket of tokens for each, that holds twice the rate. Callers are
/// addresses (of IPv6 each /64, which is what one host can choose from), or whatever has a number. Knows the last
/// kMostCallers; whoever was not heard of for longest is forgotten, which gives a full bucket. Threads: one at a time.
class RateLimit {
 public:
  static constexpr std::size_t kMostCallers = 1024;

  /// `per_second` 0: no limit. The account pays for the table at once.
  RateLimit(unsigned per_second, const Clock& clock, memory::Account& account);
  /// Errors of the constructor: kResourceExhausted.
  const Status& status() const { return status_; }

  /// Takes a token. 0, or after how many seconds there is one again.
  unsigned take(const boost::asio::ip::address& caller);
  unsigned take(std::uint64_t caller);
  /// A token that was taken goes back, unless the caller was forgotten meanwhile.
  void give_back(const boost::asio::ip::address& caller);
  std::size_t callers() const { return buckets_.size(); }

 private:
  using Key = std::array<std::uint8_t, 9>;
  struct Bucket {
    double tokens;
    MonoTime at;
  };
  static Key key_of(const boost::asio::ip::address& caller);
  unsigned take(const Key& key);
  void forget_one();

  const double per_second_;
  const Clock& clock_;
  Status status_;
  memory::Reservation charged_;
  boost::unordered_flat_map<Key, Bucket> buckets_;
};

/// Both limits of a server. Each request takes a token of its address; once a token of the API or a session has let it
/// in, it takes one of that instead. So who is known is limited wherever he comes from, and does not keep others out
/// who come by the same address, as behind a proxy.
struct RateLimits {
  RateLimit addresses, callers;

  RateLimits(unsigned per_second, const Clock& clock, memory::Account& account)
      : addresses(per_second, clock, account), callers(per_second, clock, account) {}
};

/// The limits, for one request. Lifetime: the limits outlive it.
class RequestRate {
 public:
  RequestRate(RateLimits& limits, const boost::asio::ip::address& address) : limits_(limits), address_(address) {}

  /// 0, or the seconds to wait; as the request comes.
  unsigned begin() { return limits_.addresses.take(address_); }
  /// 0, or the seconds to wait; when it is known who asks, by a number of his own.
  unsigned know(std::uint64_t caller) {
    limits_.addresses.give_back(address_);
    return limits_.callers.take(caller);
  }

 private:
  RateLimits& limits_;
  const boost::asio::ip::address address_;
};

}  // namespace holter::api
