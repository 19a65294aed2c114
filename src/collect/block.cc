#include "collect/block.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect {

milliseconds timeout_of(const model::Node& block, milliseconds otherwise) {
  constexpr double kLongest = 600'000;
  auto text = block.text_or("timeout");
  double ms = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(ms) || ms < 1) return otherwise;
  return milliseconds(static_cast<std::int64_t>(std::min(ms, kLongest)));
}

Result<Host> host_of(const model::Node& block) {
  std::string_view text = block.text_or("host");
  Host host;
  for (std::string_view scheme : {"https", "http"}) {
    if (text.size() <= scheme.size() + 3 || !same_text(text.substr(0, scheme.size()), scheme)) continue;
    if (text.substr(scheme.size(), 3) != "://") continue;
    host.scheme = scheme;
    text.remove_prefix(scheme.size() + 3);
    break;
  }
  if (auto slash = text.find('/'); slash != std::string_view::npos) text = text.substr(0, slash);
  // One colon is a port; more are an IPv6 address, unless behind its bracket.
  auto bracket = text.rfind(']');
  auto colon = text.rfind(':');
  bool has_port = colon != std::string_view::npos &&
                  (bracket != std::string_view::npos ? colon == bracket + 1 : text.find(':') == colon);
  if (has_port) text = text.substr(0, colon);
  if (text.empty()) return Error(ErrorCode::kInvalidArgument, "cannot collect: 'host' is empty");
  host.name = text;
  return host;
}

Result<std::uint16_t> port_of(const model::Node& block, std::uint16_t otherwise) {
  auto text = block.text_or("port");
  if (text.empty() && otherwise != 0) return otherwise;
  unsigned port = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the port '{}': a number from 1 to 65535 is needed", excerpt(text)));
  return static_cast<std::uint16_t>(port);
}

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

int find_alias(const std::vector<std::string>& aliases, std::string_view name) {
  auto found = std::ranges::find_if(aliases, [name](const std::string& alias) { return same_text(alias, name); });
  return found == aliases.end() ? -1 : static_cast<int>(found - aliases.begin());
}

}  // namespace holter::collect
