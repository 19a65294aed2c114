#include "alert/inhibition.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace holter::alert {
namespace {

// Node of the table of sources; for each rule, node of a bucket and the pointers in it.
constexpr std::size_t kSourceBytes = 128;
constexpr std::size_t kBucketBytes = 192;

/// Values of a rule's labels as one text; lengths in front keep ("a", "bc") and ("ab", "c") apart.
std::string key_of(const InhibitionRule& rule, const model::Labels& labels) {
  std::string key;
  for (const auto& name : rule.equal) {
    auto value = model::label_of(labels, name);
    fmt::format_to(std::back_inserter(key), "{}:{}", value.size(), value);
  }
  return key;
}

Status check(const InhibitionRule& rule) {
  auto wrong = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot take inhibition rule '{}': {}", rule.name, why));
  };
  if (rule.source.size() > kMostMatchers || rule.target.size() > kMostMatchers)
    return wrong(fmt::format("it has more than {} matchers on a side", kMostMatchers));
  if (rule.equal.size() > Inhibition::kMostEqual)
    return wrong(fmt::format("it has more than {} equal labels", Inhibition::kMostEqual));
  return {};
}

std::size_t bytes_of(const InhibitionRule& rule) {
  auto bytes = sizeof(rule) + rule.name.capacity() + held_bytes(rule.source) + held_bytes(rule.target);
  for (const auto& name : rule.equal) bytes += sizeof(name) + name.capacity();
  return bytes + sizeof(std::unordered_map<std::string, int>);
}

}  // namespace

Status Inhibition::set_rules(std::vector<InhibitionRule> rules, std::span<const model::Alert* const> firing) {
  if (rules.size() > kMostRules)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot take {} inhibition rules; {} are the most", rules.size(), kMostRules));
  std::size_t bytes = 0;
  for (const auto& rule : rules) {
    TRY_OK(check(rule));
    bytes += bytes_of(rule);
  }
  TRY(auto memory, account_.reserve(bytes));
  sources_.clear();
  rules_ = std::move(rules);
  buckets_.assign(rules_.size(), {});
  memory_ = std::move(memory);
  for (const auto* alert : firing) (void)update(*alert);  // a source without room is counted
  return {};
}

Inhibition::Sources::iterator Inhibition::find(const model::Alert& alert) {
  auto [begin, end] = sources_.equal_range(alert.fingerprint);
  auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second.labels == alert.labels; });
  return found == end ? sources_.end() : found;
}

Status Inhibition::update(const model::Alert& alert) {
  auto known = find(alert);
  if (alert.firing() && known == sources_.end()) return add(alert);
  if (!alert.firing() && known != sources_.end()) remove(known);
  return {};
}

Status Inhibition::add(const model::Alert& alert) {
  Source source;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!matches(rules_[i].source, alert.labels)) continue;
    source.rules.push_back(i);
    keys.push_back(key_of(rules_[i], alert.labels));
    source.bytes += kBucketBytes + keys.back().capacity();
  }
  if (source.rules.empty()) return {};
  source.fingerprint = alert.fingerprint;
  source.labels = alert.labels;
  source.bytes += sizeof(source) + kSourceBytes + held_bytes(source.labels);
  if (sources_.size() >= kMostSources || !memory_.resize(memory_.bytes() + source.bytes)) {
    ++refused_;
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot let alert {} inhibit others: {} sources, and no room for another",
                             to_string(alert.labels), sources_.size()));
  }
  const auto& kept = sources_.emplace(alert.fingerprint, std::move(source))->second;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto rule = kept.rules[i];
    auto& bucket = buckets_[rule][keys[i]];
    auto& side = matches(rules_[rule].target, alert.labels) ? bucket.both : bucket.plain;
    side.insert(&kept);
  }
  return {};
}

void Inhibition::remove(Sources::iterator source) {
  const auto* gone = &source->second;
  for (auto rule : gone->rules) {
    auto bucket = buckets_[rule].find(key_of(rules_[rule], gone->labels));
    CHECK(bucket != buckets_[rule].end());
    bucket->second.plain.erase(gone);
    bucket->second.both.erase(gone);
    if (bucket->second.plain.empty() && bucket->second.both.empty()) buckets_[rule].erase(bucket);
  }
  (void)memory_.resize(memory_.bytes() - source->second.bytes);  // less is never refused
  sources_.erase(source);
}

std::optional<Inhibited> Inhibition::inhibited_by(const model::Labels& labels) const {
  if (sources_.empty()) return std::nullopt;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (buckets_[i].empty() || !matches(rules_[i].target, labels)) continue;
    auto bucket = buckets_[i].find(key_of(rules_[i], labels));
    if (bucket == buckets_[i].end()) continue;
    const auto& [plain, both] = bucket->second;
    if (!plain.empty()) return Inhibited{(*plain.begin())->fingerprint, i};
    if (!matches(rules_[i].source, labels)) return Inhibited{(*both.begin())->fingerprint, i};
  }
  return std::nullopt;
}

}  // namespace holter::alert
