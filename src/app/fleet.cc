#include "app/fleet.h"

#include <algorithm>
#include <bit>
#include <boost/asio/post.hpp>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "define/resolve.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;

using Load = Watched::Load;
using latest::PauseReason;
using model::Criticality;

/// So that shard and phase, which is mixed out of the id, too, have nothing to do with each other.
constexpr std::uint64_t kShardSeed = 0x9e3779b97f4a7c15ULL;

/// Sizes in classes of a quarter octave, so that "the largest first" needs no sorted list.
constexpr std::size_t kClasses = 128;
std::size_t size_class(std::uint64_t bytes) {
  auto quarters = static_cast<std::size_t>(std::log2(static_cast<double>(std::max<std::uint64_t>(bytes, 1))) * 4);
  return std::min(quarters, kClasses - 1);
}

/// What it holds while it is in flight: by this the largest is meant.
std::uint64_t held_bytes(const Watched& watched) {
  return watched.job_bytes + (watched.job != nullptr ? watched.job->round_bytes() : watched.round_bytes);
}

struct Classes {
  std::array<std::uint32_t, kClasses> count{};
  std::array<std::uint64_t, kClasses> bytes{};
  void add(std::uint64_t size, std::uint64_t freed) {
    ++count[size_class(size)];
    bytes[size_class(size)] += freed;
  }
};

}  // namespace

Fleet::Fleet(Parts parts) : parts_(parts), monitors_(parts.monitors), relations_(parts.monitors) {}

Fleet::~Fleet() {
  parts_.jobs.release(job_bytes_);
  parts_.critical.release(reserve_bytes_);
}

std::size_t Fleet::shard_of(const model::Monitor& monitor) const {
  // Ids of the catalog are small numbers, hence the mix.
  return (mix64(monitor.id.value ^ kShardSeed) >> 32) % parts_.shards.size();
}

Result<Fleet::Slot> Fleet::add(model::Monitor&& monitor, std::uint16_t file) {
  TRY(auto slot, monitors_.add(std::move(monitor), file));
  auto& watched = monitors_.at(slot);
  if (auto known = parts_.latest.add(watched.monitor); !known) {
    monitors_.hide(slot);
    monitors_.free(slot);
    return std::move(known).error();
  }
  watched.paused_ms = epoch_ms(parts_.clock.wall());
  must_find_ = must_find_ || relations_.any_names();
  return slot;
}

Status Fleet::place(Slot slot, const define::Placement& placement, std::span<const MonitorId> parents) {
  auto id = monitors_.at(slot).monitor.id;
  TRY_OK(relations_.set(id, placement));
  if (!placement.depends_on.empty()) {
    must_find_ = true;
    return {};
  }
  return parts_.latest.set_parents(id, parents);
}

std::vector<MonitorId> Fleet::parents(MonitorId id) const {
  std::vector<MonitorId> all;
  parts_.latest.each_parent(id, [&](MonitorId parent) { all.push_back(parent); });
  return all;
}

std::optional<Fleet::Slot> Fleet::find(std::string_view name) const {
  if (auto slot = monitors_.find({stable_hash(name)}); slot && monitors_.at(*slot).monitor.name == name) return slot;
  // Ids of the catalog do not follow from names.
  auto order = monitors_.by_name();
  auto name_of = [this](Slot slot) { return std::string_view(monitors_.at(slot).monitor.name); };
  auto found = std::ranges::lower_bound(order, name, {}, name_of);
  return found == order.end() || name_of(*found) != name ? std::nullopt : std::optional(*found);
}

std::vector<Fleet::MissingParent> Fleet::find_parents() {
  std::vector<MissingParent> missing;
  std::vector<MonitorId> parents;
  bool all = true;
  relations_.each_with_names([&](MonitorId id) {
    auto slot = monitors_.find(id);
    if (!slot) return;
    parents.clear();
    for (const auto& name : relations_.depends_on(id)) {
      if (auto parent = find(name))
        parents.push_back(monitors_.at(*parent).monitor.id);
      else if (missing.size() < kMostMissing)
        missing.push_back({monitors_.at(*slot).monitor.name, name});
    }
    all = parts_.latest.set_parents(id, parents).has_value() && all;
  });
  must_find_ = !all;  // where there was no memory it is tried again
  std::ranges::sort(missing, {}, [](const auto& m) { return std::tie(m.child, m.parent); });
  return missing;
}

