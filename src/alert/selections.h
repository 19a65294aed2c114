#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "alert/round_view.h"
#include "base/ids.h"
#include "memory/account.h"
#include "model/definition.h"
#include "model/monitor.h"

namespace holter::alert {

/// Which of the rules that select by matchers are about a monitor: worked out once for each set of it, and again when
/// the monitor has other labels or lies elsewhere, so that a result costs a look-up and no regular expression.
///
/// Memory: on the account. What it refuses is not kept but worked out with each result, and counted.
/// Threads: one. Lifetime: the account must outlive it.
class Selections {
 public:
  using Places = std::vector<std::uint32_t>;  ///< in the list of rules of whoever asks

  explicit Selections(memory::Account& account) : reserved_(account.adopt(0)) {}

  /// Null where it is not known, or the monitor is called otherwise by now. Valid until the next call of any method.
  const Places* find(const MonitorView& monitor, const model::SetDef& set);
  /// Keeps what was worked out. What comes back is valid until the next call of any method.
  const Places& keep(const MonitorView& monitor, const model::SetDef& set, Places places);
  void forget(MonitorId id);
  void clear();

  std::size_t monitors() const { return monitors_.size(); }
  std::size_t bytes() const { return reserved_.bytes(); }
  /// Times that there was no memory to keep what was worked out.
  std::uint64_t refused() const { return refused_; }

 private:
  struct Choice {
    const model::SetDef* set;
    Places places;
  };
  struct Chosen {
    std::shared_ptr<const model::Labels> labels;  ///< so that the address stays taken
    std::uint64_t folder = 0;                     ///< hash of its path
    std::vector<Choice> sets;
  };
  using Monitors = boost::unordered_flat_map<MonitorId, Chosen, IdHash>;

  static std::size_t bytes_of(const Places& places);
  void drop(Monitors::iterator place);

  memory::Reservation reserved_;
  Monitors monitors_;
  Places last_;  ///< that could not be kept
  std::uint64_t refused_ = 0;
};

}  // namespace holter::alert
