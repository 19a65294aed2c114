#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/plugin.h"

namespace holter::collect {

/// How `parseType: multiRow` splits a line: `ssh` at every single space, `script` at runs of white space.
enum class ScriptSplit : std::uint8_t { kSpace, kWhiteSpace };

/// How the output of a command becomes rows: what the protocols `ssh` and `script` share (definition format,
/// sections 5.4 and 5.5).
struct ScriptLayout {
  enum class ParseType : std::uint8_t { kOneRow, kMultiRow, kNetcat, kLog };

  ParseType parse_type = ParseType::kOneRow;
  ScriptSplit split = ScriptSplit::kSpace;
  bool drop_blank_lines = false;
  std::string charset;
  std::vector<std::string> aliases;

  /// From the keys `parseType` and `charset` (UTF-8 without one) of a block. Errors: kInvalidArgument.
  static Result<ScriptLayout> of(const ProbeConfig& config, ScriptSplit split, bool drop_blank_lines);
  std::size_t bytes() const;  ///< beyond its own size
  bool operator==(const ScriptLayout&) const = default;
};

/// What a command left behind. The views must hold during the call.
struct ScriptOutput {
  std::string_view out;            ///< its standard output, at most kMostScriptOutput
  std::string_view err;            ///< its standard error, at most kMostScriptErrors
  std::optional<int> exit_status;  ///< absent when the peer did not tell
};
inline constexpr std::size_t kMostScriptOutput = 4 << 20;
inline constexpr std::size_t kMostScriptErrors = 64 << 10;  ///< a caller drops what is beyond

/// Fills the attempt's table (reset by its owner) from a command's output, and notes the output for who watches.
/// `time_ms` is the alias responseTime. A command that printed something has succeeded, whatever it exits with; one
/// that printed nothing is a success without values only for `oneRow`, exit status 0 or 1 and nothing on standard
/// error. Codes: kSuccess; kFail: nothing was printed, or what was printed is no table of the aliases or has no room in
/// one; kUnavailable: the account for answers is full.
Outcome read_script(Attempt& attempt, const ScriptLayout& layout, const ScriptOutput& output, double time_ms);

/// The same from a recorded answer: what the command printed, as it is; or, of one that printed nothing, a line
/// `! <exit status>` (`! -` for none) and then its standard error.
Outcome replay_script(Attempt& attempt, const ScriptLayout& layout, std::string_view answer);

}  // namespace holter::collect
