#include "collect/fan_out.h"

#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/collector.h"
#include "collect/fixed_text.h"

namespace holter::collect {

using model::ResultCode;

namespace {

constexpr std::string_view kNoMemory = "cannot collect: the memory account for rounds is full";
constexpr std::string_view kNoHeap = "cannot collect: the allocator's cap is reached";
constexpr std::size_t kReasonBytes = 256;
const RawTable kNoRows;

ResultCode code_of(const Error& error) {
  return error.code() == ErrorCode::kResourceExhausted ? ResultCode::kUnavailable : ResultCode::kFail;
}

}  // namespace

ResultCode FanOut::code() const {
  return failed > 0 && failed == runs.count ? worst : ResultCode::kSuccess;
}

std::string FanOut::message() const {
  auto note = runs.note();
  if (failed == 0) return note;
  auto text = runs.count == 1        ? reason
              : failed == runs.count ? fmt::format("all {} rows failed; the first: {}", failed, reason)
                                     : fmt::format("{} of {} rows failed; the first (row {}): {}", failed, runs.count,
                                                   first_failed + 1, reason);
  return note.empty() ? text : fmt::format("{}; {}", text, note);
}

/// What later sets refer to of a set that has ended.
void Collector::keep_rows(Round& round, const SetPlan& plan, const Layout& layout, const RawTable& table,
                          ResultCode code, std::string_view message, Environment::Add how) noexcept {
  if (!round.job->refers_) return;
  try {
    std::vector<std::string> names;
    for (const auto& later : round.job->sets) {
      const auto* per_row = later.probe->per_row();
      if (per_row == nullptr || later.def->priority <= plan.def->priority || !per_row->refers_to(*plan.def)) continue;
      names.insert(names.end(), per_row->names().begin(), per_row->names().end());
    }
    if (names.empty()) return;
    auto& found = sequel_of(round).found;
    if (code == ResultCode::kSuccess)
      (void)found.add(*plan.def, layout, table, names, scratch_, services_.clock.wall(),
                      how);  // a refusal is kept as the set's failure
    else
      found.add_failed(*plan.def, code, message);
  } catch (const std::bad_alloc&) {
    round.forgot = true;
  }
}

Sequel& Collector::sequel_of(Round& round) {
  auto* reserve = is_critical(*round.job) ? services_.critical : nullptr;
  if (!round.sequel) round.sequel = std::make_unique<Sequel>(account_, reserve);
  return *round.sequel;
}

/// Makes the runs of a set; what cannot be is its result.
void Collector::start_fan(Round& round, SetPlan& plan, const PerRow& per_row) {
  if (round.forgot) return report(round, plan, ResultCode::kUnavailable, kNoHeap);
  FanOut* started = nullptr;
  try {
    auto& sequel = sequel_of(round);
    auto runs = sequel.found.runs(per_row.names(), plan.def->priority);
    if (!runs) return report(round, plan, code_of(runs.error()), runs.error().message());
    auto bytes = sizeof(FanOut) + kReasonBytes + per_row.bytes();
    auto* account = pool_.charge(bytes, is_critical(*round.job));
    if (account == nullptr) return report(round, plan, ResultCode::kUnavailable, kNoMemory);
    auto charged = account->adopt(bytes);
    auto fan = std::make_unique<FanOut>();
    fan->round = &round;
    fan->plan = &plan;
    fan->runs = std::move(*runs);
    fan->started = services_.clock.mono();
    fan->started_wall_ms = epoch_ms(services_.clock.wall());
    fan->charged = std::move(charged);
    started = fan.get();
    fan->sibling = std::exchange(sequel.fans, nullptr);
    sequel.fans = std::move(fan);
  } catch (const std::bad_alloc&) {
    return report(round, plan, ResultCode::kUnavailable, kNoHeap);
  }
  pump(*started);
}

/// Begins what may begin, and ends the set when all of it has ended: `fan` is gone then.
void Collector::pump(FanOut& fan) noexcept {
  if (fan.pumping) return;
  fan.pumping = true;
  while (fan.may_begin()) {
    auto run = fan.next++;
    fan.place(run) = {.state = FanOut::State::kRunning};
    if (services_.clock.mono() - fan.started <= FanOut::kMostTime) {
      begin_run(fan, run);
      continue;
    }
    FixedText<128> text;
    run_ended(fan, run, ResultCode::kTimeout,
              text.format("not asked: the rows before it took {}", format_duration(FanOut::kMostTime)), nullptr);
  }
  fan.pumping = false;
  if (!pool_.swept()) wake_soon();
  if (fan.complete()) end_fan(fan);
}

void Collector::begin_run(FanOut& fan, std::size_t run) noexcept {
  MonitorJob& job = *fan.round->job;
  SetAttempt* attempt = nullptr;
  try {
    auto made = fan.plan->probe->per_row()->make(fan.round->sequel->found.variables(fan.runs, run));
    if (!made) return run_ended(fan, run, code_of(made.error()), made.error().message(), nullptr);
    auto* account = pool_.charge(made->bytes, is_critical(job));
    if (account == nullptr) return run_ended(fan, run, ResultCode::kUnavailable, kNoMemory, nullptr);
    auto charged = account->adopt(made->bytes);
    attempt = pool_.take_attempt(is_critical(job));
    if (attempt == nullptr) return run_ended(fan, run, ResultCode::kUnavailable, kNoMemory, nullptr);
    attempt->begin(fan, run, std::move(*made), std::move(charged));
  } catch (const std::bad_alloc&) {
    return run_ended(fan, run, ResultCode::kUnavailable, kNoHeap, nullptr);
  }
  ++job.attempts_;
  try {
    attempt->probe->start(*attempt);
  } catch (const std::bad_alloc&) {  // then nothing has begun
    on_finish(*attempt, ResultCode::kUnavailable, kNoHeap);
  }
}

/// `attempt` is out of the round, and is given back when its rows are recorded; null: there are none.
void Collector::run_ended(FanOut& fan, std::size_t run, ResultCode code, std::string_view message,
                          SetAttempt* attempt) noexcept {
  auto& place = fan.place(run);
  place.state = FanOut::State::kDone;
  if (code == ResultCode::kUnavailable) scheduler_.note_refusal();
  if (code == ResultCode::kSuccess) {
    place.ended = attempt;
  } else {
    if (fan.failed == 0 || run < fan.first_failed) {
      fan.first_failed = run;
      try {
        fan.reason = excerpt(message, kReasonBytes);
      } catch (const std::bad_alloc&) {
        fan.reason.clear();
      }
    }
    ++fan.failed;
    fan.worst = std::max(fan.worst, code);
    if (attempt != nullptr) pool_.give_back(*attempt);
  }
  record_runs(fan);
}

/// Records the rows of ended runs in the order of the runs. A single run is recorded by end_fan(), as any set.
void Collector::record_runs(FanOut& fan) noexcept {
  for (; fan.recorded < fan.next && fan.place(fan.recorded).state == FanOut::State::kDone; ++fan.recorded) {
    if (fan.runs.count == 1) continue;
    auto* attempt = std::exchange(fan.place(fan.recorded).ended, nullptr);
    if (attempt == nullptr) continue;
    MonitorJob& job = *fan.round->job;
    recorder_.record_rows({job.monitor().id,
                           fan.plan->def->name,
                           *attempt->layout,
                           attempt->table(),
                           fan.started_wall_ms,
                           nanoseconds(0),
                           ResultCode::kSuccess,
                           {}},
                          fan.merged, fan.plan->memory, job.series_);
    keep_rows(*fan.round, *fan.plan, *attempt->layout, attempt->table(), ResultCode::kSuccess, {},
              Environment::Add::kAppend);
    pool_.give_back(*attempt);
  }
}

void Collector::end_fan(FanOut& fan) noexcept {
  Round& round = *fan.round;
  MonitorJob& job = *round.job;
  SetPlan& plan = *fan.plan;
  auto code = fan.code();
  std::string message;
  try {
    message = fan.message();
  } catch (const std::bad_alloc&) {  // the code says it
  }
  auto* only = fan.runs.count == 1 ? std::exchange(fan.place(0).ended, nullptr) : nullptr;
  const auto& layout = only != nullptr ? *only->layout : *plan.layout;
  const auto& table = only != nullptr ? only->table() : kNoRows;
  Collected result{
      job.monitor().id, plan.def->name, layout, table, fan.started_wall_ms, services_.clock.mono() - fan.started, code,
      message};
  if (fan.runs.count == 1)
    recorder_.record(result, plan.memory, job.series_);
  else
    recorder_.record_end(result, fan.merged, plan.memory, job.series_);
  keep_rows(round, plan, layout, table, code, message, Environment::Add::kAppend);
  if (only != nullptr) pool_.give_back(*only);
  round.failed = round.failed || (plan.def->priority == 0 && code != ResultCode::kSuccess);
  for (auto* place = &round.sequel->fans; *place; place = &(*place)->sibling) {
    if (place->get() != &fan) continue;
    auto ended = std::move(*place);
    *place = std::move(ended->sibling);
    break;
  }
}

/// The round ends: what its sets have found and not recorded is lost, as for sets that still run.
void Collector::drop_fans(Round& round) {
  if (!round.sequel) return;
  round.bytes += round.sequel->found.bytes();
  for (auto* fan = round.sequel->fans.get(); fan != nullptr; fan = fan->sibling.get())
    for (auto& place : fan->places)
      if (place.ended != nullptr) pool_.give_back(*std::exchange(place.ended, nullptr));
  round.sequel.reset();
}

}  // namespace holter::collect
