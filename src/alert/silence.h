#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "alert/matcher.h"
#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "model/alert.h"
#include "model/time_window.h"

namespace holter::alert {

/// Alerts that nobody is told of for some time: those that all matchers match. Without matchers, all alerts.
struct Silence {
  std::uint64_t id = 0;
  Matchers matchers;
  WallTime start{}, end{};                 ///< [start, end)
  std::vector<model::TimeWindow> windows;  ///< only inside one of them; none: all the time
  std::string comment, created_by;
  WallTime created{}, updated{};
};

enum class SilenceState : std::uint8_t {
  kPending,  ///< before its start, or between two of its windows
  kActive,
  kExpired,
};
/// "pending", "active", "expired".
std::string_view to_string(SilenceState state);
SilenceState state_at(const Silence& silence, WallTime t);
/// When the state changes next after `after`; WallTime::max() when it has expired.
WallTime next_change(const Silence& silence, WallTime after);

/// Which of the given alerts the matchers of a silence catch, whatever the time: indexes into `alerts`, ascending.
std::vector<std::size_t> preview(std::span<const Matcher> matchers, std::span<const model::Labels* const> alerts);

/// All silences there are. An alert is compared only with silences that may match it: one that has a matcher
/// `name="value"` is found by that label, and only the rest is looked through. Threads: one shard's.
class Silences {
 public:
  static constexpr std::size_t kMost = 10'000;
  static constexpr std::size_t kMostWindows = 32;       ///< of one silence
  static constexpr std::size_t kMostTextBytes = 4'096;  ///< of the comment, and of the name of who made it

  /// `account` must outlive it.
  explicit Silences(memory::Account& account) : memory_(account.adopt(0)) {}

  /// Adds it, or replaces the one with its id; expired ones stay until they are removed. Errors, and then nothing has
  /// changed: kInvalidArgument for id 0, an end not behind the start, too many windows or matchers, too long a text;
  /// kResourceExhausted above kMost silences or where the account refuses, which refused() counts.
  Status set(Silence silence);
  /// False when there was none.
  bool remove(std::uint64_t id);
  /// Removes those that ended before `t`; returns how many.
  std::size_t remove_expired(WallTime t);

  const Silence* find(std::uint64_t id) const;
  /// By id.
  const std::map<std::uint64_t, Silence>& all() const { return silences_; }

  /// Ids of the silences that are active at `t` and match, ascending.
  std::vector<std::uint64_t> silenced_by(const model::Labels& labels, WallTime t) const;
  /// The first time after `after` at which a silence changes its state; WallTime::max() when none does any more.
  WallTime next_change(WallTime after) const;

  std::uint64_t refused() const { return refused_; }

 private:
  void index(const Silence& silence);
  void unindex(std::uint64_t id);
  void add_matching(const std::vector<const Silence*>& candidates, const model::Labels& labels, WallTime t,
                    std::vector<std::uint64_t>& out) const;

  std::map<std::uint64_t, Silence> silences_;
  // Hash of name and value to the silences that have such a matcher, each in one place; 0 is for all others.
  std::unordered_map<std::uint64_t, std::vector<const Silence*>> by_label_;
  std::unordered_map<std::uint64_t, std::uint64_t> place_;     // of a silence: key in by_label_
  mutable std::optional<std::pair<WallTime, WallTime>> next_;  // none changes in [first, second)
  memory::Reservation memory_;
  std::uint64_t refused_ = 0;
};

}  // namespace holter::alert
