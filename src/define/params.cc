#include "define/params.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/units.h"

namespace holter::define {
namespace {

using model::ParamType;

constexpr std::pair<std::string_view, ParamType> kTypes[] = {
    {"text", ParamType::kText},         {"number", ParamType::kNumber},
    {"host", ParamType::kHost},         {"password", ParamType::kPassword},
    {"boolean", ParamType::kBoolean},   {"radio", ParamType::kRadio},
    {"textarea", ParamType::kTextarea}, {"key-value", ParamType::kKeyValue},
    {"array", ParamType::kArray},       {"metrics-field", ParamType::kMetricsField},
    {"checkbox", ParamType::kCheckbox}};

constexpr std::size_t kLongestValue = 64 * 1024;
constexpr std::size_t kLongestHost = 253;  // RFC 1035, section 2.3.4, as text

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> bound(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text == "-∞") return -std::numeric_limits<double>::infinity();
  if (text == "+∞") return std::numeric_limits<double>::infinity();
  return number(text);
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Labels of letters, digits, '-' and '_', joined by dots.
bool is_name(std::string_view host) {
  bool in_label = false;
  for (unsigned char c : host) {
    if (c == '.') {
      if (!in_label) return false;
      in_label = false;
    } else if (std::isalnum(c) || c == '-' || c == '_') {
      in_label = true;
    } else {
      return false;
    }
  }
  return in_label;
}

/// An IPv6 address, perhaps with a zone: fe80::1%eth0.
bool is_ipv6(std::string_view host) {
  auto percent = host.find('%');
  if (percent != std::string_view::npos && !is_name(host.substr(percent + 1))) return false;
  unsigned char buffer[16];
  return inet_pton(AF_INET6, std::string(host.substr(0, percent)).c_str(), buffer) == 1;
}

/// ":" and a number of 1 to 65535, or nothing.
bool is_port_part(std::string_view text) {
  if (text.empty()) return true;
  unsigned port = 0;
  auto [end, failure] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  return text.front() == ':' && failure == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535;
}

bool is_host(std::string_view host) {
  for (std::string_view scheme : {"http://", "https://"})
    if (same(host.substr(0, scheme.size()), scheme)) {
      host.remove_prefix(scheme.size());
      break;
    }
  if (host.find('\0') != std::string_view::npos) return false;
  if (host.starts_with('[')) {
    auto end = host.find(']');
    return end != std::string_view::npos && is_ipv6(host.substr(1, end - 1)) && is_port_part(host.substr(end + 1));
  }
  if (std::ranges::count(host, ':') > 1) return is_ipv6(host);
  auto name = host.substr(0, host.find(':'));
  return name.size() <= kLongestHost && is_name(name) && is_port_part(host.substr(name.size()));
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// A JSON object whose values are texts.
Status check_key_value(const std::string& value) {
  boost::system::error_code failure;
  auto parsed = boost::json::parse(value, failure);
  if (failure || !parsed.is_object())
    return invalid(fmt::format("cannot use '{}': a map or the text of a JSON object is needed{}", excerpt(value),
                               failure ? fmt::format(" ({})", failure.message()) : ""));
  for (const auto& [key, entry] : parsed.get_object())
    if (!entry.is_string())
      return invalid(
          fmt::format("cannot use the value of '{}' in the JSON object: a text in quotes is needed", excerpt(key)));
  return {};
}

Status check_json(const std::string& value) {
  boost::system::error_code failure;
  (void)boost::json::parse(value, failure);  // only whether it can be read matters
  return failure ? invalid(fmt::format("cannot use '{}': JSON is needed ({})", excerpt(value), failure.message()))
                 : Status{};
}

/// Parts joined by commas, at least one; brackets around all are allowed.
Status check_array(std::string_view value) {
  if (value.starts_with('[') && value.ends_with(']')) value = value.substr(1, value.size() - 2);
  return value.find_first_not_of(", ") != std::string_view::npos
             ? Status{}
             : invalid("cannot use an empty list: at least one element is needed");
}

}  // namespace

std::optional<ParamType> param_type(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &std::pair<std::string_view, ParamType>::first);
  return found == std::end(kTypes) ? std::nullopt : std::optional(found->second);
}

std::string_view to_string(model::ParamType type) {
  return std::ranges::find(kTypes, type, &std::pair<std::string_view, ParamType>::second)->first;
}

std::vector<std::string_view> param_type_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, type] : kTypes) names.push_back(name);
  return names;
}

