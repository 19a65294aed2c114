#include "stress/sampler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <iterator>

#include "memory/resident.h"

namespace holter::stress {
namespace {

namespace json = boost::json;

constexpr milliseconds kPatience{1000};  // the API's answer to a sample

std::uint64_t number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  boost::system::error_code failure;
  auto number = value != nullptr ? value->to_number<std::uint64_t>(failure) : 0;
  return failure ? 0 : number;
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

int level_of(const json::value* value) {
  if (value != nullptr && value->is_object()) value = value->get_object().if_contains("name");
  if (value == nullptr || !value->is_string()) return -1;
  const auto* found = std::ranges::find(kLevelNames, std::string_view(value->get_string()));
  return found == std::end(kLevelNames) ? -1 : static_cast<int>(found - std::begin(kLevelNames));
}

/// The number that ends right before `words`; 0 when they are not there.
std::uint64_t number_before(std::string_view text, std::string_view words) {
  auto end = text.find(words);
  if (end == std::string_view::npos) return 0;
  auto begin = end;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  std::uint64_t number = 0;
  std::from_chars(text.data() + begin, text.data() + end, number);
  return number;
}

}  // namespace

bool read_memory(std::string_view text, Sample& sample) {
  boost::system::error_code failure;
  auto value = json::parse(text, failure);
  const auto* report = failure ? nullptr : value.if_object();
  if (report == nullptr || !report->contains("budget_bytes")) return false;
  sample.ledger = number_at(*report, "ledger_used_bytes");
  sample.level = level_of(report->if_contains("level"));
  if (const auto* paused = object_at(*report, "paused")) sample.paused = number_at(*paused, "count");
  return true;
}

Counters read_schedule(std::string_view text) {
  Counters counters;
  boost::system::error_code failure;
  auto value = json::parse(text, failure);
  const auto* report = failure ? nullptr : value.if_object();
  const auto* history = report == nullptr ? nullptr : object_at(*report, "history");
  if (history == nullptr) return counters;
  counters.due = number_at(*report, "due");
  counters.run = number_at(*report, "run");
  counters.skipped = number_at(*report, "skipped");
  counters.paused = number_at(*report, "paused");
  counters.timeouts = number_at(*report, "timeouts");
  counters.sent = number_at(*history, "samples_sent");
  counters.kept = number_at(*history, "samples_kept");
  counters.lost = number_at(*history, "samples_lost");
  counters.restarts = number_at(*history, "restarts");
  if (const auto* queues = report->if_contains("queues"); queues != nullptr && queues->is_array())
    for (const auto& queue : queues->get_array())
      if (queue.is_object()) counters.dropped_rows += number_at(queue.get_object(), "dropped_rows");
  counters.known = true;
  return counters;
}

Counters read_last_words(std::string_view output) {
  Counters counters;
  auto at = output.find(" due = ");
  if (at == std::string_view::npos) return counters;
  counters.due = number_before(output, " due = ");
  auto rest = output.substr(at);
  counters.run = number_before(rest, " run + ");
  counters.skipped = number_before(rest, " skipped + ");
  counters.paused = number_before(rest, " paused");
  counters.timeouts = number_before(rest, " timed out");
  counters.sent = number_before(rest, " samples sent");
  counters.kept = number_before(rest, " kept");
  counters.lost = number_before(rest, " lost");
  counters.restarts = number_before(rest, " restarts");
  counters.known = true;
  return counters;
}

Sampler::Sampler(const Subject& subject, MonoTime start)
    : subject_(subject), start_(start), thread_([this] { run(); }) {}

Sampler::~Sampler() {
  pause_.stop();
  thread_.join();
}

Sample Sampler::take(HttpClient& http) {
  Sample sample;
  sample.time_s = std::chrono::duration<double>(clock_.mono() - start_).count();
  if (auto main = memory::resident_set(subject_.pid())) {
    sample.resident = main->resident;
    sample.anonymous = main->anonymous;
    peak_ = std::max(peak_, main->peak);
  }
  if (auto pid = subject_.child(); pid > 0)
    if (auto child = memory::resident_set(pid)) {
      sample.child_resident = child->resident;
      child_peak_ = std::max(child_peak_, child->peak);
    }
  sample.peak = peak_;
  sample.child_peak = child_peak_;
  auto answer = http.request("GET", "/api/v1/memory", kPatience);
  sample.answered = answer && answer->status == 200 && read_memory(answer->body, sample);
  return sample;
}

void Sampler::run() {
  HttpClient http(subject_.port(), subject_.token());
  auto next = clock_.mono();
  do {
    auto sample = take(http);
    std::scoped_lock lock(mutex_);
    if (samples_.size() < kMost) samples_.push_back(sample);
    next = std::max(next + kEvery, clock_.mono());
  } while (pause_.wait(std::chrono::ceil<milliseconds>(next - clock_.mono())));
}

std::vector<Sample> Sampler::samples() const {
  std::scoped_lock lock(mutex_);
  return samples_;
}

Sample Sampler::last() const {
  std::scoped_lock lock(mutex_);
  return samples_.empty() ? Sample{} : samples_.back();
}

}  // namespace holter::stress
