#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "collect/shard_objects.h"
#include "runtime/shard.h"

namespace holter::collect::script {

/// The commands of a shard: at most kMost at once, further ones wait in order. A place belongs to its command until
/// that is dead and buried, so that commands which cannot be killed (a dead file server holds them) do not pile up.
///
/// Threads: the shard's. Lifetime: outlives its places; at its end what still runs is killed, and left to the system.
class Places final : public ShardObject {
  struct Child {
    int pid = 0;
    bool taken = false;  ///< somebody has the place
  };
  struct Waiter {
    explicit Waiter(runtime::Executor executor) : timer(executor) {}
    boost::asio::steady_timer timer;
    Child* granted = nullptr;
  };

 public:
  static constexpr std::size_t kMost = 8;

  Places(runtime::Executor executor, const Clock& clock) : executor_(executor), clock_(clock) {}
  ~Places() override;

  /// A place, and the process in it. Given back on destruction; what still runs is killed then.
  class Place {
   public:
    Place(Place&& other) noexcept : places_(other.places_), child_(std::exchange(other.child_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (child_ != nullptr) places_->give_back(*child_);
    }
    /// From now on the leader of that process group is ours to end.
    void put(int pid) { child_->pid = pid; }
    /// Sends a signal to the whole group.
    void signal(int number) const;
    /// The exit status (128 and the signal's number when it was killed) once the leader has ended; the rest of its
    /// group is killed then. Errors: kUnavailable while it runs.
    Result<int> bury();

   private:
    friend class Places;
    Place(Places* places, Child* child) : places_(places), child_(child) {}
    Places* places_;
    Child* child_;
  };

  /// Waits for a place. Errors: kTimeout, kCancelled.
  boost::asio::awaitable<Result<Place>> take(MonoTime deadline);

  std::size_t waiting() const { return waiting_.size(); }

 private:
  class Queued;
  Child* take_free();
  void give_back(Child& child);
  static bool bury(Child& child, int* status);

  const runtime::Executor executor_;
  const Clock& clock_;
  std::array<Child, kMost> children_;
  std::list<Waiter> waiting_;
};

}  // namespace holter::collect::script
