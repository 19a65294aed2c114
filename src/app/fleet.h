#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/monitor_set.h"
#include "app/relations.h"
#include "app/shard_parts.h"
#include "collect/job.h"
#include "latest/latest.h"
#include "memory/account.h"

namespace holter::app {

/// All monitors of the process, and where their jobs run. Whoever adds, removes, pauses or resumes monitors comes here.
///
/// A monitor that is paused for memory has no job: what its job held is free. It keeps its place in the lists, and its
/// newest state is PAUSED with the reason. When it is resumed its job is made anew and runs at its stable phase, so
/// that a thousand resumed at once do not run at once.
///
/// Threads: the control executor's. Jobs are handed to the shards, and taken back, by post(); a job that was sent away
/// is never touched from here again.
class Fleet {
 public:
  using Slot = MonitorSet::Slot;
  struct Parts {
    const Clock& clock;
    runtime::Executor control;
    latest::Latest& latest;
    std::deque<std::unique_ptr<ShardParts>>& shards;
    memory::Account& monitors;  ///< what being known costs
    memory::Account& jobs;      ///< what jobs hold
    memory::Account& critical;  ///< from which critical monitors are paid when `jobs` refuses
  };
  explicit Fleet(Parts parts);
  ~Fleet();

  /// Makes a monitor known; it has no job yet. `file` as in Watched. Errors: kResourceExhausted.
  Result<Slot> add(model::Monitor&& monitor, std::uint16_t file = 0);
  /// Makes its job and sends it to its shard. Errors: kResourceExhausted (it stays paused), kInvalidArgument (the
  /// protocol refuses the parameters; the monitor is as before).
  Status load(Slot slot);
  /// Signals of memory pressure in percent: ledger, resident, stall; all zero where there was no room to begin with.
  using Shortage = std::array<std::uint8_t, 3>;
  /// Pauses it for memory.
  void unload(Slot slot, Shortage shortage);
  /// There is no room to load it: it is PAUSED (memory), not UNKNOWN.
  void leave_out(Slot slot);
  /// Forgets it.
  void remove(Slot slot);
  /// Where it belongs. `parents` are those of one of the catalog; what one of a file names is found by find_parents().
  /// Errors: kResourceExhausted; it is as before then.
  Status place(Slot slot, const define::Placement& placement, std::span<const MonitorId> parents);
  /// Whether monitors have come or gone since find_parents(), while others name their parents.
  bool must_find_parents() const { return must_find_; }
  /// A name of a parent that no monitor has.
  struct MissingParent {
    std::string child, parent;
  };
  /// Finds what monitors of files name as their parents, among all monitors. Returns the names that nobody has, by
  /// child and name, at most kMostMissing.
  std::vector<MissingParent> find_parents();
  static constexpr std::size_t kMostMissing = 100;
  /// What it depends on at present.
  std::vector<MonitorId> parents(MonitorId id) const;
  /// The monitor of that name, of a file or of the catalog.
  std::optional<Slot> find(std::string_view name) const;
  /// It is gone for good: what depended on it no longer does.
  void forget_parent(MonitorId id) { parts_.latest.forget_parent(id); }
  /// As Relations::move_folder(), for monitors of the catalog.
  bool move_folder(std::string_view from, std::string_view to);
  const Relations& relations() const { return relations_; }
  /// Calls back when a monitor is removed or has no job any more; it may be there again, as something else, soon.
  void on_stop(std::function<void(MonitorId)> callback) { on_stop_ = std::move(callback); }

  /// It stands in another file now; nothing else of it has changed.
  void note_file(Slot slot, std::uint16_t file) { monitors_.at(slot).file = file; }
  /// Forgets all, before any was loaded, and frees what they held.
  void forget_all();
  /// Sends what load(), unload() and remove() have gathered. Call it at the end of each piece of work.
  void flush();
  /// Gives back what the shards have let go, and sends again what a shard had no memory for. Call it a few times a
  /// second.
  void settle();

