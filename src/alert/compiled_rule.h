#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule.h"
#include "base/result.h"
#include "expr/evaluate.h"
#include "expr/program.h"
#include "expr/regex_pool.h"
#include "model/definition.h"

namespace holter::alert {

/// What each expression may read besides the fields of its set. A field of the same name goes first; `builtin.state`
/// and so on are these in any case.
enum class Builtin : std::uint8_t {
  kState,       ///< text: "UP", "DOWN", "UNKNOWN", "STALE", "PAUSED", "UNREACHABLE"
  kCode,        ///< text: how the collection ended, as to_string(ResultCode)
  kDurationMs,  ///< number
  kRows,        ///< number: rows of the answer
  kApp,         ///< text
  kSet,         ///< text
  kMonitor,     ///< text: its name
  kIntervalS,   ///< number: of the set, else of the monitor
};
constexpr std::size_t kBuiltins = 8;
std::string_view to_string(Builtin builtin);

/// Where the value of a slot comes from.
struct SlotSource {
  enum class Kind : std::uint8_t { kField, kBuiltin, kLabel };
  Kind kind = Kind::kField;
  std::uint16_t index = 0;  ///< of the field in the set, of the built-in, or in CompiledRule::label_names()
};

/// The expressions of a rule, for one set of a definition or for none. Frozen: copies share their code.
class CompiledRule {
 public:
  /// Compiles for the set that the selector names in `definition`, or, where it names none, without fields: such a rule
  /// is asked once for each result of a set that decides (priority 0). `definition` is not null when the selector
  /// has a set. Expressions of secret fields are not possible: what fires tells what it read.
  /// Errors: as check(rule) and expr::compile(), which names column and nearest name; kNotFound for the set.
  static Result<CompiledRule> compile(const Rule& rule, const model::Definition* definition,
                                      expr::RegexPool* regexes = nullptr);
  /// The same for a set at hand (null: none), and without check(rule).
  static Result<CompiledRule> compile_for(const Rule& rule, const model::SetDef* set,
                                          expr::RegexPool* regexes = nullptr);

  const expr::Program& condition() const { return *condition_; }
  /// Null: the rule has none.
  const expr::Program* recovery() const { return recovery_ ? &*recovery_ : nullptr; }
  /// It reads fields, and is asked for each row; else once for each result.
  bool per_row() const { return per_row_; }
  /// It reads fields, or how many rows there are.
  bool reads_rows() const;
  /// By slot.
  std::span<const SlotSource> sources() const { return sources_; }
  const std::vector<std::string>& label_names() const { return label_names_; }
  /// Slots that either expression reads, each once.
  std::span<const std::uint16_t> slots() const { return slots_; }
  std::size_t slot_count() const { return slot_count_; }
  std::size_t held_bytes() const;

 private:
  std::optional<expr::Program> condition_, recovery_;
  bool per_row_ = false;
  std::vector<SlotSource> sources_;
  std::vector<std::string> label_names_;
  std::vector<std::uint16_t> slots_;
  std::size_t slot_count_ = 0;
};

}  // namespace holter::alert
