#include "net/ping_sweep.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/deadline.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;

MonoTime now() {
  return runtime::deadline_in(nanoseconds(0));
}

/// All pings of one sweep. Those in flight are forgotten at its end, so that none is told of afterwards.
class Sweep {
 public:
  Sweep(runtime::Executor executor, IcmpEngine* engine, const TargetPolicy* policy, std::vector<IpAddress> addresses,
        PingSweepOptions options)
      : engine_(engine),
        policy_(policy),
        options_(options),
        wake_(executor),
        count_(addresses.size()),
        echoes_(std::make_unique<Echo[]>(count_)) {
    for (std::size_t i = 0; i < count_; ++i) {
      echoes_[i].sweep = this;
      echoes_[i].state.address = std::move(addresses[i]);
    }
  }
  ~Sweep() {
    for (std::size_t i = 0; i < next_; ++i)
      if (echoes_[i].ticket) engine_->cancel(*echoes_[i].ticket, echoes_[i]);
  }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  /// Forgets what has waited for too long, and sends what may be sent. Errors: kUnavailable.
  Status go_on() {
    for (; oldest_ < next_; ++oldest_) {  // they are sent in order, and each waits as long
      auto& echo = echoes_[oldest_];
      if (!echo.ticket) continue;
      if (echo.until > now()) break;
      engine_->cancel(*echo.ticket, echo);
      echo.end(PingState::Kind::kSilent);
    }
    while (in_flight_ < options_.at_once && next_ < count_) {
      auto& echo = echoes_[next_++];
      if (!policy_->allows(echo.state.address, 0)) {
        echo.state.kind = PingState::Kind::kForbidden;
        continue;
      }
      auto ticket = engine_->send(echo.state.address, echo);
      if (!ticket && ticket.error().code() == ErrorCode::kResourceExhausted) continue;  // it stays untried
      if (!ticket) return std::move(ticket).error();
      echo.ticket = *ticket;
      echo.state.kind = PingState::Kind::kSilent;  // until it says something
      echo.until = now() + options_.each;
      ++in_flight_;
    }
    return {};
  }
  bool done() const { return in_flight_ == 0 && next_ == count_; }
  /// Until a reply comes, the oldest has waited for too long, or `deadline`.
  asio::steady_timer& wake(MonoTime deadline) {
    wake_.expires_at(std::min(oldest_ < next_ ? echoes_[oldest_].until : deadline, deadline));
    return wake_;
  }
  std::vector<PingState> take() {
    std::vector<PingState> states;
    states.reserve(count_);
    for (std::size_t i = 0; i < count_; ++i) states.push_back(std::move(echoes_[i].state));
    return states;
  }

 private:
  struct Echo final : EchoListener {
    void on_echo(const EchoResult& result) override {
      state.round_trip = result.round_trip;
      end(result.kind == EchoResult::Kind::kReply ? PingState::Kind::kReply : PingState::Kind::kSilent);
      sweep->wake_.cancel();
    }
    void end(PingState::Kind kind) {
      ticket.reset();
      state.kind = kind;
      --sweep->in_flight_;
    }
    Sweep* sweep = nullptr;
    PingState state;
    MonoTime until{};
    std::optional<IcmpEngine::Ticket> ticket;  ///< while it is in flight
  };

  IcmpEngine* engine_;
  const TargetPolicy* policy_;
  const PingSweepOptions options_;
  asio::steady_timer wake_;
  const std::size_t count_;
  std::unique_ptr<Echo[]> echoes_;
  std::size_t oldest_ = 0, next_ = 0, in_flight_ = 0;
};

}  // namespace

asio::awaitable<Result<std::vector<PingState>>> ping_sweep(runtime::Executor executor, IcmpEngine* engine,
                                                           const TargetPolicy* policy, std::vector<IpAddress> addresses,
                                                           PingSweepOptions options, MonoTime deadline) {
  Sweep sweep(executor, engine, policy, std::move(addresses), options);
  while (!runtime::has_passed(deadline)) {
    CO_TRY_OK(sweep.go_on());
    if (sweep.done()) break;
    boost::system::error_code ignored;  // something has come, or the time is up
    co_await sweep.wake(deadline).async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
  co_return sweep.take();
}

}  // namespace holter::net
