#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "alert/matcher.h"
#include "base/result.h"
#include "memory/account.h"
#include "model/alert.h"

namespace holter::alert {

/// While a source fires, targets that have the same values in the labels `equal` are not told: "the switch is down"
/// says enough about the hosts behind it. As Alertmanager's documentation has it: a label that is missing equals an
/// empty one, and what matches both sides is not inhibited by what does so, too - thereby not by itself.
struct InhibitionRule {
  std::string name;  ///< for people; not used otherwise
  Matchers source, target;
  std::vector<std::string> equal;  ///< empty: any source inhibits all targets
};

/// What inhibits an alert.
struct Inhibited {
  model::Fingerprint by;  ///< a source that fires now; of several, one of them
  std::size_t rule = 0;   ///< index
  bool operator==(const Inhibited&) const = default;
};

/// The rules, and the sources that fire now, by rule and values of `equal`: a check costs as much as there are rules,
/// however many alerts fire. Threads: one shard's.
class Inhibition {
 public:
  static constexpr std::size_t kMostRules = 1'000;
  static constexpr std::size_t kMostEqual = 32;         ///< labels of a rule
  static constexpr std::size_t kMostSources = 100'000;  ///< alerts that match the source side of a rule

  /// `account` must outlive it.
  explicit Inhibition(memory::Account& account) : account_(account), memory_(account.adopt(0)) {}

  /// Other rules instead; `firing` are all alerts that fire now. Errors: kInvalidArgument for too many rules, labels or
  /// matchers, kResourceExhausted where the account has no room for the rules, and then nothing has changed. A source
  /// that has no room is left out, as update() does.
  Status set_rules(std::vector<InhibitionRule> rules, std::span<const model::Alert* const> firing);

  /// To be told of each alert that begins to fire or is resolved; telling it again changes nothing. Errors:
  /// kResourceExhausted for a source above the bound or without memory, which refused() counts: it inhibits nothing, so
  /// that rather too much is told than too little.
  Status update(const model::Alert& alert);

  /// What inhibits an alert with these labels now.
  std::optional<Inhibited> inhibited_by(const model::Labels& labels) const;

  const std::vector<InhibitionRule>& rules() const { return rules_; }
  /// Alerts that fire and match the source side of a rule.
  std::size_t sources() const { return sources_.size(); }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Source {
    model::Fingerprint fingerprint;
    model::Labels labels;
    std::vector<std::size_t> rules;
    std::size_t bytes = 0;
  };
  /// Sources of one rule with the same values of its labels.
  struct Bucket {
    std::unordered_set<const Source*> plain;  // match the source side only
    std::unordered_set<const Source*> both;   // match the target side, too
  };
  using Sources = std::unordered_multimap<model::Fingerprint, Source, IdHash>;  // labels tell equal fingerprints apart

  Sources::iterator find(const model::Alert& alert);
  Status add(const model::Alert& alert);
  void remove(Sources::iterator source);

  memory::Account& account_;
  memory::Reservation memory_;  // of the rules and the sources
  std::vector<InhibitionRule> rules_;
  std::vector<std::unordered_map<std::string, Bucket>> buckets_;  // by rule
  Sources sources_;
  std::uint64_t refused_ = 0;
};

}  // namespace holter::alert
