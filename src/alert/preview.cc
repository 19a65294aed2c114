#include "alert/preview.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "alert/builtin.h"
#include "base/units.h"

namespace holter::alert {
namespace {

/// Between results time passes in steps, so that what runs out does so at its time, give or take one.
constexpr std::int64_t kStepMs = 60'000;
constexpr std::int64_t kMostSteps = 1000;

}  // namespace

class Preview::Sink final : public AlertSink {
 public:
  explicit Sink(memory::Account& account) : account_(account) {}

  void fired(const model::Alert& alert, const Rule&, const Evidence& evidence) override {
    Incident incident{.labels = alert.labels, .from_ms = epoch_ms(alert.starts), .evidence = evidence};
    auto bytes = sizeof(Incident) + evidence.held_bytes();
    for (const auto& [name, value] : alert.labels)
      bytes += sizeof(model::Labels::value_type) + name.size() + value.size();
    if (incidents_.size() == kMostIncidents || !account_.try_reserve(bytes)) {
      cut_ = true;
      return;
    }
    held_.push_back(account_.adopt(bytes));
    open_.insert_or_assign(alert.fingerprint.value, incidents_.size());
    incidents_.push_back(std::move(incident));
  }
  void resolved(const model::Alert& alert, const Rule&, const Evidence&) override {
    auto found = open_.find(alert.fingerprint.value);
    if (found == open_.end()) return;  // its begin did not fit
    incidents_[found->second].to_ms = epoch_ms(alert.ends);
    incidents_[found->second].resolution = alert.resolution;
    open_.erase(found);
  }
  void changed(const model::Alert&, const Rule&, const Evidence&) override {}
  void limited(const Rule&, Limit) override { cut_ = true; }
  void broken(const Rule&, const Error& error) override { error_ = error.message(); }

  const std::vector<Incident>& incidents() const { return incidents_; }
  bool cut() const { return cut_; }
  const std::string& error() const { return error_; }

 private:
  memory::Account& account_;
  std::vector<memory::Reservation> held_;
  std::vector<Incident> incidents_;
  boost::unordered_flat_map<std::uint64_t, std::size_t> open_;  ///< by fingerprint
  bool cut_ = false;
  std::string error_;
};

Preview::Preview(std::string rule, memory::Account& account, const ActiveHoursParser* hours)
    : rule_(std::move(rule)),
      sink_(std::make_unique<Sink>(account)),
      evaluator_(std::make_unique<Evaluator>(account, *sink_, hours)) {}

Preview::~Preview() = default;

Result<std::unique_ptr<Preview>> Preview::open(Rule rule, memory::Account& account, const ActiveHoursParser* hours) {
  rule.enabled = true;
  const auto feed = feed_of(rule);
  if (feed == Feed::kStale || feed == Feed::kCondition)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot preview rule '{}': it is not asked of results", excerpt(rule.name, 60)));
  std::vector<Rule> rules;
  // The built-in ones are off here; one of them that is looked at comes as what it is now.
  for (auto& builtin : builtin_rules()) {
    if (builtin.name == rule.name) continue;
    Rule off;
    off.name = builtin.name;
    off.kind = RuleKind::kBuiltin;
    off.enabled = false;
    rules.push_back(std::move(off));
  }
  auto out = std::unique_ptr<Preview>(new Preview(rule.name, account, hours));
  rules.push_back(std::move(rule));
  TRY_OK(out->evaluator_->set_rules(std::move(rules), 0));
  return out;
}

bool Preview::on_result(const RoundView& round) {
  if (!reaches(round.time_ms)) return false;
  evaluator_->on_result(round);
  return error().empty();
}

bool Preview::on_query(std::span<const QueryRow> rows, std::int64_t time_ms, const Monitors* monitors) {
  if (!reaches(time_ms)) return false;
  (void)evaluator_->on_query(rule_, rows, time_ms, monitors);  // a rule of another kind has no such rows
  return error().empty();
}

/// Time has passed until then. False when nothing more is taken in.
bool Preview::reaches(std::int64_t time_ms) {
  if (!error().empty() || incidents().size() == kMostIncidents) return false;
  if (time_ms > time_ms_) {
    if (time_ms_ > 0) pass_time(time_ms - 1);
    time_ms_ = time_ms;
  }
  return true;
}

void Preview::finish(std::int64_t until_ms) {
  if (time_ms_ > 0 && until_ms > time_ms_) pass_time(until_ms);
}

void Preview::pass_time(std::int64_t until_ms) {
  const auto tick = [&](std::int64_t now_ms) {
    while (!evaluator_->tick(now_ms, nullptr)) {
    }
  };
  const auto step = std::max(kStepMs, (until_ms - time_ms_) / kMostSteps);
  for (auto now = time_ms_ + step; now < until_ms; now += step) tick(now);
  tick(until_ms);
}

const std::vector<Preview::Incident>& Preview::incidents() const {
  return sink_->incidents();
}
bool Preview::cut() const {
  return sink_->cut();
}
const std::string& Preview::error() const {
  return sink_->error();
}

}  // namespace holter::alert
