#include "app/periodic_rules.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "runtime/deadline.h"

namespace holter::app {
namespace {

using boost::asio::awaitable;
using Run = alert::PeriodicSchedule::Run;

constexpr milliseconds kLongestWait{1000}, kShortestWait{5};
/// Of a rule's status: its place, texts of an error and of warnings.
constexpr std::size_t kStatusBytes = 1024;
constexpr std::size_t kMostError = 500;

double seconds_of(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

/// A run that has begun. Whatever becomes of its task, the schedule learns that it is over.
class PeriodicRules::Ticket {
 public:
  Ticket(PeriodicRules& owner, Run run)
      : owner_(owner),
        run_(std::move(run)),
        began_(owner.parts_.clock.mono()),
        time_ms_(epoch_ms(owner.parts_.clock.wall())) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!ended_) owner_.finish(run_, began_, time_ms_, nullptr);
  }
  void end(const Result<RuleAnswer>& answer) {
    ended_ = true;
    owner_.finish(run_, began_, time_ms_, &answer);
  }
  std::int64_t time_ms() const { return time_ms_; }

 private:
  PeriodicRules& owner_;
  const Run run_;
  const MonoTime began_;
  const std::int64_t time_ms_;
  bool ended_ = false;
};

PeriodicRules::PeriodicRules(Parts parts)
    : parts_(std::move(parts)), schedule_(parts_.limits), memory_(parts_.account.adopt(0)), tasks_(parts_.executor) {}

awaitable<void> PeriodicRules::close() {
  closed_ = true;
  co_await tasks_.close();
}

void PeriodicRules::look() {
  if (closed_) return;
  try {
    follow();
    begin_due();
    if (std::exchange(waiting_, true)) return;
    if (tasks_.spawn(wait_for_due()) == nullptr) waiting_ = false;
  } catch (const std::bad_alloc&) {
    // The next look tries again.
  }
}

awaitable<void> PeriodicRules::wait_for_due() {
  struct Ended {
    bool& waiting;
    ~Ended() { waiting = false; }
  } ended{waiting_};
  while (!closed_) {
    const auto left = std::chrono::ceil<milliseconds>(std::min(schedule_.next(), parts_.clock.mono() + kLongestWait) -
                                                      parts_.clock.mono());
    const auto wait = std::clamp(left, kShortestWait, kLongestWait);
    if (!co_await runtime::sleep_for(wait)) co_return;
    begin_due();
  }
}

void PeriodicRules::follow() {
  const auto version = parts_.version();
  if (version_ == version) return;
  if (auto followed = follow_rules(); !followed) {
    // The old ones go on; those that are gone are refused by the rules themselves.
    log::warning("alert", "periodic rules as they were go on: {}", followed.error().message());
    return;
  }
  version_ = version;
}

Status PeriodicRules::follow_rules() {
  std::vector<alert::PeriodicSchedule::Task> tasks;
  std::map<std::string, Known, std::less<>> next;
  std::size_t bytes = 0;
  for (const auto& status : parts_.rules()) {
    const auto& rule = *status.rule;
    if (rule.kind != alert::RuleKind::kPeriodic) continue;
    tasks.push_back({rule.name, rule.interval, rule.source, alert::meaning_of(rule)});
    Known known{.source = rule.source, .query = rule.query, .interval = rule.interval, .meaning = tasks.back().meaning};
    bytes +=
        alert::PeriodicSchedule::kBytesOfRule + sizeof known + kStatusBytes + 2 * rule.name.size() + rule.query.size();
    next.emplace(rule.name, std::move(known));
  }
  if (!memory_.resize(bytes)) return parts_.account.refusal(bytes);
  schedule_.set(tasks, parts_.clock.wall(), parts_.clock.mono());
  // Only now, when nothing is refused any more, do the old ones go.
  for (auto& [name, known] : next) {
    auto before = known_.find(name);
    if (before == known_.end() || before->second.meaning != known.meaning) continue;
    known.status = std::move(before->second.status);
    known.told = std::exchange(before->second.told, false);
  }
  for (const auto& [name, known] : known_) told_ -= known.told ? 1 : 0;
  known_ = std::move(next);
  if (told_ == 0) told_more_ = false;
  return {};
}

void PeriodicRules::begin_due() {
  if (closed_ || std::exchange(beginning_, true)) return;  // a task that cannot begin ends in here
  try {
    while (auto run = schedule_.begin(parts_.clock.mono())) begin(std::move(*run));
  } catch (const std::bad_alloc&) {
    // What is due waits for the next look.
  }
  beginning_ = false;
}

void PeriodicRules::begin(Run run) {
  auto found = known_.find(run.name);
  std::unique_ptr<Ticket> ticket;
  try {
    ticket = std::make_unique<Ticket>(*this, run);
  } catch (const std::bad_alloc&) {
    (void)schedule_.ended(run);
    throw;
  }
  if (found == known_.end()) return;  // it cannot be: both follow the same rules
  const auto& known = found->second;
  const auto patience = std::min<milliseconds>(known.interval, kMostPatience);
  tasks_.spawn(this->run(std::move(ticket), known.source, known.query, parts_.clock.mono() + patience));
}

awaitable<void> PeriodicRules::run(std::unique_ptr<Ticket> ticket, alert::QuerySource source, std::string query,
                                   MonoTime deadline) {
  auto asked = ask_rule(&parts_.sources, source, std::move(query), ticket->time_ms(), deadline);
  auto answer = co_await runtime::guarded(std::move(asked), "ask the rule");
  if (!answer && answer.error().code() == ErrorCode::kCancelled && closed_) co_return;
  ticket->end(answer);
}

/// Called from a destructor, too. `answer` is null for a task that was dropped for want of memory.
void PeriodicRules::finish(const Run& run, MonoTime began, std::int64_t time_ms,
                           const Result<RuleAnswer>* answer) noexcept {
  try {
    if (!closed_) follow();  // an answer to what the rule asked before an edit does not count
  } catch (const std::bad_alloc&) {
    answer = nullptr;
  }
  const bool current = schedule_.ended(run);
  auto found = known_.find(run.name);
  if (closed_ || !current || found == known_.end()) return;
  auto& known = found->second;
  auto& status = known.status;
  const auto took = parts_.clock.mono() - began;
  status.duration = std::chrono::round<milliseconds>(took);
  status.lateness = std::chrono::round<milliseconds>(began - run.planned);
  status.seconds += seconds_of(took);
  try {
    const auto taken = answer == nullptr ? Status(Error(ErrorCode::kResourceExhausted, "there was no memory to ask"))
                       : *answer         ? take(run.name, known, **answer, time_ms)
                                         : Status(answer->error());
    if (!taken) fail(run.name, known, taken.error());
  } catch (const std::bad_alloc&) {
    ++status.failures;  // the next run may say more
  }
  begin_due();  // there is a free place
}

Status PeriodicRules::take(const std::string& rule, Known& known, const RuleAnswer& answer, std::int64_t time_ms) {
  auto outcome = parts_.answer(rule, answer.rows, time_ms);
  if (!outcome && outcome.error().code() == ErrorCode::kNotFound) return {};  // it has gone this moment
  if (!outcome) return outcome.error();
  auto& status = known.status;
  ++status.evaluations;
  status.answered_ms = time_ms;
  status.rows = answer.rows.size();
  status.outcome = *outcome;
  status.warnings = answer.warnings;
  status.error.clear();
  status.error_since_ms = 0;
  status.failed_in_a_row = 0;
  if (known.told) tell_recovery(rule, known);
  return {};
}

void PeriodicRules::fail(const std::string& rule, Known& known, const Error& error) {
  auto& status = known.status;
  ++status.failures;
  ++status.failed_in_a_row;
  if (status.error_since_ms == 0) status.error_since_ms = epoch_ms(parts_.clock.wall());
  status.error = excerpt(error.message(), kMostError);
  if (status.failed_in_a_row >= kFailuresToTell && !known.told) tell_failure(rule, known);
}

void PeriodicRules::tell_failure(const std::string& rule, Known& known) {
  if (told_ >= kMostTold) {
    // Where all fail for the same reason, that is said often enough.
    if (std::exchange(told_more_, true)) return;
    parts_.tell("alert.rule", "warning",
                fmt::format("more than {} periodic rules get no answer; their statuses say why", kMostTold));
    return;
  }
  ++told_;
  known.told = true;
  auto text =
      fmt::format("the rule '{}' has got no answer {} times in a row: {}", rule, kFailuresToTell, known.status.error);
  log::warning("alert", "{}", text);
  parts_.tell("alert.rule", "warning", text);
}

void PeriodicRules::tell_recovery(const std::string& rule, Known& known) {
  known.told = false;
  if (--told_ == 0) told_more_ = false;
  parts_.tell("alert.rule", "info", fmt::format("the rule '{}' is answered again", rule));
}

std::optional<PeriodicStatus> PeriodicRules::status(std::string_view rule) const {
  auto found = known_.find(rule);
  if (found == known_.end()) return std::nullopt;
  auto status = found->second.status;
  status.skipped = schedule_.skipped(rule);
  return status;
}

std::vector<api::PeriodicStats> PeriodicRules::stats(std::size_t most) const {
  std::vector<api::PeriodicStats> out;
  for (const bool failing : {true, false}) {
    for (const auto& [name, known] : known_) {
      const auto& status = known.status;
      if (status.error.empty() == failing) continue;
      if (out.size() == most) return out;
      out.push_back({.rule = name,
                     .evaluations = status.evaluations,
                     .failures = status.failures,
                     .skipped = schedule_.skipped(name),
                     .seconds = status.seconds,
                     .lateness = seconds_of(status.lateness)});
    }
  }
  return out;
}

}  // namespace holter::app
