#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "alert/alert_sink.h"
#include "alert/builtin.h"
#include "alert/compiled_rule.h"
#include "alert/round_view.h"
#include "alert/rule.h"
#include "alert/state_machine.h"

namespace holter::alert {

/// A rule in force, for the files of the evaluator. Its address stays the same while it keeps its name and its meaning.
struct RuleEntry {
  Rule rule;
  std::uint64_t name_hash = 0;
  std::uint64_t meaning = 0;  ///< meaning_of(rule)
  Timing timing;
  Feed feed = Feed::kResults;
  std::shared_ptr<const ActiveHours> hours;      ///< null: always
  std::shared_ptr<const CompiledRule> compiled;  ///< of a rule that reads no set; null: one for each set
  std::uint32_t alerts = 0, series = 0;
  std::array<std::uint64_t, kLimits> refused{};
  std::uint64_t no_value = 0;   ///< evaluations that had none
  bool refused_lately = false;  ///< since the last round of ticks began
  bool said = false;            ///< AlertSink::limited()
  enum class Edit : std::uint8_t { kNone, kEnd, kRelabel, kAnnotate };
  Edit edit = Edit::kNone;  ///< during Evaluator::set_rules(): what becomes of its series
  std::string error;        ///< why it cannot be asked; empty: it can

  bool active_at(std::int64_t time_ms) const { return hours == nullptr || hours->active_at(time_ms); }
};

}  // namespace holter::alert
