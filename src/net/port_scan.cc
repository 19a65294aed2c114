#include "net/port_scan.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "runtime/deadline.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

MonoTime now() {
  return runtime::deadline_in(nanoseconds(0));
}

/// What handlers still hold when whoever asked has gone; they find it closed then.
class Scan : public std::enable_shared_from_this<Scan> {
 public:
  Scan(runtime::Executor executor, const TargetPolicy* policy, IpAddress address, std::vector<std::uint16_t> ports,
       PortScanOptions options)
      : executor_(executor), policy_(policy), address_(std::move(address)), options_(options), ended_(executor) {
    states_.reserve(ports.size());
    for (auto port : ports) states_.push_back({.port = port});
  }

  /// Begins as many as may run at once. An allocation that fails leaves the rest untried.
  void go_on() {
    while (!closed_ && running_ < options_.at_once && next_ < states_.size()) begin(next_++);
    if (done()) ended_.cancel();
  }
  bool done() const { return running_ == 0 && next_ == states_.size(); }
  asio::steady_timer& ended() { return ended_; }
  void close() {
    closed_ = true;
    for (auto& attempt : attempts_)
      if (auto open = attempt.lock()) open->close();
  }
  std::vector<PortState> take() { return std::move(states_); }

 private:
  struct Attempt {
    explicit Attempt(const runtime::Executor& executor) : socket(executor), timer(executor) {}
    void close() {
      error_code ignored;  // it is given up, whatever state it is in
      socket.close(ignored);
      timer.cancel();
    }
    tcp::socket socket;
    asio::steady_timer timer;
    bool expired = false;
  };

  void begin(std::size_t index) {
    auto& state = states_[index];
    if (!policy_->allows(address_, state.port)) {
      state.kind = PortState::Kind::kForbidden;
      return;
    }
    auto attempt = std::make_shared<Attempt>(executor_);
    std::erase_if(attempts_, [](const auto& other) { return other.expired(); });
    attempts_.push_back(attempt);
    const tcp::endpoint endpoint(address_, state.port);
    error_code failure;
    attempt->socket.open(endpoint.protocol(), failure);  // NOLINT(bugprone-unused-return-value): in `failure`
    if (failure) return;                                 // as a want of descriptors: it stays untried
    attempt->timer.expires_after(options_.each);
    attempt->timer.async_wait([attempt](error_code cancelled) {
      if (cancelled) return;
      attempt->expired = true;
      attempt->close();
    });
    attempt->socket.async_connect(endpoint,
                                  [self = shared_from_this(), attempt, index, began = now()](error_code refused) {
                                    self->connected(index, *attempt, refused, now() - began);
                                  });
    state.kind = PortState::Kind::kSilent;  // until it says something
    ++running_;
  }

  void connected(std::size_t index, Attempt& attempt, error_code failure, nanoseconds time) {
    --running_;
    if (closed_) return;
    auto& state = states_[index];
    if (!failure) {
      state.kind = PortState::Kind::kOpen;
      state.connect_time = time;
    } else if (!attempt.expired) {
      state.kind = PortState::Kind::kClosed;
    }
    attempt.close();
    go_on();
  }

  const runtime::Executor executor_;
  const TargetPolicy* policy_;
  const IpAddress address_;
  const PortScanOptions options_;
  std::vector<PortState> states_;
  std::vector<std::weak_ptr<Attempt>> attempts_;  ///< under way, and some that have ended
  std::size_t next_ = 0, running_ = 0;
  bool closed_ = false;
  asio::steady_timer ended_;  ///< cancelled when all have been tried
};

/// Whatever ends the wait, nothing goes on after it.
class Closing {
 public:
  explicit Closing(std::shared_ptr<Scan> scan) : scan_(std::move(scan)) {}
  ~Closing() { scan_->close(); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  Scan& scan() { return *scan_; }

 private:
  std::shared_ptr<Scan> scan_;
};

}  // namespace

asio::awaitable<std::vector<PortState>> scan_ports(runtime::Executor executor, const TargetPolicy* policy,
                                                   IpAddress address, std::vector<std::uint16_t> ports,
                                                   PortScanOptions options, MonoTime deadline) {
  Closing closing(std::make_shared<Scan>(executor, policy, std::move(address), std::move(ports), options));
  auto& scan = closing.scan();
  scan.ended().expires_at(deadline);
  scan.go_on();
  error_code ignored;  // the time is over, all have been tried, or the caller gives up
  if (!scan.done()) co_await scan.ended().async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  scan.close();
  co_return scan.take();
}

}  // namespace holter::net
