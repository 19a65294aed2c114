#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holter::define {

/// A finding in a file. `line` and `column` begin at 1; 0 where the finding is about the whole file.
struct Problem {
  enum class Severity : std::uint8_t { kWarning, kError } severity = Severity::kError;
  std::string file;
  int line = 0;
  int column = 0;
  std::string key;      ///< path in the file, e.g. "monitors[3].params.host"
  std::string message;  ///< "cannot ...", with the value and, for an unknown key, the nearest known one
};

/// "monitors/site.yml:7:5: error: monitors[0].params.hots: cannot use ... (did you mean 'host'?)"
std::string to_string(const Problem& problem);

/// Findings, in the order in which they were made. Bounded: of more than kMost, errors take the places of warnings, and
/// what finds no place is counted only.
struct Problems {
  std::vector<Problem> list;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  static constexpr std::size_t kMost = 100;
  bool ok() const { return errors == 0; }
  /// No more warnings are kept: what would only make one better need not be looked for.
  bool full() const { return list.size() >= kMost; }
  void add(Problem problem);
};

}  // namespace holter::define
