#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::api {

/// How many requests a second each caller may make: a bucket of tokens for each address (of IPv6 for each /64, which is
/// what one host can choose from), that holds twice the rate. Knows the last kMostCallers; whoever was not heard of for
/// longest is forgotten, which gives a full bucket. Threads: one at a time.
class RateLimit {
 public:
  static constexpr std::size_t kMostCallers = 1024;

  /// `per_second` 0: no limit. The account pays for the table at once.
  RateLimit(unsigned per_second, const Clock& clock, memory::Account& account);
  /// Errors of the constructor: kResourceExhausted.
  const Status& status() const { return status_; }

  /// Takes a token. 0, or after how many seconds there is one again.
  unsigned take(const boost::asio::ip::address& caller);
  std::size_t callers() const { return buckets_.size(); }

 private:
  using Key = std::array<std::uint8_t, 9>;
  struct Bucket {
    double tokens;
    MonoTime at;
  };
  void forget_one();

  const double per_second_;
  const Clock& clock_;
  Status status_;
  memory::Reservation charged_;
  boost::unordered_flat_map<Key, Bucket> buckets_;
};

}  // namespace holter::api
