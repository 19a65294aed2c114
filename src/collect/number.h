#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holter::collect {

/// A number with the unit that stood behind it, empty without one.
struct NumberWithUnit {
  double value = 0;
  std::string_view unit;
};

/// The definition format's number recogniser (section 4.4): a decimal number, or one with a suffix of `% G g M m K k B
/// b Ki Mi Gi`. nullopt for anything else, NaN and infinities included.
std::optional<NumberWithUnit> recognise_number(std::string_view text);

/// `HH:mm`, `HH:mm:ss` or `HH:mm:ss.fraction` of a day of 24 hours (section 4.1): whole seconds since midnight.
std::optional<int> seconds_of_day(std::string_view text);

/// From one unit to another, exactly: times `from`, divided by `to`.
struct Conversion {
  std::uint64_t from = 1, to = 1;
  double factor() const { return static_cast<double>(from) / static_cast<double>(to); }
  bool operator==(const Conversion&) const = default;
};

/// Of data units (B, KB=K=KI, MB=M=MI, GB=G=GI, binary) or times (NS US MS S MIN H D), ignoring case. nullopt when the
/// two are not of one family: the value is then left alone. Format section 4.3.
std::optional<Conversion> conversion(std::string_view from, std::string_view to);

/// The value in another unit, rounded half-up to 4 decimals, as number fields are kept: what comes out is the double
/// nearest to the exact decimal. Halves go away from zero. NaN for what is not finite.
double round_field(double value, Conversion conversion = {});

}  // namespace holter::collect
