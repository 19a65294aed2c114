#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::collect {

/// The newest text that each job has pushed, until its monitor's next check reads it (protocols/push). A job is named
/// by its grouping key as the Pushgateway has it: "backup", "backup/instance/db1". Bounded in each text, in jobs and in
/// all; the job that was not heard of for the longest time goes first.
/// Threads: any. Lifetime: outlives shards and API.
class Pushes {
 public:
  static constexpr std::size_t kMostText = 1 << 20;  ///< bytes of one push
  static constexpr std::size_t kMostJobs = 10'000;
  static constexpr std::size_t kLongestJob = 500;

  struct Push {
    std::shared_ptr<const std::string> text;
    bool openmetrics = false;
    MonoTime received;
  };

  Pushes(const Clock& clock, memory::Account& account) : clock_(clock), account_(account) {}

  /// Takes the place of the job's earlier one. Errors: kInvalidArgument (the job's name), kTooLarge, kResourceExhausted
  /// where the account has no room even without all others.
  Status put(std::string_view job, std::string_view text, bool openmetrics);
  std::optional<Push> newest(std::string_view job) const;

  std::size_t jobs() const;

 private:
  struct Entry {
    std::string job;
    Push push;
    memory::Reservation held;
  };
  using Entries = std::list<Entry>;  // who was not heard of for the longest time first

  void forget(Entries::iterator entry);

  const Clock& clock_;
  memory::Account& account_;
  mutable std::mutex mutex_;  // held for a moment
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_job_;
};

}  // namespace holter::collect
