#pragma once

#include <vector>

#include "base/ip_block.h"
#include "base/result.h"

struct ifaddrs;

namespace holter::net {

/// The addresses of this machine at this moment, each once: those of its interfaces (getifaddrs(3)), and all of
/// 127.0.0.0/8, to which Linux answers whatever the interface says. Errors: kUnavailable.
Result<std::vector<IpBlock>> local_addresses();

/// The same of a list that getifaddrs(3) made; other families than IPv4 and IPv6 are left out.
std::vector<IpBlock> addresses_of(const ifaddrs* interfaces);

}  // namespace holter::net
