#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/check.h"

namespace holter::latest {

/// A number, a text, or nothing yet, in eight bytes: what is no number is a NaN that no number becomes. Does not own
/// the text, so that tables of cells can be copied.
class Cell {
 public:
  Cell() = default;
  static Cell number(double value) {
    // Whatever NaN comes, one is kept.
    return Cell(std::bit_cast<std::uint64_t>(std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value));
  }
  /// Null: a text that is empty.
  static Cell text(char* zero_terminated) {
    auto address = reinterpret_cast<std::uint64_t>(zero_terminated);
    CHECK(address >> 48 == 0);  // as user space has it, on x86-64 and on AArch64
    return Cell(kText | address);
  }

  bool is_nothing() const { return bits_ == kNothing; }
  bool is_text() const { return bits_ >> 48 == kText >> 48; }
  bool is_number() const { return !is_nothing() && !is_text(); }
  double number() const { return std::bit_cast<double>(bits_); }
  char* text() const { return reinterpret_cast<char*>(bits_ & ~kText); }

 private:
  // Signs and payloads that arithmetic does not make, and number() above does not keep.
  static constexpr std::uint64_t kNothing = 0xFFFD'0000'0000'0000, kText = 0xFFFE'0000'0000'0000;
  explicit Cell(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = kNothing;
};
static_assert(sizeof(Cell) == 8);

}  // namespace holter::latest
