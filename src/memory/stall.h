#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/proc_file.h"
#include "memory/pressure.h"

namespace holter::memory {

/// The kernel's pressure stall information (Documentation/accounting/psi.rst): how long tasks waited for memory, which
/// also shows the pressure of neighbours that no figure of our own shows. Watches the own cgroup's memory.pressure
/// (v2), or the machine's /proc/pressure/memory. Without either the signal is 0, and source() says why.
///
/// Threads: one. Needs CAP_SYS_RESOURCE for triggers finer than 2 s; without it one of 2 s is taken, without that
/// the averages alone.
class Stall {
 public:
  /// `root` is "/" except in tests. Never fails.
  static Stall open(const std::string& root = "/");

  /// How short memory is, from 0 to 1, on the scale of `levels`, so that a neighbour's pressure reads like our own:
  /// tasks that stalled 10 % of the last 10 s ("some avg10") are the beginning of elevated, 20 % of high, 40 % of
  /// critical, 60 % of emergency, 100 % is 1; linear in between. A trigger that fired within the last second counts as
  /// the beginning of elevated at least. Reads the file and polls the trigger without waiting; allocates nothing.
  double share(MonoTime now, const LevelOptions& levels = {});

  /// Becomes ready (POLLPRI) when tasks stalled for 10 % of a window of 1 s or 2 s, at most once per window; -1: no
  /// trigger. (Measured with the second kind: 0.8 s after the load began, then every 2 s.) Who waits on it calls
  /// fired() when woken, since the kernel tells only one of us.
  int descriptor() const { return trigger_.get(); }
  void fired(MonoTime now) { fired_ = now; }

  /// The file that is watched and how, or why there is none.
  const std::string& source() const { return source_; }

 private:
  void poll_trigger(MonoTime now);

  Descriptor file_, trigger_;
  std::optional<MonoTime> fired_;
  std::string source_;
};

/// "some avg10=1.23 ..." -> 1.23, in percent from 0 to 100. Nothing when the text is something else.
std::optional<double> parse_stall(std::string_view text);

/// The mapping of Stall::share(): percent stalled to a share of what is allowed.
double stall_share(double percent, const LevelOptions& levels = {});

}  // namespace holter::memory