std::string unknown_type(std::string_view name) {
  auto names = param_type_names();
  auto near = nearest_in(name, names);
  return fmt::format("cannot use the type '{}': {}{}", excerpt(name), fmt::join(names, ", "),
                     near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near));
}

Status check_range(std::string_view range, double value) {
  auto unreadable =
      Error(ErrorCode::kCorruption, fmt::format("cannot read the range '{}': write e.g. [0,65535]", excerpt(range)));
  bool inside = false;
  for (auto rest = range; !rest.empty();) {
    auto part = rest.substr(0, rest.find("||"));
    rest.remove_prefix(std::min(rest.size(), part.size() + 2));
    auto comma = part.find(',');
    if (part.size() < 5 || comma == std::string_view::npos || !std::string_view("[(").contains(part.front()) ||
        !std::string_view("])").contains(part.back()))
      return unreadable;
    auto low = bound(part.substr(1, comma - 1));
    auto high = bound(part.substr(comma + 1, part.size() - comma - 2));
    if (!low || !high) return unreadable;
    bool above = part.front() == '[' ? value >= *low : value > *low;
    bool below = part.back() == ']' ? value <= *high : value < *high;
    inside = inside || (above && below);
  }
  if (inside) return {};
  return invalid(fmt::format("cannot use {}: it is outside of {}", value, range));
}

Status check_param(const model::ParamDef& def, const std::string& value) {
  if (value.empty()) return {};
  if (value.size() > kLongestValue)
    return invalid(fmt::format("cannot use a text of {}: at most {} are allowed", format_size(value.size()),
                               format_size(kLongestValue)));
  switch (def.type) {
    case ParamType::kNumber: {
      auto n = number(value);
      if (!n) return invalid(fmt::format("cannot use '{}': a number is needed", excerpt(value)));
      return def.range.empty() ? Status{} : check_range(def.range, *n);
    }
    case ParamType::kHost:
      if (!is_host(value))
        return invalid(fmt::format("cannot use '{}': a host name or an IP address is needed", excerpt(value)));
      return {};
    case ParamType::kBoolean:
      if (!same(value, "true") && !same(value, "false"))
        return invalid(fmt::format("cannot use '{}': true or false is needed", excerpt(value)));
      return {};
    case ParamType::kRadio:
    case ParamType::kCheckbox: {
      if (std::ranges::any_of(def.options, [&](const auto& o) { return same(o.value, value); })) return {};
      std::vector<std::string_view> allowed;
      for (const auto& option : def.options) allowed.push_back(option.value);
      return invalid(fmt::format("cannot use '{}': one of {} is needed", excerpt(value), fmt::join(allowed, ", ")));
    }
    case ParamType::kText:
    case ParamType::kTextarea:
      if (def.limit > 0 && characters(value) > def.limit)
        return invalid(
            fmt::format("cannot use a text of {} characters: at most {} are allowed", characters(value), def.limit));
      return {};
    case ParamType::kKeyValue:
      return check_key_value(value);
    case ParamType::kArray:
      return check_array(value);
    case ParamType::kMetricsField:
      return check_json(value);
    case ParamType::kPassword:
      return {};
  }
  return {};
}

bool must_be_filled(const model::ParamDef& def) {
  constexpr ParamType kMayBeEmpty[] = {ParamType::kText, ParamType::kTextarea, ParamType::kPassword};
  return def.required && std::ranges::find(kMayBeEmpty, def.type) == std::end(kMayBeEmpty);
}

std::string trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos
             ? ""
             : std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace holter::define
