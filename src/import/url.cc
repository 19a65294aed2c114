#include "import/url.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "import/tree.h"

namespace holter::imports {

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

int port_of(std::string_view text) {
  int port = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535 ? port : 0;
}

std::pair<std::string, int> host_and_port(std::string_view text) {
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == std::string_view::npos) return {std::string(text), 0};
    auto rest = text.substr(end + 1);
    return {std::string(text.substr(1, end - 1)), rest.starts_with(':') ? port_of(rest.substr(1)) : 0};
  }
  auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
    return {std::string(text), 0};
  return {std::string(text.substr(0, colon)), port_of(text.substr(colon + 1))};
}

Result<Url> parse_url(std::string_view text) {
  auto end = text.find("://");
  if (end == std::string_view::npos || end == 0)
    return Error(ErrorCode::kInvalidArgument, "cannot read the address: it has no scheme (https://...)");
  Url url{.scheme = lower(text.substr(0, end))};
  auto rest = text.substr(end + 3);
  rest = rest.substr(0, rest.find('#'));
  auto authority = rest.substr(0, rest.find_first_of("/?"));
  url.path = rest.substr(authority.size());
  if (auto at = authority.rfind('@'); at != std::string_view::npos) {
    auto user = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    auto colon = user.find(':');
    url.user = percent_decoded(user.substr(0, colon));
    if (colon != std::string_view::npos) url.password = percent_decoded(user.substr(colon + 1));
  }
  std::tie(url.host, url.port) = host_and_port(authority);
  if (url.host.empty())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read the {} address: it has no host", excerpt(url.scheme)));
  auto port_text = authority.substr(std::min(authority.size(), authority.rfind(':')));
  bool has_port = authority.size() > url.host.size() && !authority.ends_with(']') && port_text.size() > 1;
  if (has_port && url.port == 0)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read the address of {}: its port is no number of 1 to 65535", excerpt(url.host)));
  return url;
}

std::string query_value(std::string_view path, std::string_view key) {
  auto mark = path.find('?');
  auto rest = mark == std::string_view::npos ? std::string_view() : path.substr(mark + 1);
  while (!rest.empty()) {
    auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    auto equals = pair.find('=');
    if (pair.substr(0, equals) == key)
      return equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1));
  }
  return {};
}

}  // namespace holter::imports
