#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "expr/text_arena.h"
#include "expr/value.h"

namespace holter::expr {

/// How json:apply() reads JSON; the engine for it is not in this folder. Called on the thread of the evaluation.
class JsonLookup {
 public:
  enum class Found : std::uint8_t {
    kValue,     ///< there is a value; it may be null
    kMissing,   ///< the object where the last name should be has no such member
    kNoObject,  ///< `document` is not a JSON object, or a name before the last leads to none
    kTooLarge,  ///< the text does not fit into the arena, or the document exceeds a limit of the engine
  };
  virtual ~JsonLookup() = default;

  /// The member of `document` that `path` leads to, name by name; an empty path is the document itself, as text.
  /// Integers that fit 64 bits become integers, other numbers doubles, objects and lists their JSON text. A text that
  /// is not a piece of `document` as it stands goes into `arena`. `document` is hostile.
  virtual Found lookup(std::string_view document, std::span<const std::string_view> path, TextArena& arena,
                       Value& value) const = 0;
};

}  // namespace holter::expr
