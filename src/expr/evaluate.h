#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "expr/json_lookup.h"
#include "expr/program.h"
#include "expr/text_arena.h"
#include "expr/value.h"

namespace holter::expr {

/// Why an expression has no value. Values are stable: exported as the `reason` label of metrics.
enum class Reason : std::uint8_t {
  kNone = 0,            ///< there is a value (which may be null)
  kNullOperand = 1,     ///< an operator or function needs a value and got null
  kDivisionByZero = 2,  ///< `/` or `%`
  kNotNumber = 3,       ///< a text that had to be a number is none
  kNotFinite = 4,       ///< an operand is NaN, or a result is too large for a number
  kNotBoolean = 5,      ///< a text that had to be true or false is neither
  kWrongType = 6,       ///< e.g. arithmetic with a boolean, `<` between a number and a boolean, contains() of a number
  kTooLong = 7,  ///< texts of more than TextArena::kCapacity bytes, or a JSON document beyond its reader's limits
  kNotJson = 8,  ///< a member was asked of what is not a JSON object
};
std::string_view to_string(Reason reason);

/// What came out: a value, or the reason why there is none and the instruction at which it showed.
struct Outcome {
  Value value;
  Reason reason = Reason::kNone;
  std::uint16_t at = 0;

  bool ok() const { return reason == Reason::kNone; }
};

/// What an evaluation needs besides slots; reused, so that evaluating allocates nothing (but the arena, once). One
/// thread at a time; one per shard is enough.
class Scratch {
 public:
  /// What now() yields, in milliseconds since 1970 UTC: set it from a base::Clock, once per round.
  void set_now(WallTime now) { now_ms_ = epoch_ms(now); }
  /// What json:apply() asks; must outlive the evaluations. Needed only for programs with uses_json().
  void set_json(const JsonLookup* json) { json_ = json; }

  std::size_t held_bytes() const { return sizeof(*this) + texts_.held_bytes(); }

 private:
  friend class Machine;
  std::int64_t now_ms_ = 0;
  const JsonLookup* json_ = nullptr;
  TextArena texts_;
  std::array<Value, kMaxStack> stack_;
};

/// Evaluates. `slots` holds the values of the scope's names in their order; at least program.slot_count(), and only
/// those of program.slots() are read. A text in the outcome is a view into `slots`, the program or `scratch`: it lives
/// until one of them changes, and the next evaluation with `scratch` changes that.
Outcome evaluate(const Program& program, std::span<const Value> slots, Scratch& scratch);

}  // namespace holter::expr
