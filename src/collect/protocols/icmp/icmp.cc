#include "net/icmp.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/fixed_text.h"
#include "collect/plugin.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace holter::collect {
namespace {

using boost::asio::ip::address;
using model::ResultCode;

/// An echo request and its reply. A literal address takes no coroutine and no allocation; a name is resolved first.
/// There is one attempt at a time, since cancel() ends it at once; so the probe itself listens.
class IcmpProbe final : public Probe, private net::EchoListener {
 public:
  IcmpProbe(std::string host, milliseconds timeout, int column)
      : host_(std::move(host)), timeout_(timeout), column_(column) {
    boost::system::error_code failure;
    auto literal = host_.starts_with('[') && host_.ends_with(']') ? host_.substr(1, host_.size() - 2) : host_;
    address_ = boost::asio::ip::make_address(literal, failure);
    is_name_ = static_cast<bool>(failure);
  }

  void start(Attempt& attempt) override {
    attempt_ = &attempt;
    if (!is_name_) {
      if (auto may = attempt.services().resolver.policy().check(host_, address_, 0); !may)
        finish(ResultCode::kUnreachable, may.error().message());
      else
        send();
      return;
    }
    // The coroutine may outlive this attempt, and even the probe: it holds the link, which cancel() cuts.
    try {
      resolving_ = std::make_shared<IcmpProbe*>(this);
      attempt.services().scope.spawn(
          resolve(Link(resolving_), &attempt.services().resolver, host_, attempt.deadline()));
    } catch (const std::bad_alloc&) {
      if (attempt_ == &attempt) finish(ResultCode::kUnavailable, kNoMemory);  // else the link has done so
    }
  }

  void cancel(Attempt& attempt) override {
    if (attempt_ != &attempt) return;
    if (ticket_) attempt.services().icmp.cancel(*ticket_, *this);
    FixedText<512> text;
    finish(ResultCode::kUnreachable,
           resolving_ ? text.format("cannot resolve {} within {}", host_, format_duration(timeout_))
                      : text.format("no echo reply from {} within {}", host_, format_duration(timeout_)));
  }

  std::string_view target() const override { return host_; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override { return sizeof(*this) + (host_.capacity() > 15 ? host_.capacity() + 1 : 0); }

 private:
  static constexpr std::string_view kNoMemory = "cannot collect: the allocator's cap is reached";

  /// The coroutine's way back to the probe. When it is dropped for want of memory, the probe learns of it all the same.
  class Link {
   public:
    explicit Link(std::shared_ptr<IcmpProbe*> to) : probe_(std::move(to)) {}
    Link(Link&& other) noexcept = default;
    Link& operator=(Link&&) = delete;
    ~Link() {
      if (probe_ && *probe_ != nullptr) (*probe_)->finish(ResultCode::kUnavailable, kNoMemory);
    }
    IcmpProbe* probe() const { return *probe_; }

   private:
    std::shared_ptr<IcmpProbe*> probe_;
  };

  static boost::asio::awaitable<void> resolve(Link link, net::Resolver* resolver, std::string host, MonoTime deadline) {
    auto found = co_await resolver->resolve(host, deadline);
    if (link.probe() != nullptr) link.probe()->resolved(std::move(found));
  }

  void resolved(Result<std::vector<net::IpAddress>> found) {
    cut();
    if (!found) {
      // To a ping every way of not finding the host is "unreachable", but our own want of memory.
      bool own = found.error().code() == ErrorCode::kResourceExhausted;
      finish(own ? ResultCode::kUnavailable : ResultCode::kUnreachable, found.error().message());
      return;
    }
    address_ = found->front();
    if (attempt_->traced()) attempt_->step(fmt::format("resolved {} to {}", host_, address_.to_string()));
    send();
  }

  void send() {
    try {
      auto ticket = attempt_->services().icmp.send(address_, *this);
      if (!ticket) {
        bool own = ticket.error().code() == ErrorCode::kResourceExhausted;
        finish(own ? ResultCode::kUnavailable : ResultCode::kUnreachable, ticket.error().message());
        return;
      }
      ticket_ = *ticket;
    } catch (const std::bad_alloc&) {  // then nothing is under way
      finish(ResultCode::kUnavailable, kNoMemory);
      return;
    }
    if (attempt_->traced()) attempt_->step(fmt::format("sent an echo request to {}", address_.to_string()));
  }

  void on_echo(const net::EchoResult& result) override {
    ticket_.reset();
    if (attempt_->traced())
      attempt_->step(
          result.kind == net::EchoResult::Kind::kReply
              ? fmt::format("echo reply after {:.3f} ms", static_cast<double>(result.round_trip.count()) / 1e6)
              : net::describe(result));
    if (result.kind != net::EchoResult::Kind::kReply) {
      unreachable(result);
      return;
    }
    auto& table = attempt_->table();
    if (!table.add_row()) {
      finish(ResultCode::kUnavailable, "cannot keep the result: the memory account for rounds is full");
      return;
    }
    if (column_ >= 0)
      table.set(static_cast<std::size_t>(column_), static_cast<double>(result.round_trip.count()) / 1e6);
    finish(ResultCode::kSuccess, {});
  }

  void unreachable(const net::EchoResult& result) {
    FixedText<512> text;
    auto message = text.format("cannot reach {}", host_);
    try {
      message = text.format("cannot reach {}: {}", host_, net::describe(result));
    } catch (const std::bad_alloc&) {  // without the reason, then
    }
    finish(ResultCode::kUnreachable, message);
  }

  void finish(ResultCode code, std::string_view message) {
    cut();
    ticket_.reset();
    std::exchange(attempt_, nullptr)->finish(code, message);
  }

  void cut() {
    if (resolving_) *std::exchange(resolving_, nullptr) = nullptr;
  }

 public:
  ~IcmpProbe() override { cut(); }

 private:
  const std::string host_;
  address address_;
  Attempt* attempt_ = nullptr;
  std::shared_ptr<IcmpProbe*> resolving_;
  std::optional<net::IcmpEngine::Ticket> ticket_;
  const milliseconds timeout_;
  const int column_;  ///< of responseTime; -1: not asked for
  bool is_name_ = false;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto host, host_of(config.block));
  return std::make_unique<IcmpProbe>(std::move(host.name), timeout_of(config.block),
                                     find_alias(config.aliases, "responseTime"));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"}, {"timeout", false, "ms; default 6000"}};

}  // namespace

const PluginInfo& icmp_plugin() {
  static constexpr PluginInfo kInfo{.name = "icmp", .block = "icmp", .keys = kKeys, .weight = 1, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
