#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "stress/critical.h"
#include "stress/monitors.h"
#include "stress/outcome.h"
#include "stress/refusal.h"
#include "stress/sampler.h"
#include "stress/screen.h"
#include "stress/stress.h"
#include "stress/subject.h"

namespace holter::stress {

/// What a scenario may set of its server.
struct TrialSettings {
  std::uint64_t budget = 64ULL << 20;  ///< unless the user gave one
  std::map<std::string, std::string> environment;
  std::uint64_t disk_bytes = 0;
  bool faults = false;        ///< with libholter-faults.so in front of its allocator: refusal()
  std::size_t critical = 10;  ///< monitors that must be on time, checked every second
};

/// One scenario's run: a server with critical monitors, its load, and what was seen. Steps in order: start(), then
/// warm_up() and before() where memory afterwards is to be compared, load by set_monitors() and wait(), after(),
/// finish(). Errors of all steps: kCancelled when the user interrupted, kIo when the server ended, others as the server
/// or the system gave them. Threads: one.
class Trial {
 public:
  Trial(const Options& options, Screen& screen, std::string name, std::string what);
  ~Trial();

  bool quick() const { return options_.quick; }
  const Options& options() const { return options_; }
  /// How long something lasts.
  seconds time(int quick_s, int full_s) const { return seconds(options_.quick ? quick_s : full_s); }
  /// Monitors of the load, unless the user said how many.
  std::size_t amount(std::size_t quick_n, std::size_t full_n) const;

  /// Starts the server with the critical monitors and `load`, and waits until each critical one has been checked.
  Status start(TrialSettings settings, const Monitors& load = {});
  /// What every monitors file of this trial begins with.
  Monitors base() const;

  /// A few words in the picture and on the screen.
  void phase(const std::string& name);
  /// Lets time pass.
  Status wait(milliseconds time);
  /// Lets time pass until `done`; kTimeout, "cannot see <what> ...", when it does not come in `time`.
  Status wait_until(milliseconds time, const std::string& what, const std::function<bool()>& done);

  /// Writes the monitors file and has it read. Tries again while the server refuses for want of memory, up to `time`.
  Status set_monitors(const Monitors& monitors, milliseconds time = seconds(60));
  /// Lets the server touch the code that a load touches, for pages of its program count too: the load in small, all
  /// routes of the API, and the critical monitors alone again.
  Status warm_up(const Monitors& small_load);
  /// Critical monitors are judged by what came until now; later checks do not count (nothing can run without memory).
  void judge_critical();
  /// Notes the resident set before the load.
  Status before();
  /// The load is over: gives the server time to give memory back, and notes the resident set.
  Status after();

  /// Asks the server in the ordinary way to end, and fills in the outcome, judged.
  Outcome finish();
  /// The outcome of a trial that cannot go on. The server is killed if it still runs.
  Outcome finish(const Error& why);

  Result<HttpAnswer> request(std::string_view method, std::string_view path, milliseconds time = seconds(5));
  Counters counters();

  Subject& subject() { return *subject_; }
  const Sampler& sampler() const { return *sampler_; }
  /// Only with TrialSettings::faults.
  Refusal& refusal() { return *refusal_; }
  CriticalTargets& critical() { return *critical_; }
  const std::string& directory() const { return directory_; }
  void note(std::string text) { outcome_.notes.push_back(std::move(text)); }
  void problem(std::string text) { outcome_.problems.push_back(std::move(text)); }

 private:
  void gather();
  double now_s() const;
  /// Median of the resident set in the last second.
  std::uint64_t resident_now() const;

  const Options& options_;
  Screen& screen_;
  SystemClock clock_;
  const MonoTime start_ = clock_.mono();
  MonoTime judged_from_{};  ///< critical monitors
  bool judged_ = false;     ///< they have been
  std::string directory_;
  Outcome outcome_;
  std::unique_ptr<CriticalTargets> critical_;
  std::unique_ptr<Refusal> refusal_;
  std::unique_ptr<Subject> subject_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace holter::stress
