#include "ruletest/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::ruletest {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// One part of the notation.
struct Part {
  std::optional<double> first;
  double step = 0;
  std::uint64_t more = 0;  ///< values behind the first
};

/// Takes a number without a sign off the front.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const bool begins = !text.empty() && (text.front() == '.' || (text.front() >= '0' && text.front() <= '9'));
  if (!begins) return std::nullopt;  // nor inf and nan, which from_chars() knows
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<double> take_signed(std::string_view& text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  auto value = take_number(text);
  return value && minus ? -*value : value;
}

/// The "xn" at the end of a part.
std::optional<std::uint64_t> take_count(std::string_view& text) {
  std::uint64_t count = 0;
  if (!text.starts_with('x')) return std::nullopt;
  auto [end, failure] = std::from_chars(text.data() + 1, text.data() + text.size(), count);
  if (failure != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return count;
}

/// std::nullopt: it is no part.
std::optional<Part> read_part(std::string_view text) {
  Part part;
  part.first = take_signed(text);
  if (!part.first) return std::nullopt;
  if (text.empty()) return part;
  const bool steps = text.front() == '+' || text.front() == '-';
  if (steps) {
    auto step = take_signed(text);
    if (!step) return std::nullopt;
    part.step = *step;
  }
  auto more = take_count(text);
  if (!more || !text.empty()) return std::nullopt;
  part.more = *more;
  return part;
}

/// How many results are missing; std::nullopt: something else.
std::optional<std::uint64_t> read_missing(std::string_view text) {
  if (text == "stale" || text == "_") return 1;
  if (!text.starts_with('_')) return std::nullopt;
  text.remove_prefix(1);
  auto count = take_count(text);
  return count && text.empty() ? count : std::nullopt;
}

Error wrong(std::string_view part, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot read the values '{}': {}", excerpt(part), why)};
}

Status add(Values& values, std::string_view text) {
  const auto room = kMostValues - values.size();
  auto too_many = [&] {
    return Error(ErrorCode::kTooLarge, fmt::format("cannot read the values '{}': a series has at most {} of them",
                                                   excerpt(text), kMostValues));
  };
  if (auto missing = read_missing(text)) {
    if (*missing > room) return too_many();
    values.insert(values.end(), *missing, std::nullopt);
    return {};
  }
  if (text.starts_with("{{")) return wrong(text, "histograms are no values of Holter");
  auto part = read_part(text);
  if (!part) return wrong(text, "like '5', '1+2x3', '5x10', '_', '_x4' or 'stale'");
  if (part->more >= room) return too_many();
  for (std::uint64_t i = 0; i <= part->more; ++i) {
    const double value = *part->first + part->step * static_cast<double>(i);
    if (!std::isfinite(value)) return wrong(text, "it grows beyond what a number can be");
    values.emplace_back(value);
  }
  return {};
}

}  // namespace

Result<Values> expand_values(std::string_view text) {
  Values values;
  while (true) {
    auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return values;
    auto end = std::min(text.find_first_of(kBlanks, begin), text.size());
    TRY_OK(add(values, text.substr(begin, end - begin)));
    text.remove_prefix(end);
  }
}

}  // namespace holter::ruletest