bool Fleet::move_folder(std::string_view from, std::string_view to) {
  return relations_.move_folder(from, to, [this](MonitorId id) {
    auto slot = monitors_.find(id);
    return slot && monitors_.at(*slot).file == 0;
  });
}

Result<std::unique_ptr<collect::MonitorJob>> Fleet::make_job(const model::Monitor& monitor) {
  sets_.clear();
  for (const auto& set : monitor.definition->sets) sets_.push_back(define::resolve(set, monitor));
  return factory_.make(monitor, sets_);
}

Result<std::size_t> Fleet::try_out(const model::Monitor& monitor) {
  TRY(auto job, make_job(monitor));
  return job->bytes();
}

Result<Fleet::Share> Fleet::try_out_share(const model::Monitor& monitor) {
  TRY(auto first, make_job(monitor));
  TRY(auto second, make_job(monitor));
  return Share{second->bytes(), first->bytes() - std::min(first->bytes(), second->bytes())};
}

/// The outbox of the monitor's shard, with room for one more of each kind. Throws std::bad_alloc, with no effect.
Fleet::Parcel& Fleet::room_in_outbox(const model::Monitor& monitor) {
  outboxes_.resize(parts_.shards.size());
  auto shard = shard_of(monitor);
  if (outboxes_[shard] && (outboxes_[shard]->jobs.size() == kChunk || outboxes_[shard]->leaving_count == kChunk))
    send(shard);
  if (!outboxes_[shard]) {
    auto fresh = std::make_shared<Parcel>();
    fresh->jobs.reserve(kChunk);
    fresh->shard = shard;
    outboxes_[shard] = std::move(fresh);
  }
  return *outboxes_[shard];
}

Status Fleet::load(Slot slot) {
  auto& watched = monitors_.at(slot);
  CHECK(watched.load == Load::kPaused);
  auto& outbox = room_in_outbox(watched.monitor);
  TRY(auto job, make_job(watched.monitor));
  auto bytes = static_cast<std::uint32_t>(job->bytes());
  typical_job_bytes_[watched.monitor.definition.get()] = bytes;
  bool from_reserve = false;
  auto held = parts_.jobs.reserve(bytes);
  if (!held) {
    if (watched.monitor.criticality != Criticality::kCritical) return std::move(held).error();
    held = parts_.critical.reserve(bytes);
    if (!held) return std::move(held).error();
    from_reserve = true;
  }
  // From here on nothing can fail.
  held->keep();
  (from_reserve ? reserve_bytes_ : job_bytes_) += bytes;
  paused_bytes_ -= watched.job_bytes;
  watched.job_bytes = bytes;
  watched.from_reserve = from_reserve;
  watched.job = job.get();
  watched.load = Load::kLoaded;
  watched.paused_ms = 0;
  ++loaded_;
  promised_values_ += latest::Latest::value_bytes(*watched.monitor.definition);
  parts_.latest.set_paused(watched.monitor.id, PauseReason::kNone, {}, 0);
  outbox.jobs.push_back(std::move(job));
  return {};
}

/// Puts the job of a loaded monitor among those that its shard shall let go.
void Fleet::take_off(Slot slot, bool forget) {
  auto& watched = monitors_.at(slot);
  auto& outbox = room_in_outbox(watched.monitor);
  watched.round_bytes = static_cast<std::uint32_t>(watched.job->round_bytes());
  outbox.leaving[outbox.leaving_count++] = {watched.job, slot, watched.job_bytes, watched.from_reserve, forget};
  watched.job = nullptr;
  promised_values_ -= latest::Latest::value_bytes(*watched.monitor.definition);
  --loaded_;
}

