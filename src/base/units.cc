#include "base/units.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace holter {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kSizes[] = {
    {"B", 1},     {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20},  {"GiB", 1ULL << 30},     {"TiB", 1ULL << 40},
    {"kB", 1000}, {"MB", 1000'000},    {"GB", 1000'000'000}, {"TB", 1000'000'000'000}};
constexpr Unit kDurations[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// Takes digits, then letters, off the front of `text`. Empty digits mean: no number there.
struct Piece {
  std::string_view digits, unit;
};
Piece take_piece(std::string_view& text) {
  auto cut = [&text](auto accept) {
    auto end = std::find_if_not(text.begin(), text.end(), accept);
    std::string_view part(text.begin(), end);
    text.remove_prefix(part.size());
    return part;
  };
  Piece piece;
  piece.digits = cut([](char c) { return c >= '0' && c <= '9'; });
  cut([](char c) { return c == ' '; });
  piece.unit = cut([](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return piece;
}

/// number * factor, or nullopt on overflow or a bad number.
std::optional<std::uint64_t> scaled(std::string_view digits, std::uint64_t factor) {
  std::uint64_t n = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  std::uint64_t product = 0;
  if (failure != std::errc{} || end != digits.data() + digits.size() || __builtin_mul_overflow(n, factor, &product))
    return std::nullopt;
  return product;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kHow =
      "write a whole number and a unit, e.g. 512MiB (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB)";
  std::string_view rest = text;
  Piece piece = take_piece(rest);
  if (piece.digits.empty() || !rest.empty())
    return invalid(fmt::format("cannot read the size '{}': {}", excerpt(text), kHow));
  if (piece.unit.empty())
    return invalid(fmt::format("cannot read the size '{}': the unit is missing; {}", excerpt(text), kHow));
  for (const Unit& unit : kSizes) {
    if (unit.name != piece.unit) continue;
    if (auto bytes = scaled(piece.digits, unit.factor)) return *bytes;
    return invalid(fmt::format("cannot read the size '{}': more than 64 bits", excerpt(text)));
  }
  return invalid(
      fmt::format("cannot read the size '{}': unknown unit '{}'; {}", excerpt(text), excerpt(piece.unit), kHow));
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::string_view unit;
  for (std::string_view name : {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}) {
    value /= 1024;
    unit = name;
    if (value < 1023.95) break;
  }
  return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, unit);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kHow = "write e.g. 500ms, 30s, 5m, 1h30m, 7d";
  constexpr std::uint64_t kMost = 3650ULL * 86'400'000;
  std::string_view rest = text;
  std::uint64_t total = 0;
  if (text.empty()) return invalid(fmt::format("cannot read an empty duration: {}", kHow));
  while (!rest.empty()) {
    Piece piece = take_piece(rest);
    if (piece.digits.empty()) return invalid(fmt::format("cannot read the duration '{}': {}", excerpt(text), kHow));
    if (piece.unit.empty())
      return invalid(fmt::format("cannot read the duration '{}': the unit is missing; did you mean {}s?", excerpt(text),
                                 piece.digits));
    const Unit* unit = std::ranges::find(kDurations, piece.unit, &Unit::name);
    if (unit == std::end(kDurations))
      return invalid(fmt::format("cannot read the duration '{}': unknown unit '{}'; {}", excerpt(text),
                                 excerpt(piece.unit), kHow));
    auto part = scaled(piece.digits, unit->factor);
    if (!part || *part > kMost || total + *part > kMost)
      return invalid(fmt::format("cannot read the duration '{}': more than 3650 days", excerpt(text)));
    total += *part;
  }
  return std::chrono::milliseconds(total);
}

std::string format_duration(std::chrono::milliseconds d) {
  if (d.count() < 0) return "-" + format_duration(-d);
  auto left = static_cast<std::uint64_t>(d.count());
  if (left == 0) return "0s";
  std::string out;
  for (std::size_t i = std::size(kDurations); i-- > 0;) {
    if (auto n = left / kDurations[i].factor; n > 0) out += fmt::format("{}{}", n, kDurations[i].name);
    left %= kDurations[i].factor;
  }
  return out;
}

std::string format_time(std::chrono::sys_time<std::chrono::milliseconds> t) {
  auto whole = std::chrono::floor<std::chrono::seconds>(t);
  std::tm tm{};
  std::time_t at = whole.time_since_epoch().count();  // to_time_t() would overflow in the year 2262
  gmtime_r(&at, &tm);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", tm, (t - whole).count());
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 64;  // longer words are never a typing slip
  if (a.size() > kLongest || b.size() > kLongest) return std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] != b[j])});
      diagonal = above;
    }
  }
  return row.back();
}

std::string_view nearest(std::string_view word, std::initializer_list<std::string_view> candidates) {
  return nearest_in(word, candidates);
}

std::string excerpt(std::string_view text, std::size_t max) {
  std::string out;
  bool cut = text.size() > max;
  if (cut) text = text.substr(0, max);
  for (unsigned char c : text) {
    if (c < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", c);
    else
      out += static_cast<char>(c);
  }
  if (cut) out += "...";
  return out;
}

}  // namespace holter
