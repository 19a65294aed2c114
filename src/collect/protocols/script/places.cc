#include "collect/protocols/script/places.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include <fmt/format.h>
#include <sys/wait.h>

namespace holter::collect::script {

namespace asio = boost::asio;

namespace {

constexpr milliseconds kLookAgain(200);

}  // namespace

/// Stands in the queue for as long as it lives; a place that was granted and not taken goes to the next.
class Places::Queued {
 public:
  explicit Queued(Places* places)
      : places_(places), waiter_(places->waiting_.emplace(places->waiting_.end(), places->executor_)) {}
  ~Queued() {
    auto* granted = waiter_->granted;
    places_->waiting_.erase(waiter_);
    if (granted != nullptr) places_->give_back(*granted);
  }
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;

  asio::steady_timer& timer() { return waiter_->timer; }
  Child* take() { return std::exchange(waiter_->granted, nullptr); }
  bool is_first() const { return waiter_ == places_->waiting_.begin(); }

 private:
  Places* const places_;
  std::list<Waiter>::iterator waiter_;
};

Places::~Places() {
  for (auto& child : children_)
    if (child.pid != 0 && !bury(child, nullptr)) ::kill(-child.pid, SIGKILL);
}

/// True when nobody is left in the place. Without `status` as with.
bool Places::bury(Child& child, int* status) {
  if (child.pid == 0) return true;
  siginfo_t info{};
  // Looked at, not yet buried: until then nobody else can have the group's number.
  if (::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
    return false;
  ::kill(-child.pid, SIGKILL);  // what it has left behind
  ::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG);
  child.pid = 0;
  if (status != nullptr) *status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  return true;
}

Places::Child* Places::take_free() {
  for (auto& child : children_)
    if (!child.taken && bury(child, nullptr)) {
      child.taken = true;
      return &child;
    }
  return nullptr;
}

void Places::give_back(Child& child) {
  child.taken = false;
  if (!bury(child, nullptr)) ::kill(-child.pid, SIGKILL);
  for (auto& waiter : waiting_) {
    if (waiter.granted != nullptr) continue;
    waiter.granted = take_free();
    if (waiter.granted != nullptr) waiter.timer.cancel();
    return;
  }
}

asio::awaitable<Result<Places::Place>> Places::take(MonoTime deadline) {
  if (waiting_.empty())
    if (auto* free = take_free()) co_return Place(this, free);
  Queued queued(this);
  while (clock_.mono() < deadline) {
    // One that was killed without a word makes its place free, but wakes nobody.
    queued.timer().expires_at(std::min(deadline, clock_.mono() + kLookAgain));
    boost::system::error_code ignored;
    co_await queued.timer().async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    auto* child = queued.take();
    if (child == nullptr && queued.is_first()) child = take_free();
    if (child != nullptr) co_return Place(this, child);
    auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      co_return Error(ErrorCode::kCancelled, "cannot run the command: cancelled");
  }
  co_return Error(ErrorCode::kTimeout,
                  fmt::format("cannot run the command: {} others run, and none has ended in time", kMost));
}

void Places::Place::signal(int number) const {
  if (child_->pid != 0) ::kill(-child_->pid, number);
}

Result<int> Places::Place::bury() {
  int status = 0;
  if (child_->pid == 0 || !Places::bury(*child_, &status))
    return Error(ErrorCode::kUnavailable, "cannot tell the exit status: the command runs");
  return status;
}

}  // namespace holter::collect::script