  /// Can the protocols run this monitor? Nothing is kept. Returns the bytes that its job would hold. Errors:
  /// kInvalidArgument, naming set, key and value.
  Result<std::size_t> try_out(const model::Monitor& monitor);
  /// The same for one of many: `job` is what each holds for itself, `shared` what the first of its kind holds for all
  /// (compiled scripts and layouts), 0 when one is there already.
  struct Share {
    std::size_t job = 0, shared = 0;
  };
  Result<Share> try_out_share(const model::Monitor& monitor);

  /// Definitions have changed: forgets what is shared between jobs by definition.
  void forget_layouts(collect::JobFactory fresh = {}) {
    factory_ = std::move(fresh);
    typical_job_bytes_.clear();
  }

  const MonitorSet& monitors() const { return monitors_; }
  std::size_t loaded() const { return loaded_; }
  /// Monitors paused for memory, and the bytes that their jobs will need.
  std::size_t paused() const { return monitors_.size() - loaded_; }
  std::uint64_t paused_bytes() const { return paused_bytes_; }
  /// Bytes that the newest values of all loaded monitors will take once each has been heard of.
  std::uint64_t promised_values() const { return promised_values_; }
  /// Parcels that shards have not worked off yet.
  std::size_t in_transit() const { return in_transit_.size(); }

  struct Step {
    std::size_t monitors = 0;
    std::uint64_t bytes = 0;
  };
  /// Pauses loaded monitors of the least criticality that still has some, never critical ones: the largest first, until
  /// `bytes` are free or `most` are paused. Allocates as good as nothing. Largest is meant to a fifth (an octave is
  /// divided into four).
  Step pause_largest(std::uint64_t bytes, std::size_t most, Shortage shortage);
  /// Resumes paused ones in the reverse order: critical, normal, low; the smallest first. Stops at the first refusal.
  Step resume_smallest(std::uint64_t bytes, std::size_t most);

 private:
  static constexpr std::size_t kChunk = 128;
  /// What goes to one shard with one post(). The shard works it off and says so; a shard that finds no memory on the
  /// way says that, too, and settle() sends it again. So nothing is lost, and the way back needs no memory.
  struct Parcel {
    struct Leaving {
      collect::MonitorJob* job;  ///< null once it has left
      Slot slot;
      std::uint32_t bytes;
      bool from_reserve;
      bool forget;
    };
    enum class State : std::uint8_t { kGathered, kSent, kFailed, kDone };
    std::vector<std::unique_ptr<collect::MonitorJob>> jobs;  ///< to run from now on
    std::array<Leaving, kChunk> leaving;
    std::size_t leaving_count = 0;
    std::size_t jobs_done = 0;
    std::size_t shard = 0;
    std::atomic<State> state{State::kGathered};
  };
  using ParcelPtr = std::shared_ptr<Parcel>;

  static void work_off(Parcel& parcel, collect::Collector& collector);
  /// True when all that shall leave have left.
  static bool take_leave(Parcel& parcel, collect::Collector& collector);
  Parcel& room_in_outbox(const model::Monitor& monitor);
  void send(std::size_t shard);
  void post(const ParcelPtr& parcel);
  void take_off(Slot slot, bool forget);
  double share_in_flight() const;
  std::size_t shard_of(const model::Monitor& monitor) const;
  Result<std::unique_ptr<collect::MonitorJob>> make_job(const model::Monitor& monitor);

  Parts parts_;
  MonitorSet monitors_;
  Relations relations_;
  std::function<void(MonitorId)> on_stop_;
  bool must_find_ = false;
  collect::JobFactory factory_;
  std::vector<model::ResolvedSet> sets_;  // scratch
  std::vector<ParcelPtr> outboxes_;       ///< one per shard
  std::vector<ParcelPtr> in_transit_;
  /// What the last job of a definition held: the best guess for a monitor that never had one.
  boost::unordered_flat_map<const model::Definition*, std::uint32_t> typical_job_bytes_;
  std::size_t loaded_ = 0;
  std::uint64_t paused_bytes_ = 0, promised_values_ = 0;
  std::uint64_t job_bytes_ = 0;      ///< on the account of jobs
  std::uint64_t reserve_bytes_ = 0;  ///< on that of critical ones
};

/// Why the monitor is paused for memory, in words.
std::string why_paused(const Watched& watched);

}  // namespace holter::app
