#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "stress/http.h"
#include "stress/pause.h"
#include "stress/sample.h"
#include "stress/subject.h"

namespace holter::stress {

/// Takes what the API says about memory into a sample; false when that is no memory report. Figures that it does not
/// have stay as they are.
bool read_memory(std::string_view json, Sample& sample);
/// Takes what the API says about the schedule; `known` stays false when that is no such report.
Counters read_schedule(std::string_view json);
/// Takes the last words of `holter serve`: "checks 5 due = 3 run + ...", "history 7 samples sent, ...".
Counters read_last_words(std::string_view output);

/// Watches a server five times a second: the kernel's figures of both processes always, the API's when it answers in
/// time. A thread of its own. Threads: all methods from one other thread. The subject must outlive it.
class Sampler {
 public:
  static constexpr std::size_t kMost = 50'000;  ///< samples kept; later ones are not
  static constexpr milliseconds kEvery{200};

  /// Times count from `start`.
  Sampler(const Subject& subject, MonoTime start);
  ~Sampler();

  std::vector<Sample> samples() const;
  Sample last() const;

 private:
  void run();
  Sample take(HttpClient& http);

  const Subject& subject_;
  const MonoTime start_;
  SystemClock clock_;
  std::uint64_t child_peak_ = 0, peak_ = 0;  // of processes that are gone, too
  mutable std::mutex mutex_;
  std::vector<Sample> samples_;  // under mutex_
  Pause pause_;
  std::thread thread_;
};

}  // namespace holter::stress
