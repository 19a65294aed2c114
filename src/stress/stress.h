#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace holter::stress {

struct Options {
  bool quick = false;             ///< all scenarios within three minutes
  bool keep = false;              ///< leave the directories of the servers behind
  std::vector<std::string> only;  ///< names of scenarios; empty: all
  std::uint64_t budget = 0;       ///< memory.budget of the servers; 0: as the scenario says
  std::size_t monitors = 0;       ///< monitors of the load; 0: as the scenario says
  std::string out = "stress";     ///< directory of the report and the pictures, made when missing
};

/// Brings up servers and tries to break them, one scenario after another; prints a line for each and a table at the
/// end, and writes `<out>/stress-report.json` and a picture per scenario. Returns the exit code: 0 all passed, 1 one
/// failed, 2 one could not be run, or was interrupted. Threads: the caller's must be the process's only one; SIGINT and
/// SIGTERM are blocked from here on and end the run early.
/// Errors: kInvalidArgument for a name that is no scenario's, kIo when nothing can be written to `out`.
Result<int> run(const Options& options);

/// Prints the scenarios, one a line.
void list();

}  // namespace holter::stress
