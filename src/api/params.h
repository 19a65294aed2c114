#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"
#include "api/target.h"
#include "base/clock.h"

namespace holter::api {

/// Declares a query parameter of a route; a test holds it against the OpenAPI file.
struct ParamSpec {
  /// In a request that others put together, "*" stands for all those that are not known: they are ignored.
  std::string_view name;
  bool repeatable = false;
};

/// A word and what it stands for.
template <class T>
struct Choice {
  std::string_view word;
  T value;
};

/// Reads a request's query with checks. The first fault is kept as a problem that names the parameter, the value and
/// what is allowed; later reads then return the default. So a handler reads all it needs and asks once.
/// Lifetime: the target must outlive it.
class ParamReader {
 public:
  /// Unknown names, and names given twice that may stand once, are faults.
  ParamReader(const Target& target, std::span<const ParamSpec> specs);

  /// "" when absent. At most `most` bytes.
  std::string text(std::string_view name, std::size_t most = 256);
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
  /// One of the words, ignoring ASCII case.
  template <class T>
  std::optional<T> choice(std::string_view name, std::span<const Choice<T>> choices);
  /// Milliseconds since 1970: RFC 3339 ("2026-11-24T10:00:00Z", offset allowed), epoch seconds ("1764000000.5"),
  /// "now", or relative to `now` ("-1h30m").
  std::int64_t time(std::string_view name, std::int64_t otherwise_ms, std::int64_t now_ms);
  /// A duration with a unit ("30s"), or a number of seconds. At least one second.
  std::int64_t duration(std::string_view name, std::int64_t otherwise_ms);
  /// Each "key:value" given under a repeatable name.
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view name);

  void fail(std::string_view name, std::string detail);
  bool failed() const { return problem_.has_value(); }
  const Problem& problem() const { return *problem_; }

 private:
  /// The value, or null when absent or after a fault.
  const std::string* find(std::string_view name) const;
  std::optional<std::size_t> pick(std::string_view name, std::span<const std::string_view> words);

  const Target& target_;
  std::optional<Problem> problem_;
};

template <class T>
std::optional<T> ParamReader::choice(std::string_view name, std::span<const Choice<T>> choices) {
  std::vector<std::string_view> words;
  for (const auto& c : choices) words.push_back(c.word);
  auto index = pick(name, words);
  return index ? std::optional<T>(choices[*index].value) : std::nullopt;
}

/// As ParamReader::time() reads it; nullopt for anything else, and for times before 1970 or after 2261.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms);

}  // namespace holter::api
