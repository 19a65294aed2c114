#pragma once

#include <span>

#include "base/result.h"
#include "stress/trial.h"

namespace holter::stress {

/// One way to break a server.
struct Scenario {
  const char* name;
  const char* what;
  int quick_s, full_s;    ///< about how long it takes
  Status (*run)(Trial&);  ///< everything between the construction of the trial and its finish()
};

/// In the order in which they run.
std::span<const Scenario> scenarios();

// Each is described in docs/stress.md.
Status run_incident(Trial& trial);
Status run_start(Trial& trial);
Status run_overload(Trial& trial);
Status run_churn(Trial& trial);
Status run_silent(Trial& trial);
Status run_bodies(Trial& trial);
Status run_labels(Trial& trial);
Status run_history(Trial& trial);
Status run_disk(Trial& trial);
Status run_api(Trial& trial);
Status run_faults(Trial& trial);
Status run_all(Trial& trial);

// Steps that more than one scenario takes.

/// Kills the history process `times` times, each time when a new one is there.
Status kill_history(Trial& trial, int times);
/// Stops the history process for a while (SIGSTOP), then lets it go on.
Status stop_history(Trial& trial, milliseconds time);

}  // namespace holter::stress