void Fleet::unload(Slot slot, Shortage shortage) {
  auto& watched = monitors_.at(slot);
  CHECK(watched.load == Load::kLoaded);
  take_off(slot, false);
  watched.load = Load::kPaused;
  watched.paused_ms = epoch_ms(parts_.clock.wall());
  watched.shortage = shortage;
  paused_bytes_ += watched.job_bytes;
  parts_.latest.set_paused(watched.monitor.id, PauseReason::kMemory, {}, watched.paused_ms);
  if (on_stop_) on_stop_(watched.monitor.id);
}

void Fleet::leave_out(Slot slot) {
  auto& watched = monitors_.at(slot);
  watched.shortage = {};
  if (watched.job_bytes == 0) {
    auto typical = typical_job_bytes_.find(watched.monitor.definition.get());
    if (typical != typical_job_bytes_.end()) watched.job_bytes = typical->second;
    paused_bytes_ += watched.job_bytes;
  }
  parts_.latest.set_paused(watched.monitor.id, PauseReason::kMemory, {}, watched.paused_ms);
}

void Fleet::remove(Slot slot) {
  auto& watched = monitors_.at(slot);
  bool loaded = watched.load == Load::kLoaded;
  if (loaded)
    take_off(slot, true);
  else
    paused_bytes_ -= watched.job_bytes;
  parts_.latest.remove(watched.monitor.id);
  relations_.remove(watched.monitor.id);
  if (on_stop_) on_stop_(watched.monitor.id);
  must_find_ = must_find_ || relations_.any_names();
  monitors_.hide(slot);
  if (!loaded) monitors_.free(slot);
}

void Fleet::forget_all() {
  CHECK(loaded_ == 0 && in_transit_.empty());
  monitors_.each([this](Slot, const Watched& watched) {
    parts_.latest.remove(watched.monitor.id);
    return true;
  });
  relations_.clear();
  monitors_.clear();
  paused_bytes_ = 0;
}

// --- to the shards and back ---

void Fleet::send(std::size_t shard) {
  in_transit_.push_back(outboxes_[shard]);
  auto parcel = std::exchange(outboxes_[shard], nullptr);
  parcel->state = Parcel::State::kFailed;  // until it is under way: settle() tries again
  post(parcel);
}

void Fleet::post(const ParcelPtr& parcel) {
  parcel->state = Parcel::State::kSent;
  try {
    auto& shard = *parts_.shards[parcel->shard];
    asio::post(shard.shard.executor(), [parcel, &collector = shard.collector] { work_off(*parcel, collector); });
  } catch (const std::bad_alloc&) {
    parcel->state = Parcel::State::kFailed;
  }
}

/// On the shard. What has been done is marked, so that it can go on there after a want of memory. Removals come first:
/// they free. One whose job has not come yet waits for it: it is in this parcel, or in one that failed and will be sent
/// again, before this one.
void Fleet::work_off(Parcel& parcel, collect::Collector& collector) {
  parcel.state = Parcel::State::kFailed;
  bool all_left = take_leave(parcel, collector);
  for (; parcel.jobs_done < parcel.jobs.size(); ++parcel.jobs_done)
    if (!collector.add(std::move(parcel.jobs[parcel.jobs_done]))) return;
  if (all_left || take_leave(parcel, collector)) parcel.state = Parcel::State::kDone;
}

bool Fleet::take_leave(Parcel& parcel, collect::Collector& collector) {
  bool all = true;
  for (std::size_t i = 0; i < parcel.leaving_count; ++i) {
    auto*& job = parcel.leaving[i].job;
    if (job == nullptr) continue;
    if (job->phase() == schedule::Job::Phase::kDetached) {
      all = false;
    } else {
      collector.remove(*job);
      job = nullptr;
    }
  }
  return all;
}

void Fleet::flush() {
  for (std::size_t shard = 0; shard < outboxes_.size(); ++shard)
    if (outboxes_[shard]) send(shard);
}

