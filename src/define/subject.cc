#include "define/subject.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"
#include "define/params.h"

namespace holter::define {
namespace {

Error invalid(std::string_view text, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use '{}': {}", excerpt(text), why)};
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

bool is_port(std::string_view text, std::uint16_t& port) {
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc{} && end == text.data() + text.size() && port > 0;
}

/// "host", "host:port", "[::1]:port" or an address of IPv6; the port stays 0 where there is none.
Status read_authority(std::string_view whole, std::string_view text, Subject& subject) {
  auto host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos) return invalid(whole, "a ']' is missing behind the address");
    host = text.substr(1, end - 1);
    if (std::ranges::count(host, ':') < 2) return invalid(whole, "only an IPv6 address stands in brackets");
    auto rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return invalid(whole, "only a port may follow the address");
    if (!rest.empty()) port = rest.substr(1);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size() + 1);
  }
  if (port && !is_port(*port, subject.port)) return invalid(whole, "a port is a number from 1 to 65535");
  subject.host = lower(host);
  static const model::ParamDef as_host{.field = "host", .name = {}, .type = model::ParamType::kHost};
  if (subject.host.empty() || !check_param(as_host, subject.host))
    return invalid(whole,
                   "a URL, a host, a host and a port, or a network is needed, as https://shop.example, "
                   "db1.example, db1.example:3306 or 192.0.2.0/28");
  return {};
}

Result<Subject> read_url(std::string_view whole, std::string_view scheme, std::string_view rest) {
  Subject subject;
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.contains('@')) return invalid("a URL with a user", "leave out what stands before the '@'");
  TRY_OK(read_authority(whole, authority, subject));
  bool web = scheme == "http" || scheme == "https";
  subject.kind = web ? Subject::Kind::kUrl : subject.port != 0 ? Subject::Kind::kEndpoint : Subject::Kind::kHost;
  if (!web) return subject;
  subject.tls = scheme == "https";
  if (subject.port == 0) subject.port = subject.tls ? 443 : 80;
  auto path = rest.substr(authority.size());
  path = path.substr(0, path.find('#'));
  if (!path.empty() && path != "/") subject.path = (path.starts_with('/') ? "" : "/") + std::string(path);
  return subject;
}

Result<Subject> read_network(std::string_view text) {
  auto block = parse_ip_block(text);
  if (!block) {
    bool address = text.find_first_not_of("0123456789.:abcdefABCDEF[]") == text.find('/');
    if (!address) return invalid(text, "with a path, the scheme is needed too, as https://shop.example/health");
    return std::move(block).error();
  }
  if (block->port != 0) return invalid(text, "a network has no port");
  if (block->bits < kLeastPrefix)
    return invalid(text, fmt::format("it has more than {} addresses; take a part of it, as /{} or smaller",
                                     1U << (128 - kLeastPrefix), is_ipv4(block->address) ? kLeastPrefix - 96 : 120));
  Subject subject;
  subject.kind = Subject::Kind::kNetwork;
  subject.network = *block;
  return subject;
}

}  // namespace

std::string_view to_string(Subject::Kind kind) {
  switch (kind) {
    case Subject::Kind::kUrl:
      return "url";
    case Subject::Kind::kEndpoint:
      return "endpoint";
    case Subject::Kind::kHost:
      return "host";
    case Subject::Kind::kNetwork:
      return "network";
  }
  return {};
}

Result<Subject> parse_subject(std::string_view text) {
  if (text.size() > kLongestSubject)
    return invalid(text, fmt::format("it has {} bytes, the limit is {}", text.size(), kLongestSubject));
  auto whole = trimmed(text);
  if (whole.empty()) return invalid(whole, "nothing is there; write a URL, a host or a network");
  if (std::ranges::any_of(whole, [](unsigned char c) { return c <= 0x20 || c >= 0x7f; }))
    return invalid(whole, "it has a character that no host has (write international names in their xn-- form)");
  std::string_view rest = whole;
  if (auto colon = rest.find("://"); colon != rest.npos) {
    auto scheme = lower(rest.substr(0, colon));
    if (!is_scheme(scheme)) return invalid(whole, "what stands before '://' is no scheme");
    return read_url(whole, scheme, rest.substr(colon + 3));
  }
  if (rest.contains('/')) return read_network(rest);
  Subject subject;
  TRY_OK(read_authority(whole, rest, subject));
  subject.kind = subject.port != 0 ? Subject::Kind::kEndpoint : Subject::Kind::kHost;
  return subject;
}

std::vector<IpBytes> hosts_of(const IpBlock& network) {
  const unsigned count = 1U << (128 - std::clamp(network.bits, kLeastPrefix, 128U));
  const unsigned edge = is_ipv4(network.address) && count > 2 ? 1 : 0;
  std::vector<IpBytes> hosts;
  hosts.reserve(count);
  for (unsigned i = edge; i < count - edge; ++i) {
    auto address = network.address;  // bits beyond the prefix are zero, and all in the last byte
    address.back() = static_cast<std::uint8_t>(address.back() + i);
    hosts.push_back(address);
  }
  return hosts;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  if (port == 0) return std::string(host);
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace holter::define
