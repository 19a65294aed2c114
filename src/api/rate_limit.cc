#include "api/rate_limit.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace holter::api {
namespace {

/// A second of no request more than the rate, and as much again at once.
constexpr double kBurstSeconds = 2;

}  // namespace

RateLimit::Key RateLimit::key_of(const boost::asio::ip::address& address) {
  Key key{};
  if (address.is_v4()) {
    std::ranges::copy(address.to_v4().to_bytes(), key.begin());
    return key;
  }
  key[8] = 1;
  auto bytes = address.to_v6().to_bytes();
  std::copy_n(bytes.begin(), 8, key.begin());
  return key;
}

RateLimit::RateLimit(unsigned per_second, const Clock& clock, memory::Account& account)
    : per_second_(per_second), clock_(clock) {
  if (per_second == 0) return;
  // Open addressing, at most 7 of 8 places taken, in powers of two.
  auto charged = account.reserve(kMostCallers * 2 * (sizeof(std::pair<Key, Bucket>) + 2));
  if (!charged) {
    status_ = std::move(charged).error();
    return;
  }
  charged_ = std::move(*charged);
  buckets_.reserve(kMostCallers);
}

unsigned RateLimit::take(const boost::asio::ip::address& caller) {
  return take(key_of(caller));
}

unsigned RateLimit::take(std::uint64_t caller) {
  Key key{};
  std::memcpy(key.data(), &caller, sizeof caller);
  key[8] = 2;
  return take(key);
}

void RateLimit::give_back(const boost::asio::ip::address& caller) {
  if (auto found = buckets_.find(key_of(caller)); found != buckets_.end())
    found->second.tokens = std::min(per_second_ * kBurstSeconds, found->second.tokens + 1);
}

unsigned RateLimit::take(const Key& key) {
  if (per_second_ == 0) return 0;
  auto now = clock_.mono();
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kMostCallers) forget_one();
    found = buckets_.emplace(key, Bucket{per_second_ * kBurstSeconds, now}).first;
  }
  auto& bucket = found->second;
  auto passed = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(per_second_ * kBurstSeconds, bucket.tokens + passed * per_second_);
  bucket.at = now;
  if (bucket.tokens < 1) return static_cast<unsigned>(std::ceil((1 - bucket.tokens) / per_second_));
  bucket.tokens -= 1;
  return 0;
}

void RateLimit::forget_one() {
  buckets_.erase(std::ranges::min_element(buckets_, {}, [](const auto& entry) { return entry.second.at; }));
}

}  // namespace holter::api
