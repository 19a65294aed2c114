#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/backend.h"
#include "app/events.h"
#include "base/clock.h"

namespace holter::app {

/// Work on many monitors at once, told to event streams while it goes on: a bulk change, an import, a reload. Each is a
/// number of events of kind "job" (api::JobProgress): one when it begins, at most two a second on the way, and one at
/// its end. Work on at most kQuiet monitors is over before anybody could look, and is not told.
///
/// Threads: the control executor's. Lifetime: outlives its jobs.
class Jobs {
 public:
  static constexpr std::size_t kQuiet = 200;
  static constexpr milliseconds kEach{500};

  Jobs(const Clock& clock, Events& events) : clock_(clock), events_(events) {}
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// One piece of work. Ends as failed where nobody says otherwise, also when its coroutine is dropped where it waits.
  class Job {
   public:
    Job(Job&& other) noexcept;
    Job& operator=(Job&&) = delete;
    ~Job();

    /// What is done of what: from now on, `total` monitors (0: nobody knows yet), none of them done. Work that turns
    /// out to be on many is told from here on.
    void begin_phase(api::JobProgress::Phase phase, std::size_t total);
    /// `done` monitors of the phase's. Cheap: call it for each.
    void advance(std::size_t done);
    /// One more.
    void step() { advance(now_.done + 1); }
    /// It is over, with `done` monitors changed.
    void finish(std::size_t done);
    /// It is over, and nothing of it holds, or not all. `why` begins "cannot ...".
    void fail(std::string_view why);

   private:
    friend class Jobs;
    Job(Jobs& jobs, std::string_view kind, std::string_view started_by);
    void tell(std::string_view why = {}) noexcept;

    Jobs* jobs_;  ///< null: it is over, or was moved
    api::JobProgress now_;
    bool told_ = false;
    MonoTime last_{};
  };
  /// `kind`: what is done, "monitors.import"; `started_by`: the account; empty: nobody asked for it.
  Job begin(std::string_view kind, std::string_view started_by) { return {*this, kind, started_by}; }

 private:
  const Clock& clock_;
  Events& events_;
  std::uint64_t last_id_ = 0;
};

}  // namespace holter::app
