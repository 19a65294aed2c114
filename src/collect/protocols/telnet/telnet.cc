#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/telnet/parse.h"
#include "net/resolver.h"
#include "net/tcp.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMaxAnswer = 1 << 20;

double to_ms(nanoseconds d) {
  return static_cast<double>(d.count()) / 1e6;
}

bool is_bare_v6(std::string_view host) {
  return host.find(':') != std::string_view::npos && !host.starts_with('[');
}

/// Connects; with `cmd` sends it and reads key-value lines until the peer closes.
class TelnetProbe final : public CoroProbe {
 public:
  TelnetProbe(const ProbeConfig& config, std::string host, std::uint16_t port)
      : app_(config.app),
        aliases_(config.aliases),
        host_(std::move(host)),
        command_(config.block.text_or("cmd")),
        target_(fmt::format(fmt::runtime(is_bare_v6(host_) ? "[{}]:{}" : "{}:{}"), host_, port)),
        timeout_(timeout_of(config.block)),
        port_(port) {}

  std::string_view target() const override { return target_; }
  milliseconds timeout() const override { return timeout_; }
  /// The answer to `cmd` as it came; without `cmd` anything.
  Outcome replay(Attempt& attempt, std::string_view answer) override {
    if (!command_.empty()) return parse(attempt, answer, nanoseconds(0));
    return write_row(attempt, nanoseconds(0), {}) ? Outcome{} : full();
  }
  std::size_t bytes() const override {
    auto total = sizeof(*this) + app_.capacity() + host_.capacity() + command_.capacity() + target_.capacity();
    for (const auto& alias : aliases_) total += sizeof(std::string) + alias.capacity();
    return total;
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    const auto& services = attempt.services();
    auto addresses = co_await services.resolver.resolve(host_, port_, attempt.deadline());
    if (!addresses) co_return outcome_of(addresses.error());
    if (attempt.traced()) attempt.step(fmt::format("resolved {} to {}", host_, addresses->front().to_string()));
    auto stream = co_await net::TcpStream::connect(services.executor, std::move(*addresses), port_, attempt.deadline());
    if (!stream) co_return outcome_of(stream.error());
    auto connected = stream->connect_time();
    if (attempt.traced())
      attempt.step(fmt::format("connected to {} after {:.3f} ms", stream->peer(), to_ms(connected)));
    if (command_.empty()) co_return write_row(attempt, connected, {}) ? Outcome{} : full();
    if (auto sent = co_await stream->write(command_, attempt.deadline()); !sent) co_return outcome_of(sent.error());
    if (attempt.traced()) attempt.step(fmt::format("sent {} bytes", command_.size()));
    memory::Reservation reserved;
    auto answer = co_await stream->read_all(kMaxAnswer, services.answers, reserved, attempt.deadline());
    if (!answer) co_return outcome_of(answer.error());
    attempt.note_held(kRunningBytes + reserved.bytes());
    if (attempt.traced()) attempt.step(fmt::format("read {} bytes", answer->size()));
    attempt.note_answer(*answer);
    co_return parse(attempt, *answer, connected);
  }

  Outcome parse(Attempt& attempt, std::string_view answer, nanoseconds connected) const {
    auto values = telnet::find_values(answer, app_, aliases_);
    if (!values) return {ResultCode::kFail, values.error().message()};
    if (std::ranges::none_of(*values, [](const auto& value) { return value.has_value(); }))
      return {ResultCode::kFail, fmt::format("Cmd [{}] returned no expected metrics. Response: {}",
                                             excerpt(command_, 40), excerpt(answer, 200))};
    return write_row(attempt, connected, *values) ? Outcome{} : full();
  }

  /// `values` is empty, or has one for each alias.
  bool write_row(Attempt& attempt, nanoseconds connected,
                 const std::vector<std::optional<std::string_view>>& values) const {
    auto& table = attempt.table();
    if (!table.add_row()) return false;
    for (std::size_t i = 0; i < aliases_.size(); ++i) {
      if (!values.empty() && values[i]) {
        if (!table.set(i, *values[i])) return false;
      } else if (aliases_[i] == "responseTime") {
        table.set(i, to_ms(connected));
      }
    }
    return true;
  }

  static Outcome full() {
    return {ResultCode::kUnavailable, "cannot keep the result: the memory account for rounds is full"};
  }

  const std::string app_;
  const std::vector<std::string> aliases_;
  const std::string host_, command_, target_;
  const milliseconds timeout_;
  const std::uint16_t port_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto host, host_of(config.block));
  TRY(auto port, port_of(config.block));
  return std::make_unique<TelnetProbe>(config, std::move(host.name), port);
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", true, "port"},
                             {"timeout", false, "ms; default 6000"},
                             {"cmd", false, "sent once connected; lines key=value come back"}};

}  // namespace

const PluginInfo& telnet_plugin() {
  static constexpr PluginInfo kInfo{.name = "telnet", .block = "telnet", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
