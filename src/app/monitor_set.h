#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "collect/job.h"
#include "memory/account.h"
#include "model/monitor.h"

namespace holter::app {

/// A monitor as the process holds it, at an address that does not change while it is known.
struct Watched {
  enum class Load : std::uint8_t {
    kNone,     ///< a free slot
    kPaused,   ///< known, but without a job, for want of memory
    kLoaded,   ///< its job is on its shard
    kLeaving,  ///< its job is being taken off; then the monitor is forgotten
  };
  model::Monitor monitor;
  collect::MonitorJob* job = nullptr;  ///< only while kLoaded
  std::int64_t paused_ms = 0;          ///< when it was paused for memory, ms since 1970
  std::uint32_t known_bytes = 0;       ///< on the account of monitors
  std::uint32_t job_bytes = 0;         ///< of its job, also when it has none at the moment; 0: never made yet
  std::uint32_t round_bytes = 0;       ///< while it is paused: what its last rounds held
  std::uint16_t file = 0;              ///< that it stands in (define::MonitorFiles); 0: it is the catalog's
  Load load = Load::kNone;
  /// Signals in percent when it was paused: ledger, resident, stall. All zero: there was no room at the start.
  std::array<std::uint8_t, 3> shortage{};
  bool from_reserve = false;  ///< its job's bytes are on the account of critical monitors
};

/// All monitors, by slot, id and name. Slots of monitors that are gone are used again, so that creating and deleting
/// for ever does not grow. Bytes are on the account.
/// Threads: one.
class MonitorSet {
 public:
  using Slot = std::uint32_t;

  explicit MonitorSet(memory::Account& account) : account_(account) {}
  ~MonitorSet();

  /// Takes a monitor in; it is kPaused at first. `file` as in Watched. Errors: kResourceExhausted. Throws
  /// std::bad_alloc, with no effect.
  Result<Slot> add(model::Monitor&& monitor, std::uint16_t file = 0);
  /// The monitor is no longer found or listed; its slot stays until free().
  void hide(Slot slot);
  void free(Slot slot);
  /// Frees everything, also what is kept for reuse. No monitor may have a job.
  void clear();

  Watched& at(Slot slot) { return slots_[slot]; }
  const Watched& at(Slot slot) const { return slots_[slot]; }
  std::optional<Slot> find(MonitorId id) const;
  std::size_t size() const { return by_id_.size(); }
  /// Slots there are, free ones included.
  std::size_t slots() const { return slots_.size(); }
  bool listed(Slot slot) const { return listed(slots_[slot]); }
  std::size_t bytes() const { return bytes_; }
  /// Slots in the order of the names. Sorted when asked for after a change. Valid until the next change.
  std::span<const Slot> by_name() const;

  /// Calls `visit(slot, watched)` for all that are known, in no certain order; stops when it returns false.
  template <class Visit>
  void each(Visit visit) {
    for (Slot i = 0; i < slots_.size(); ++i)
      if (listed(slots_[i]) && !visit(i, slots_[i])) return;
  }
  template <class Visit>
  void each(Visit visit) const {
    for (Slot i = 0; i < slots_.size(); ++i)
      if (listed(slots_[i]) && !visit(i, slots_[i])) return;
  }

 private:
  static bool listed(const Watched& w) { return w.load == Watched::Load::kPaused || w.load == Watched::Load::kLoaded; }

  void find_free();
  void pop_free();
  void drop_stale();
  void give_back();

  memory::Account& account_;
  std::size_t bytes_ = 0;
  std::deque<Watched> slots_;
  std::vector<Slot> free_;  ///< a heap, the lowest first; may hold slots that are gone
  boost::unordered_flat_map<std::uint64_t, Slot> by_id_;
  mutable std::vector<Slot> by_name_;
  mutable bool sorted_ = false;
};

/// Whether they are run and shown alike; the files they stand in may differ.
bool same(const model::Monitor& a, const model::Monitor& b);

/// What a monitor holds by being known, in bytes: its slot, its texts, its places in the indices.
/// Labels count unless they are shared, as those of files are by thousands.
std::size_t known_bytes(const model::Monitor& monitor, bool shares_labels = true);

}  // namespace holter::app
