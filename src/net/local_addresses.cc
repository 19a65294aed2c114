#include "net/local_addresses.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

namespace holter::net {
namespace {

std::optional<IpBlock> block_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;  // an interface without one
  IpBlock block;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    block.address[10] = block.address[11] = 0xFF;
    std::memcpy(block.address.data() + 12, &v4.sin_addr, 4);
    return block;
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  std::memcpy(block.address.data(), &v6.sin6_addr, 16);
  return block;
}

}  // namespace

std::vector<IpBlock> addresses_of(const ifaddrs* interfaces) {
  std::vector<IpBlock> all{*parse_ip_block("127.0.0.0/8")};
  for (const auto* each = interfaces; each != nullptr; each = each->ifa_next) {
    auto block = block_of(each->ifa_addr);
    if (!block || all.front().holds(block->address, 0)) continue;
    if (std::ranges::find(all, *block) == all.end()) all.push_back(*block);
  }
  return all;
}

Result<std::vector<IpBlock>> local_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return Error(ErrorCode::kUnavailable,
                 fmt::format("cannot read the addresses of this machine: {}", std::strerror(errno)));
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(list, &::freeifaddrs);
  return addresses_of(owned.get());
}

}  // namespace holter::net
