#include "app/jobs.h"

#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::app {

using api::JobProgress;

Jobs::Job::Job(Jobs& jobs, std::string_view kind, std::string_view started_by) : jobs_(&jobs) {
  now_.kind = kind;
  now_.started_by = started_by;
}

Jobs::Job::Job(Job&& other) noexcept
    : jobs_(std::exchange(other.jobs_, nullptr)), now_(std::move(other.now_)), told_(other.told_), last_(other.last_) {}

Jobs::Job::~Job() {
  if (jobs_ != nullptr) fail("cannot go on: it was ended before it was done");
}

void Jobs::Job::begin_phase(JobProgress::Phase phase, std::size_t total) {
  now_.phase = phase;
  now_.total = total;
  now_.done = 0;
  if (total > kQuiet) tell();
}

void Jobs::Job::advance(std::size_t done) {
  now_.done = done;
  if (!told_ && done <= kQuiet) return;
  if (told_ && jobs_->clock_.mono() - last_ < kEach) return;
  tell();
}

void Jobs::Job::finish(std::size_t done) {
  now_.state = JobProgress::State::kDone;
  now_.done = done;
  if (now_.total == 0) now_.total = done;
  if (told_) tell();
  jobs_ = nullptr;
}

void Jobs::Job::fail(std::string_view why) {
  now_.state = JobProgress::State::kFailed;
  if (told_) tell(why);
  jobs_ = nullptr;
}

/// Without memory for it an event is left out: the next one says more.
void Jobs::Job::tell(std::string_view why) noexcept {
  try {
    auto of = now_.total == 0 ? std::string() : fmt::format(" of {}", now_.total);
    auto by = now_.started_by.empty() ? std::string() : fmt::format(" by '{}'", excerpt(now_.started_by));
    auto text = fmt::format("{}{}: {}{} monitors, {} ({})", now_.kind, by, now_.done, of, api::to_string(now_.state),
                            api::to_string(now_.phase));
    if (!why.empty()) text += fmt::format(": {}", why);
    if (now_.id == 0) now_.id = ++jobs_->last_id_;
    jobs_->events_.add("job", now_.state == JobProgress::State::kFailed ? "warning" : "info", text,
                       std::make_shared<const JobProgress>(now_));
    told_ = true;
    last_ = jobs_->clock_.mono();
  } catch (const std::bad_alloc&) {
    last_ = jobs_->clock_.mono();
  }
}

}  // namespace holter::app
