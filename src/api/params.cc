#include "api/params.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/rfc3339.h"
#include "base/units.h"

namespace holter::api {
namespace {

constexpr std::int64_t kLastMs = 9'214'646'399'999;  // 2261-12-31T23:59:59.999Z: nanoseconds fit into 64 bits

/// One to twelve digits, taken off the front.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && n < 13 && text[n] >= '0' && text[n] <= '9') ++n;
  if (n == 0 || n > 12) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + n, value);
  text.remove_prefix(n);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || !any_of.contains(text[0])) return false;
  text.remove_prefix(1);
  return true;
}

/// ".25" -> 250; digits beyond the third are dropped; nothing there -> 0.
std::optional<std::int64_t> take_fraction_ms(std::string_view& text) {
  if (!take(text, ".")) return 0;
  std::int64_t ms = 0;
  int scale = 100;
  std::size_t n = 0;
  for (; n < text.size() && text[n] >= '0' && text[n] <= '9'; ++n) {
    ms += (text[n] - '0') * scale;
    scale /= 10;
  }
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return ms;
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  auto whole = take_digits(text);
  auto fraction = take_fraction_ms(text);
  if (!whole || !fraction || !text.empty()) return std::nullopt;
  return *whole * 1000 + *fraction;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms) {
  std::optional<std::int64_t> ms;
  if (text == "now") {
    ms = now_ms;
  } else if (text.starts_with('-')) {
    if (auto back = parse_duration(text.substr(1))) ms = now_ms - back->count();
  } else if (ms = parse_seconds(text); !ms) {
    if (auto time = parse_rfc3339(text)) ms = epoch_ms(*time);
  }
  return ms && *ms >= 0 && *ms <= kLastMs ? ms : std::nullopt;
}

ParamReader::ParamReader(const Target& target, std::span<const ParamSpec> specs) : target_(target) {
  std::vector<std::string_view> names;
  for (const auto& spec : specs) names.push_back(spec.name);
  bool others = std::ranges::find(names, "*") != names.end();
  for (const auto& [key, value] : target.query) {
    auto spec = std::ranges::find(specs, key, &ParamSpec::name);
    if (spec == specs.end() && others) continue;
    if (spec == specs.end()) {
      auto near = nearest_in(key, names);
      std::string hint = names.empty()   ? "this path takes none"
                         : !near.empty() ? fmt::format("did you mean '{}'?", near)
                                         : fmt::format("known are {}", fmt::join(names, ", "));
      fail(key, fmt::format("cannot use the parameter '{}': {}", excerpt(key), hint));
    } else if (!spec->repeatable &&
               std::ranges::count(target.query, key, &std::pair<std::string, std::string>::first) > 1) {
      fail(key, fmt::format("cannot use the parameter '{}' more than once", excerpt(key)));
    }
  }
}

void ParamReader::fail(std::string_view name, std::string detail) {
  if (!problem_) problem_ = Problem{400, std::move(detail), excerpt(name), 0};
}

const std::string* ParamReader::find(std::string_view name) const {
  if (problem_) return nullptr;
  auto at = std::ranges::find(target_.query, name, &std::pair<std::string, std::string>::first);
  return at == target_.query.end() ? nullptr : &at->second;
}

std::string ParamReader::text(std::string_view name, std::size_t most) {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (value->size() > most)
    fail(name,
         fmt::format("cannot use {}='{}': {} bytes, the limit is {}", name, excerpt(*value), value->size(), most));
  return failed() ? std::string() : *value;
}

std::uint64_t ParamReader::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                  std::uint64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise;
  std::uint64_t n = 0;
  auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), n);
  if (failure == std::errc{} && end == value->data() + value->size() && n >= least && n <= most) return n;
  fail(name, fmt::format("cannot use {}='{}': write a whole number from {} to {}", name, excerpt(*value), least, most));
  return otherwise;
}

std::optional<std::size_t> ParamReader::pick(std::string_view name, std::span<const std::string_view> words) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 0; i < words.size(); ++i)
    if (std::ranges::equal(words[i], *value, {}, lower, lower)) return i;
  fail(name, fmt::format("cannot use {}='{}': write one of {}", name, excerpt(*value), fmt::join(words, ", ")));
  return std::nullopt;
}

std::int64_t ParamReader::time(std::string_view name, std::int64_t otherwise_ms, std::int64_t now_ms) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise_ms;
  if (auto ms = parse_time(*value, now_ms)) return *ms;
  fail(name, fmt::format("cannot use {}='{}': write a time as 2026-11-24T10:00:00Z, in seconds since 1970, or "
                         "relative to now as -1h30m",
                         name, excerpt(*value)));
  return otherwise_ms;
}

std::int64_t ParamReader::duration(std::string_view name, std::int64_t otherwise_ms) {
  const auto* value = find(name);
  if (value == nullptr) return otherwise_ms;
  auto ms = parse_seconds(*value);
  if (auto with_unit = parse_duration(*value); !ms && with_unit) ms = with_unit->count();
  if (ms && *ms >= 1000 && *ms <= std::int64_t{3650} * 86'400'000) return *ms;
  fail(name,
       fmt::format("cannot use {}='{}': write a duration from 1s to 3650d, e.g. 30s, 5m, 1h", name, excerpt(*value)));
  return otherwise_ms;
}

std::vector<std::pair<std::string, std::string>> ParamReader::pairs(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> out;
  if (failed()) return out;
  for (const auto& [key, value] : target_.query) {
    if (key != name) continue;
    auto colon = value.find(':');
    if (colon == std::string::npos || colon == 0 || value.size() > 512) {
      fail(name, fmt::format("cannot use {}='{}': write key:value, at most 512 bytes", name, excerpt(value)));
      return {};
    }
    out.emplace_back(value.substr(0, colon), value.substr(colon + 1));
  }
  return out;
}

}  // namespace holter::api
