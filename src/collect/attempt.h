#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "collect/raw_table.h"
#include "collect/shard_objects.h"
#include "memory/account.h"
#include "model/monitor.h"
#include "runtime/shard.h"

namespace holter::net {
class HttpClient;
class IcmpEngine;
class KnownHosts;
class Resolver;
}  // namespace holter::net
namespace holter::runtime {
class TaskScope;
}

namespace holter::collect {

class Pushes;

/// What a shard offers to the probes that run on it.
struct Services {
  runtime::Executor executor;
  const Clock& clock;
  runtime::TaskScope& scope;  ///< tasks of coroutine probes
  memory::Account& answers;   ///< what peers send back
  net::Resolver& resolver;
  net::HttpClient& http;
  net::IcmpEngine& icmp;
  ShardObjects& objects;  ///< what protocols keep for all their monitors
  /// What pays for rounds of critical monitors when the accounts above refuse; null: nothing does. Outlives all.
  memory::Account* critical = nullptr;
  /// The keys of SSH servers, shared by all shards; null: no SSH session can be opened. Outlives all.
  net::KnownHosts* known_hosts = nullptr;
  /// What pays for SSH sessions; null: `answers` does.
  memory::Account* ssh = nullptr;
  /// Monitors may run commands on this machine: off, unless the operator says so.
  bool allow_scripts = false;
  /// What jobs have pushed, shared by all shards; null: nobody takes pushes. Outlives all.
  const Pushes* pushes = nullptr;
};

class Layout;

/// How a probe ended.
struct Outcome {
  model::ResultCode code = model::ResultCode::kSuccess;
  std::string message;  ///< why it failed; on success empty, or what of the answer was left out
};

/// What happened during an attempt that somebody is watching (holter probe).
struct Trace {
  static constexpr std::size_t kMaxAnswer = 8 << 20;
  struct Step {
    nanoseconds at;  ///< since the attempt began
    std::string what;
  };
  std::vector<Step> steps;
  std::string answer;            ///< what the peer sent, in the form that Probe::replay() takes; cut to kMaxAnswer
  std::size_t answer_bytes = 0;  ///< before it was cut
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
  const RawTable& table() const { return table_; }

  /// Hands on what is in table() as a result of its own, of a set called `set` whose fields are those of `layout`, and
  /// empties the table: for protocols that find out only from the answer which sets there are. Before finish(); throws
  /// nothing.
  virtual void publish_part(std::string_view set, const Layout& layout) = 0;

  /// Ends the attempt, exactly once. `message` as in Outcome; it is copied. The attempt must
  /// not be touched afterwards. Throws nothing.
  virtual void finish(model::ResultCode code, std::string_view message) = 0;

  /// Bytes for what the peer sends: from Services::answers, or for a critical monitor from the reserve when that
  /// refuses. Errors: kResourceExhausted.
  Result<memory::Reservation> reserve(std::size_t bytes) const;
  /// The account of the reserve when this attempt may draw on it, else null.
  memory::Account* reserve_account() const { return critical_ ? services_->critical : nullptr; }
  /// Tells how many bytes the attempt held at its peak besides its table: what the monitor costs in flight.
  void note_held(std::size_t bytes) { held_bytes_ = std::max(held_bytes_, bytes); }

  /// Notes a step when somebody is watching (holter probe); otherwise costs one comparison.
  void step(std::string_view what) {
    if (trace_ != nullptr) trace_->steps.push_back({services_->clock.mono() - started_, std::string(what)});
  }
  /// Notes what the peer sent when somebody is watching, in the form that Probe::replay() takes. Several answers of one
  /// attempt stand behind each other.
  void note_answer(std::string_view answer) {
    if (trace_ == nullptr) return;
    trace_->answer_bytes += answer.size();
    trace_->answer.append(answer.substr(0, Trace::kMaxAnswer - trace_->answer.size()));
  }
  bool traced() const { return trace_ != nullptr; }

  /// Free for the probe's use while the attempt runs: a number (a slot in an engine's table) and an object.
  std::uint64_t probe_word = 0;
  std::shared_ptr<void> probe_state;

 protected:
  const Services* services_ = nullptr;
  MonoTime started_{};
  MonoTime deadline_{};
  RawTable table_;
  Trace* trace_ = nullptr;
  std::size_t held_bytes_ = 0;
  bool critical_ = false;
};

}  // namespace holter::collect
