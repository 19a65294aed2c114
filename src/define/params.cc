#include "define/params.h"

#include <algorithm>
#include <charconv>
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

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
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

bool is_host(std::string host) {
  for (std::string_view scheme : {"http://", "https://"})
    if (same(std::string_view(host).substr(0, scheme.size()), scheme)) {
      host.erase(0, scheme.size());
      break;
    }
  if (host.starts_with('[')) {
    auto end = host.find(']');
    if (end == std::string::npos) return false;
    host = host.substr(1, end - 1);
  } else if (std::ranges::count(host, ':') == 1) {
    host.erase(host.find(':'));
  }
  unsigned char buffer[16];
  auto zone = host.substr(0, host.find('%'));  // fe80::1%eth0
  return inet_pton(AF_INET6, zone.c_str(), buffer) == 1 || is_name(host);
}

}  // namespace

std::optional<ParamType> param_type(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &std::pair<std::string_view, ParamType>::first);
  return found == std::end(kTypes) ? std::nullopt : std::optional(found->second);
}

std::string unknown_type(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [n, type] : kTypes) names.push_back(n);
  auto near = nearest_in(name, names);
  return fmt::format("cannot use the type '{}': {}{}", excerpt(name), fmt::join(names, ", "),
                     near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near));
}

Status check_range(std::string_view range, double value) {
  auto unreadable =
      Error(ErrorCode::kCorruption, fmt::format("cannot read the range '{}': write e.g. [0,65535]", excerpt(range)));
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
    if (above && below) return {};
  }
  return invalid(fmt::format("cannot use {}: it is outside of {}", value, range));
}

Status check_param(const model::ParamDef& def, const std::string& value) {
  if (value.empty()) return {};
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
      if (def.limit > 0 && value.size() > def.limit)
        return invalid(
            fmt::format("cannot use a text of {} characters: at most {} are allowed", value.size(), def.limit));
      return {};
    default:
      return {};
  }
}

}  // namespace holter::define
