#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/local_services.h"
#include "define/definitions.h"

namespace holter::app {

/// A test case of a definition: a directory `testcases/<app>/<case>/` with
///
/// - `case.yml`: `params:` as a monitor has them, and `source:`, where the answers are from;
/// - `<set>.answer`: a recorded answer, as `holter probe --record` writes it; `<set>.1.answer`, `<set>.2.answer`... for
///   the sub-requests of a set, in the order of their rows. A set without one is left out;
/// - `expected.txt`: what must come out.
struct DefinitionCase {
  std::string directory;
  std::string app;   ///< name of the directory above
  std::string name;  ///< name of the directory
};

/// All test cases below `directory`, by path.
std::vector<DefinitionCase> find_cases(const std::string& directory, define::Problems& problems);

/// Answers that were recorded in a directory, or in one file for whichever set is asked for.
class Recording {
 public:
  /// Errors: kNotFound, kIo, kTooLarge (an answer over 8 MiB).
  static Result<Recording> open(const std::string& path);
  /// As collect::Trial::Options::replay takes it.
  std::optional<std::string> answer(const model::SetDef& set, std::size_t number) const;
  /// Names of files that no request has asked for.
  std::vector<std::string> unused() const;

 private:
  struct Answer {
    std::string name, text;
    mutable bool used = false;
  };
  std::vector<Answer> answers_;
  bool single_ = false;
};

/// What the case brings, as the text of its `expected.txt`. Errors: whatever is wrong with the case.
Result<std::string> run_case(const DefinitionCase& test, const define::Registry& registry, LocalServices& services);

/// Runs the case and compares. Errors: as run_case(); kCorruption when something else came out, with the first line
/// that differs. With `update`, writes what came out instead of comparing.
Status check_case(const DefinitionCase& test, const define::Registry& registry, LocalServices& services, bool update);

}  // namespace holter::app
