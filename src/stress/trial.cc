#include "stress/trial.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/units.h"

namespace holter::stress {
namespace {

constexpr std::uint64_t kChildLimit = 128ULL << 20;  // with history.memory_limit as it is by default
constexpr milliseconds kCriticalInterval{1000};
constexpr milliseconds kTick{100};
constexpr milliseconds kMostStart{60'000};
constexpr milliseconds kMostEnd{20'000};
constexpr milliseconds kMostRest{12'000};            // after the warm-up
constexpr std::uint64_t kTouchedPages = 4ULL << 20;  // of program text and libraries, by the warm-up
constexpr milliseconds kMostReturn{30'000};          // of memory, after the load

Status interrupted() {
  return Error(ErrorCode::kCancelled, "cannot go on: interrupted");
}

}  // namespace

Trial::Trial(const Options& options, Screen& screen, std::string name, std::string what)
    : options_(options), screen_(screen) {
  outcome_.name = std::move(name);
  outcome_.what = std::move(what);
  outcome_.child_limit = kChildLimit;
  outcome_.levels.resize(std::size(kLevelNames));
}

Trial::~Trial() {
  sampler_.reset();
  subject_.reset();
  std::error_code ignored;  // what cannot be removed stays in the temporary directory
  if (!directory_.empty() && !options_.keep) std::filesystem::remove_all(directory_, ignored);
}

std::size_t Trial::amount(std::size_t quick_n, std::size_t full_n) const {
  if (options_.monitors > 0) return options_.monitors;
  return options_.quick ? quick_n : full_n;
}

double Trial::now_s() const {
  return std::chrono::duration<double>(clock_.mono() - start_).count();
}

Monitors Trial::base() const {
  Monitors monitors;
  for (std::size_t i = 0; i < critical_->count(); ++i)
    monitors.check(fmt::format("critical-{}", i), "port", critical_->host(i), critical_->port(i), "",
                   fmt::format("{}ms", kCriticalInterval.count()), "critical", 900);
  return monitors;
}

Status Trial::start(TrialSettings settings, const Monitors& load) {
  auto pattern = (std::filesystem::temp_directory_path() / "holter-stress-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return Error(ErrorCode::kIo, fmt::format("cannot make {}", pattern));
  directory_ = pattern;
  outcome_.budget = options_.budget != 0 ? options_.budget : settings.budget;
  if (quick()) settings.environment.emplace("HOLTER_MEMORY_DWELL", "2s");  // to see levels end, too
  TRY(critical_, CriticalTargets::open(settings.critical));
  if (settings.faults) {
    TRY(refusal_, Refusal::make(directory_));
    settings.environment.merge(refusal_->environment());
  }
  TRY_OK(write_definitions(directory_ + "/definitions"));
  auto monitors = base();
  monitors.append(load);
  TRY_OK(monitors.write(directory_ + "/monitors.yml"));
  subject_ = std::make_unique<Subject>(SubjectOptions{.directory = directory_,
                                                      .budget = outcome_.budget,
                                                      .child_limit = kChildLimit,
                                                      .environment = std::move(settings.environment),
                                                      .disk_bytes = settings.disk_bytes});
  TRY_OK(subject_->start(kMostStart));
  if (!subject_->no_group().empty())
    note(fmt::format("{}; RLIMIT_DATA holds the main process instead", subject_->no_group()));
  http_ = std::make_unique<HttpClient>(subject_->port(), subject_->token());
  sampler_ = std::make_unique<Sampler>(*subject_, start_);
  auto began = clock_.mono();
  TRY_OK(wait_until(seconds(15), "a check of each critical monitor", [&] { return critical_->all_seen_since(began); }));
  judged_from_ = clock_.mono();
  at_start_ = resident_now();
  return {};
}

void Trial::phase(const std::string& name) {
  outcome_.phases.push_back({now_s(), name});
  screen_.phase(name);
}

Status Trial::wait_until(milliseconds time, const std::string& what, const std::function<bool()>& done) {
  for (auto deadline = clock_.mono() + time; !done();) {
    if (auto end = subject_->end())
      return Error(ErrorCode::kIo, fmt::format("holter {}: {}", end->text(), subject_->last_words()));
    if (clock_.mono() >= deadline)
      return Error(ErrorCode::kTimeout, fmt::format("cannot see {} within {}", what, format_duration(time)));
    if (!wait_or_signal(kTick)) return interrupted();
    if (!sampler_) continue;
    auto sample = sampler_->last();
    screen_.tick(fmt::format("{} of {}  history {}  {}{}", format_size(sample.resident), format_size(outcome_.budget),
                             format_size(sample.child_resident), sample.level < 0 ? "-" : kLevelNames[sample.level],
                             sample.paused > 0 ? fmt::format("  {} paused", sample.paused) : ""));
  }
  return {};
}

Status Trial::wait(milliseconds time) {
  auto deadline = clock_.mono() + time;
  return wait_until(time + seconds(1), "the end of the time", [&] { return clock_.mono() >= deadline; });
}

Result<HttpAnswer> Trial::request(std::string_view method, std::string_view path, milliseconds time) {
  return http_->request(method, path, time);
}

Counters Trial::counters() {
  auto answer = request("GET", "/api/v1/schedule");
  return answer && answer->status == 200 ? read_schedule(answer->body) : Counters{};
}

Status Trial::set_monitors(const Monitors& monitors, milliseconds time) {
  TRY_OK(monitors.write(directory_ + "/monitors.yml"));
  for (auto deadline = clock_.mono() + time;;) {
    auto answer = request("POST", "/api/v1/reload", seconds(10));
    if (answer && answer->status == 200) return {};
    auto why =
        answer ? fmt::format("status {}: {}", answer->status, excerpt(answer->body, 300)) : answer.error().message();
    // 409, 503: not now. Without memory for the file the server says 400, since it cannot read it.
    bool again = !answer || answer->status == 503 || answer->status == 409 ||
                 (answer->status == 400 && answer->body.find("memory") != std::string::npos);
    if (!again || clock_.mono() >= deadline)
      return Error(ErrorCode::kUnavailable, fmt::format("cannot reload {} monitors: {}", monitors.count(), why));
    TRY_OK(wait(milliseconds(500)));
  }
}

Status Trial::warm_up(const Monitors& small_load) {
  phase("warm-up");
  auto monitors = base();
  monitors.append(small_load);
  TRY_OK(set_monitors(monitors));
  TRY_OK(wait(time(1, 5)));
  for (const char* path :
       {"/api/v1/summary", "/api/v1/monitors?limit=1000", "/api/v1/schedule", "/metrics", "/", "/api/v1/openapi.json"})
    TRY_OK(request("GET", path));
  TRY_OK(set_monitors(base()));
  return wait(time(1, 10));
}

std::uint64_t Trial::resident_now() const {
  std::vector<std::uint64_t> values;
  for (const auto& sample : sampler_->samples())
    if (sample.time_s > now_s() - 1.2) values.push_back(sample.resident);
  if (values.empty()) return sampler_->last().resident;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void Trial::judge_critical() {
  if (judged_ || !critical_ || judged_from_ == MonoTime{}) return;
  judged_ = true;
  outcome_.critical = critical_->lateness(judged_from_, kCriticalInterval);
}

Status Trial::before() {
  phase("before");
  TRY_OK(wait(milliseconds(1500)));
  // What the warm-up took is given back some seconds later; a figure taken before that would forgive too much.
  auto rest = wait_until(kMostRest, "memory at rest", [&] { return resident_now() <= at_start_ + kTouchedPages; });
  outcome_.before = resident_now();
  outcome_.before_anonymous = sampler_->last().anonymous;
  return rest || rest.error().code() == ErrorCode::kTimeout ? Status{} : rest;
}

Status Trial::after() {
  phase("after");
  auto enough = allowed_after(outcome_.before);
  TRY_OK(wait(milliseconds(1500)));
  auto back = wait_until(kMostReturn, "memory back", [&] { return resident_now() <= enough; });
  outcome_.after = resident_now();
  outcome_.after_anonymous = sampler_->last().anonymous;
  // That memory did not come back in time is judged by the figure.
  return back || back.error().code() == ErrorCode::kTimeout ? Status{} : back;
}

/// What is known once the server has ended, or must.
void Trial::gather() {
  outcome_.seconds = now_s();
  if (!subject_) return;
  outcome_.limit_kind = subject_->group() ? subject_->group().kind() : "RLIMIT_DATA";
  outcome_.group_peak = subject_->group().peak();
  outcome_.kills = subject_->group().kills() + subject_->child_group().kills();
  if (!sampler_) return;
  outcome_.samples = sampler_->samples();
  for (const auto& sample : outcome_.samples) {
    outcome_.peak = std::max(outcome_.peak, sample.peak);
    outcome_.child_peak = std::max(outcome_.child_peak, sample.child_peak);
    outcome_.paused_most = std::max(outcome_.paused_most, sample.paused);
    if (sample.level >= 0) outcome_.levels[static_cast<std::size_t>(sample.level)] = true;
  }
}

Outcome Trial::finish() {
  phase("end");
  auto dropped = counters().dropped_rows;
  judge_critical();  // until it is told to end
  subject_->signal(SIGINT);
  outcome_.end = subject_->wait_end(kMostEnd);
  gather();
  outcome_.counters = read_last_words(subject_->output());
  outcome_.counters.dropped_rows = dropped;
  judge(outcome_);
  return std::move(outcome_);
}

Outcome Trial::finish(const Error& why) {
  judge_critical();
  outcome_.ran = why.code() != ErrorCode::kCancelled && why.code() != ErrorCode::kUnavailable;
  if (subject_ && subject_->pid() > 0) {
    if (auto end = subject_->end()) {
      outcome_.end = *end;
    } else {
      subject_->signal(SIGINT);
      outcome_.end = subject_->wait_end(kMostEnd);
    }
  }
  gather();
  outcome_.problems.insert(outcome_.problems.begin(), why.message());
  if (outcome_.ran && sampler_) {
    outcome_.counters = read_last_words(subject_->output());
    judge(outcome_);
  }
  return std::move(outcome_);
}

}  // namespace holter::stress
