#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "collect/attempt.h"
#include "collect/fan_out.h"
#include "collect/job.h"
#include "memory/account.h"

namespace holter::collect {

class SetAttempt;

/// A round in flight: the sets of one priority level run at once, then those of the next. A failed set of priority 0
/// ends the round (format section 3.2; any failed one, where a level has several); of the sets that were not run then
/// nothing is recorded.
struct Round {
  MonitorJob* job = nullptr;
  MonoTime began{};
  int priority = -1;              ///< of the level that runs
  bool starting = false;          ///< a set may end before its sisters have begun
  bool failed = false;            ///< a set of priority 0 failed
  bool forgot = false;            ///< the allocator refused to keep rows that later sets refer to
  std::size_t bytes = 0;          ///< what its ended attempts held
  SetAttempt* running = nullptr;  ///< list by SetAttempt::next
  std::unique_ptr<Sequel> sequel;
  Round* next = nullptr;  ///< while free

  bool level_runs() const { return running != nullptr || (sequel && sequel->fans); }
};

/// Told what an attempt has found, and when it has ended.
class AttemptListener {
 public:
  virtual void on_part(SetAttempt& attempt, std::string_view set, const Layout& layout) noexcept = 0;
  virtual void on_finish(SetAttempt& attempt, model::ResultCode code, std::string_view message) noexcept = 0;

 protected:
  ~AttemptListener() = default;
};

/// An attempt of a set within a round. One that hangs beyond its deadline loses its round, and is used again only when
/// its probe lets go of it.
class SetAttempt final : public Attempt {
 public:
  /// What an attempt and its share of a round hold: charged while it exists.
  static constexpr std::size_t kBytes = 512 + RawTable::kFreeBytes;

  SetAttempt(AttemptListener& listener, const Services& services, memory::Account& account, bool from_reserve);
  void begin(Round& of_round, SetPlan& of_plan);
  /// For one run of a set that refers to results of others.
  void begin(FanOut& of_fan, std::size_t its_run, PerRow::Run&& made, memory::Reservation&& charged);
  void publish_part(std::string_view set, const Layout& layout) override { listener_.on_part(*this, set, layout); }
  void finish(model::ResultCode code, std::string_view message) override { listener_.on_finish(*this, code, message); }
  /// The most it held since begin(), with its table. Bytes.
  std::size_t held() const { return kBytes + held_bytes_ + table_.charged_bytes() + own_charged_.bytes(); }

  Round* round = nullptr;  ///< null: given up
  SetPlan* plan = nullptr;
  MonitorJob* job = nullptr;
  Probe* probe = nullptr;  ///< the plan's, or its own
  const Layout* layout = nullptr;
  FanOut* fan = nullptr;  ///< of which it is a run; null: of none
  std::size_t run = 0;
  std::int64_t started_wall_ms = 0;
  std::uint32_t uses = 0;                         ///< counts begin(): tells one use from the next
  SetAttempt* next = nullptr;                     ///< in the round, or in the list of free ones
  SetAttempt *older = nullptr, *newer = nullptr;  ///< all attempts of the pool
  const bool paid_by_reserve;

 private:
  friend class RoundPool;
  void begin(Round& of_round, SetPlan& of_plan, Probe& of_probe, const Layout& of_layout);

  AttemptListener& listener_;
  memory::Account& account_;
  PerRow::Run own_;  // empty, unless it is a run
  memory::Reservation own_charged_;
};

/// Rounds and attempts, reused so that the common path allocates nothing. Grows one by one as the load needs, each
/// charged; what is idle goes back by shrink(). Nothing here throws. A round of a critical monitor that the account
/// refuses is paid from the reserve; such rounds and attempts are used for critical monitors only.
///
/// Threads: the shard's. Lifetime: attempts that hang die with the pool.
class RoundPool {
 public:
  RoundPool(AttemptListener& listener, const Services& services, memory::Account& account)
      : listener_(listener), services_(services), account_(account) {}
  ~RoundPool();
  RoundPool(const RoundPool&) = delete;
  RoundPool& operator=(const RoundPool&) = delete;

  /// A round and the certainty that take_attempt() succeeds once; nullptr when memory is refused.
  Round* take_round(bool critical);
  void give_back(Round& round);
  /// nullptr when memory is refused.
  SetAttempt* take_attempt(bool critical);
  /// One with a probe of its own is used again after sweep() only: the probe may be on the stack.
  void give_back(SetAttempt& attempt);
  /// Not from within a probe.
  void sweep();
  bool swept() const { return spent_ == nullptr; }
  /// Frees what is idle. Not from within a probe.
  void shrink();
  /// Who pays for `bytes` that are to be released there; null: nobody.
  memory::Account* charge(std::size_t bytes, bool critical);
  /// Attempts there are, idle or not.
  std::size_t size() const { return size_; }

 private:
  SetAttempt* make_attempt(bool critical);
  void destroy(SetAttempt& attempt);

  AttemptListener& listener_;
  const Services& services_;
  memory::Account& account_;
  Round* free_rounds_ = nullptr;
  SetAttempt* spent_ = nullptr;
  std::array<SetAttempt*, 2> free_attempts_{};  ///< by whether the reserve pays for them
  SetAttempt* newest_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace holter::collect
