#include "app/suggestions.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "runtime/deadline.h"
#include "runtime/task_scope.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
using api::Answered;
using api::Problem;
using define::Subject;

constexpr std::string_view kNoTime = "there was no time left for it";
constexpr std::string_view kForbidden = "it is forbidden (network.forbidden)";

double ms_of(nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

net::IpAddress address_of(const IpBytes& bytes) {
  auto v6 = asio::ip::make_address_v6(bytes);
  if (is_ipv4(bytes)) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
  return v6;
}

/// Of a host that cannot be looked up: what was given is at fault, or the moment.
Problem problem_of(const Error& error) {
  auto problem = api::to_problem(error);
  if (error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kInvalidArgument) {
    problem.status = 422;
    problem.parameter = "text";
  }
  return problem;
}

asio::awaitable<void> until(asio::steady_timer& end) {
  boost::system::error_code ignored;  // cancelled: the scan has ended, or all shall
  co_await end.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void skip(api::SuggestReport& report, std::string what, std::string_view reason) {
  report.skipped.push_back({std::move(what), std::string(reason)});
}

}  // namespace

/// A scan that runs. By a destructor: a coroutine whose wait finds no memory is dropped where it stands.
class Suggestions::Turn {
 public:
  Turn(Suggestions& all, std::string account, MonoTime deadline) : all_(all), account_(std::move(account)) {
    std::list<asio::steady_timer> one;  // taken over once nothing can fail any more
    end_ = one.emplace(one.end(), all_.parts_.control, deadline);
    all_.callers_[account_] = MonoTime::max();
    all_.ends_.splice(all_.ends_.end(), one);
  }
  ~Turn() {
    all_.ends_.erase(end_);
    all_.callers_[account_] = all_.parts_.clock.mono() + kPause;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  asio::steady_timer& end() { return *end_; }

 private:
  Suggestions& all_;
  const std::string account_;
  std::list<asio::steady_timer>::iterator end_;
};

Answered<void> Suggestions::may_begin(const std::string& account) {
  if (closed_) return Problem{503, "cannot look for suggestions: the server ends", "", 5};
  auto now = parts_.clock.mono();
  std::erase_if(callers_, [now](const auto& caller) { return caller.second <= now; });
  if (callers_.contains(account))
    return Problem{429, "cannot look for suggestions: your last scan has not ended, or has only just", "", 1};
  if (ends_.size() >= kMost || callers_.size() >= kMostAccounts)
    return Problem{
        503, fmt::format("cannot look for suggestions: {} scans run at the moment, which is the most", kMost), "", 5};
  return {};
}

asio::awaitable<Answered<api::SuggestReport>> Suggestions::suggest(std::string text, api::Caller caller) {
  using namespace asio::experimental::awaitable_operators;
  auto subject = define::parse_subject(text);
  if (!subject) co_return Problem{400, subject.error().message(), "text", 0};
  CO_TRY_OK(may_begin(caller.who.account()));
  auto began = parts_.clock.mono();
  auto deadline = std::min(began + kLongest, caller.deadline - milliseconds(500));
  Turn turn(*this, caller.who.account(), deadline + milliseconds(250));
  auto held = parts_.account.reserve(kBytes);
  if (!held) co_return held.error();
  auto plan = define::plan_scan(parts_.definitions, *subject);
  auto work = std::make_shared<const Work>(std::move(*subject), std::move(plan), deadline);
  runtime::Presence here;
  auto on_its_thread = [](Suggestions* all, std::shared_ptr<const Work> asked) -> asio::awaitable<Result<Found>> {
    co_return co_await asio::co_spawn(all->parts_.shard.shard.executor(), all->on_shard(std::move(asked)),
                                      asio::use_awaitable);
  };
  auto first =
      co_await (runtime::guarded(on_its_thread(this, work), "look for suggestions", here.token()) || until(turn.end()));
  if (first.index() != 0)
    co_return closed_ ? Problem{503, "cannot look for suggestions: the server ends", "", 5}
                      : Problem{504, "cannot look for suggestions: no answer in time", "", 0};
  auto& found = std::get<0>(first);
  if (!found) co_return problem_of(found.error());
  auto report = report_of(*work, *found);
  report.duration_ms = std::chrono::duration_cast<milliseconds>(parts_.clock.mono() - began).count();
  co_return report;
}

asio::awaitable<Result<Suggestions::Found>> Suggestions::on_shard(std::shared_ptr<const Work> work) {
  if (work->subject.kind == Subject::Kind::kNetwork) co_return co_await ask_network(work.get());
  co_return co_await ask_host(work.get());
}

asio::awaitable<Result<Suggestions::Found>> Suggestions::ask_host(const Work* work) {
  auto& shard = parts_.shard;
  auto within = [&](milliseconds time) { return std::min(runtime::deadline_in(time), work->deadline); };
  CO_TRY(auto addresses, co_await shard.resolver.resolve(work->subject.host, within(kLookup)));
  const auto& address = addresses.front();
  Found found{.address = address.to_string(), .ports = {}, .pings = {}, .no_ping = {}};
  auto pings = co_await net::ping_sweep(shard.shard.executor(), &shard.icmp, &shard.resolver.policy(), {address},
                                        {.at_once = 1, .each = kPing}, within(kPing));
  if (pings)
    found.pings = std::move(*pings);
  else
    found.no_ping = pings.error().message();
  found.ports = co_await net::scan_ports(shard.shard.executor(), &shard.resolver.policy(), address, work->plan.ports,
                                         {}, within(kPorts));
  co_return found;
}

asio::awaitable<Result<Suggestions::Found>> Suggestions::ask_network(const Work* work) {
  auto& shard = parts_.shard;
  std::vector<net::IpAddress> addresses;
  for (const auto& host : define::hosts_of(work->subject.network)) addresses.push_back(address_of(host));
  Found found;
  auto pings =
      co_await net::ping_sweep(shard.shard.executor(), &shard.icmp, &shard.resolver.policy(), std::move(addresses), {},
                               std::min(runtime::deadline_in(kNetwork), work->deadline));
  if (pings)
    found.pings = std::move(*pings);
  else
    found.no_ping = pings.error().message();
  co_return found;
}

api::SuggestReport Suggestions::report_of(const Work& work, const Found& found) const {
  using PingKind = net::PingState::Kind;
  using PortKind = net::PortState::Kind;
  bool network = work.subject.kind == Subject::Kind::kNetwork;
  api::SuggestReport report{
      .kind = work.subject.kind, .host = work.subject.host, .address = found.address, .suggestions = {}, .skipped = {}};
  define::Seen seen;
  if (!found.no_ping.empty()) skip(report, "ping", found.no_ping);
  for (const auto& ping : found.pings) {
    auto what = network ? ping.address.to_string() : std::string("ping");
    if (ping.kind == PingKind::kForbidden) skip(report, what, kForbidden);
    if (ping.kind == PingKind::kNotTried) {
      skip(report, what, kNoTime);
      report.truncated = true;
    }
    if (ping.kind != PingKind::kReply) continue;
    if (!network)
      seen.ping_ms = ms_of(ping.round_trip);
    else if (auto one = define::suggest_ping(parts_.definitions, what, ms_of(ping.round_trip)))
      report.suggestions.push_back(std::move(*one));
  }
  for (const auto& port : found.ports) {
    auto what = fmt::format("port {}", port.port);
    if (port.kind == PortKind::kOpen) seen.open.push_back({port.port, ms_of(port.connect_time)});
    if (port.kind == PortKind::kForbidden) skip(report, what, kForbidden);
    if (port.kind == PortKind::kNotTried) {
      skip(report, what, kNoTime);
      report.truncated = true;
    }
  }
  for (auto port : work.plan.left_out) {
    skip(report, fmt::format("port {}", port),
         fmt::format("only {} ports are tried at once", define::ScanPlan::kMostPorts));
    report.truncated = true;
  }
  if (!network) report.suggestions = define::suggest(parts_.definitions, work.subject, seen);
  return report;
}

asio::awaitable<void> Suggestions::close() {
  closed_ = true;
  for (auto& end : ends_) end.expires_at(MonoTime::min());
  // A scan that is cancelled ends at once; one that hangs all the same is not waited for.
  for (int i = 0; i < 50 && !ends_.empty(); ++i) co_await runtime::sleep_for(milliseconds(10));
}

}  // namespace holter::app
