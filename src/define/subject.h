#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_block.h"
#include "base/result.h"

namespace holter::define {

/// What somebody has typed or pasted and wants watched.
struct Subject {
  enum class Kind : std::uint8_t {
    kUrl,       ///< "https://shop.example:8443/x"
    kEndpoint,  ///< "db1.example:3306": host and port
    kHost,      ///< "db1.example", "192.0.2.7"
    kNetwork,   ///< "192.0.2.0/28"
  };
  Kind kind = Kind::kHost;
  std::string host;        ///< name in lower case or address, without brackets; empty of a network
  std::uint16_t port = 0;  ///< of an endpoint, or of a URL, where the scheme's own counts too; else 0
  bool tls = false;        ///< of a URL: https
  std::string path;        ///< of a URL, with its query: "/x?y=1"; empty for "/"
  IpBlock network;         ///< of a network
};
std::string_view to_string(Subject::Kind kind);

inline constexpr std::size_t kLongestSubject = 2048;  ///< bytes
inline constexpr unsigned kLeastPrefix = 120;         ///< of a network, as IPv6 counts: 256 addresses, /24 of IPv4

/// Reads such a text: foreign, of any length. White space around it is left out, and so is the fragment of a URL. Of
/// other schemes than http and https only host and port count. Errors: kInvalidArgument, saying what to write.
Result<Subject> parse_subject(std::string_view text);

/// The addresses of hosts in a network that parse_subject() has read, in order: without those of IPv4 that stand for
/// the network itself and for all of its hosts, where it has more than two.
std::vector<IpBytes> hosts_of(const IpBlock& network);

/// "192.0.2.1:80", "[::1]:80"; without a port the host alone.
std::string host_and_port(std::string_view host, std::uint16_t port);

}  // namespace holter::define
