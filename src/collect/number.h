#pragma once

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

/// Factor from one unit to another: data (B, KB=K=KI, MB=M=MI, GB=G=GI, binary) or time (NS US MS S MIN H D), ignoring
/// case. nullopt when the two are not of one family: the value is then left alone. Format section 4.3.
std::optional<double> unit_factor(std::string_view from, std::string_view to);

/// Half-up to 4 decimals, as number fields are shown and kept. NaN for what is not finite.
double round_field(double value);

}  // namespace holter::collect
