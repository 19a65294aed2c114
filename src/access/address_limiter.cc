#include "access/address_limiter.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <iterator>

namespace holter::access {
namespace {

constexpr std::size_t kEntryBytes = 128;

/// The bytes that stand for an address in the table.
std::string key_of(std::string_view address) {
  namespace ip = boost::asio::ip;
  boost::system::error_code failed;
  auto parsed = ip::make_address(std::string(address), failed);
  if (failed) return {};
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) parsed = ip::make_address_v4(ip::v4_mapped, parsed.to_v6());
  if (parsed.is_v4()) {
    auto bytes = parsed.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  auto bytes = parsed.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + 8};
}

}  // namespace

AddressLimiter::AddressLimiter(const Clock& clock, memory::Account& account, const AddressLimiterOptions& options)
    : clock_(clock), options_(options), memory_(account.adopt(0)) {}

Result<seconds> AddressLimiter::take(std::string_view address) {
  auto now = clock_.mono();
  auto key = key_of(address);
  auto found = table_.find(key);
  if (found == table_.end()) {
    TRY_OK(make_room());
    found = table_.emplace(std::move(key), now).first;
  }
  auto full = std::max(found->second, now);
  auto room = options_.interval * (options_.burst - 1);
  if (full - now > room) return std::chrono::ceil<seconds>(full - now - room);
  found->second = full + options_.interval;
  return seconds(0);
}

Status AddressLimiter::make_room() {
  auto now = clock_.mono();
  if (table_.size() >= options_.most) {
    std::erase_if(table_, [&](const auto& entry) { return entry.second <= now; });
    if (table_.size() >= options_.most)
      table_.erase(std::ranges::min_element(table_, {}, [](const auto& entry) { return entry.second; }));
  }
  if (memory_.resize((table_.size() + 1) * kEntryBytes)) return {};
  return Error(ErrorCode::kResourceExhausted, "cannot take a login: no memory for another address; try again later");
}

}  // namespace holter::access
