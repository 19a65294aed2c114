#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collect/raw_table.h"
#include "model/monitor.h"
#include "runtime/shard.h"

namespace holter::net {
class HttpClient;
class IcmpEngine;
class Resolver;
}  // namespace holter::net
namespace holter::runtime {
class TaskScope;
}

namespace holter::collect {

/// What a shard offers to the probes that run on it.
struct Services {
  runtime::Executor executor;
  const Clock& clock;
  runtime::TaskScope& scope;  ///< tasks of coroutine probes
  memory::Account& answers;   ///< what peers send back
  net::Resolver& resolver;
  net::HttpClient& http;
  net::IcmpEngine& icmp;
};

/// One line of "what happened": for `holter probe`, which shows each step with its time.
struct Step {
  nanoseconds at;  ///< since the attempt began
  std::string what;
};

/// One run of one set. Lives from start() to finish(); owned by the round, and reused.
///
/// Threads: one shard's.
class Attempt {
 public:
  virtual ~Attempt() = default;
  Attempt() = default;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  const Services& services() const { return *services_; }
  MonoTime started() const { return started_; }
  MonoTime deadline() const { return deadline_; }
  /// Where the probe writes what it found, before finish(kSuccess).
  RawTable& table() { return table_; }

  /// Ends the attempt, exactly once. `message` says why it failed (empty on success); it is copied. The attempt must
  /// not be touched afterwards.
  virtual void finish(model::ResultCode code, std::string_view message) = 0;

  /// Notes a step when somebody is watching (holter probe); otherwise costs one comparison.
  void step(std::string_view what) {
    if (steps_ != nullptr) steps_->push_back({services_->clock.mono() - started_, std::string(what)});
  }
  bool traced() const { return steps_ != nullptr; }

  /// Free for the probe's use while the attempt runs: a number (a slot in an engine's table) and an object.
  std::uint64_t probe_word = 0;
  std::shared_ptr<void> probe_state;

 protected:
  const Services* services_ = nullptr;
  MonoTime started_{};
  MonoTime deadline_{};
  RawTable table_;
  std::vector<Step>* steps_ = nullptr;
};

}  // namespace holter::collect