void Fleet::settle() {
  std::erase_if(in_transit_, [this](const ParcelPtr& parcel) {
    auto state = parcel->state.load();
    if (state == Parcel::State::kFailed) post(parcel);
    if (state != Parcel::State::kDone) return false;
    for (std::size_t i = 0; i < parcel->leaving_count; ++i) {
      const auto& left = parcel->leaving[i];
      (left.from_reserve ? reserve_bytes_ : job_bytes_) -= left.bytes;
      (left.from_reserve ? parts_.critical : parts_.jobs).release(left.bytes);
      if (left.forget) monitors_.free(left.slot);
    }
    return true;
  });
}

// --- pausing and resuming ---

/// Of all jobs, how many are in flight: the part of what rounds hold that pausing frees at once.
double Fleet::share_in_flight() const {
  std::size_t jobs = 0, in_flight = 0;
  for (const auto& shard : parts_.shards) {
    jobs += shard->collector.counters().jobs;
    in_flight += shard->collector.counters().in_flight;
  }
  return jobs == 0 ? 1.0 : std::min(1.0, static_cast<double>(in_flight) / static_cast<double>(jobs));
}

Fleet::Step Fleet::pause_largest(std::uint64_t bytes, std::size_t most, Shortage shortage) {
  Step done;
  auto in_flight = share_in_flight();
  auto freed_by = [in_flight](const Watched& w) {
    return w.job_bytes + static_cast<std::uint64_t>(in_flight * static_cast<double>(held_bytes(w) - w.job_bytes));
  };
  for (auto criticality : {Criticality::kLow, Criticality::kNormal}) {
    auto can = [&](const Watched& w) { return w.load == Load::kLoaded && w.monitor.criticality == criticality; };
    Classes classes;
    monitors_.each([&](Slot, const Watched& w) {
      if (can(w)) classes.add(held_bytes(w), freed_by(w));
      return true;
    });
    // The smallest class that is needed.
    auto least = kClasses;
    for (std::uint64_t sum = done.bytes; least > 0 && sum < bytes;) sum += classes.bytes[--least];
    for (auto at = kClasses; at-- > least;) {
      if (classes.count[at] == 0) continue;
      monitors_.each([&](Slot slot, Watched& w) {
        if (!can(w) || size_class(held_bytes(w)) != at) return true;
        auto freed = freed_by(w);
        unload(slot, shortage);
        done = {done.monitors + 1, done.bytes + freed};
        return done.bytes < bytes && done.monitors < most;
      });
      if (done.bytes >= bytes || done.monitors >= most) break;
    }
    if (done.bytes >= bytes || done.monitors >= most) break;
  }
  flush();
  return done;
}

Fleet::Step Fleet::resume_smallest(std::uint64_t bytes, std::size_t most) {
  Step done;
  bool refused = false;
  for (auto criticality : {Criticality::kCritical, Criticality::kNormal, Criticality::kLow}) {
    auto can = [&](const Watched& w) { return w.load == Load::kPaused && w.monitor.criticality == criticality; };
    Classes classes;
    monitors_.each([&](Slot, const Watched& w) {
      if (can(w)) classes.add(held_bytes(w), held_bytes(w));
      return true;
    });
    for (std::size_t at = 0; at < kClasses && !refused; ++at) {
      if (classes.count[at] == 0) continue;
      monitors_.each([&](Slot slot, Watched& w) {
        if (!can(w) || size_class(held_bytes(w)) != at) return true;
        auto needed = held_bytes(w);
        if (done.bytes >= bytes || done.monitors >= most || !load(slot)) {
          refused = true;
          return false;
        }
        done = {done.monitors + 1, done.bytes + needed};
        return true;
      });
    }
  }
  flush();
  return done;
}

std::string why_paused(const Watched& watched) {
  if (watched.shortage == Fleet::Shortage{}) return "not started: the memory budget leaves no room";
  return fmt::format("paused: memory was short (ledger {} %, resident {} %, stall {} %)", watched.shortage[0],
                     watched.shortage[1], watched.shortage[2]);
}

}  // namespace holter::app
