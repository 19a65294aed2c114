#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
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

/// `key<separator>value` lines: '=' when the first line has one, else a tab; the first of equal keys wins.
std::vector<std::pair<std::string_view, std::string_view>> parse_lines(std::string_view answer, std::string_view app) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  char separator = 0;
  bool first = true;
  while (!answer.empty()) {
    auto line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (std::exchange(first, false)) {
      if (app == "zookeeper" && line == "Environment:") {
        first = true;  // a heading; the line behind it decides
        continue;
      }
      separator = line.find('=') != std::string_view::npos ? '=' : '\t';
    }
    if (auto at = line.find(separator); at != std::string_view::npos)
      pairs.emplace_back(line.substr(0, at), line.substr(at + 1));
  }
  return pairs;
}

/// Connects; with `cmd` sends it and reads key-value lines until the peer closes.
class TelnetProbe final : public CoroProbe {
 public:
  TelnetProbe(const ProbeConfig& config, std::string host, std::uint16_t port)
      : app_(config.app),
        aliases_(config.aliases),
        host_(std::move(host)),
        command_(config.block.text_or("cmd")),
        target_(fmt::format("{}:{}", host_, port)),
        timeout_(timeout_of(config.block)),
        port_(port) {}

  std::string_view target() const override { return target_; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override {
    return sizeof(*this) + host_.capacity() + command_.capacity() + target_.capacity();
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    const auto& services = attempt.services();
    auto addresses = co_await services.resolver.resolve(host_, attempt.deadline());
    if (!addresses) co_return outcome_of(addresses.error());
    if (attempt.traced()) attempt.step(fmt::format("resolved {} to {}", host_, addresses->front().to_string()));
    auto began = services.clock.mono();
    auto stream = co_await net::TcpStream::connect(services.executor, addresses->front(), port_, attempt.deadline());
    if (!stream) co_return outcome_of(stream.error());
    auto connected = services.clock.mono() - began;
    if (attempt.traced())
      attempt.step(fmt::format("connected to {} after {:.3f} ms", stream->peer(), to_ms(connected)));
    if (command_.empty()) co_return write_row(attempt, connected, {}) ? Outcome{} : full();
    if (auto sent = co_await stream->write(command_, attempt.deadline()); !sent) co_return outcome_of(sent.error());
    if (attempt.traced()) attempt.step(fmt::format("sent {} bytes", command_.size()));
    memory::Reservation reserved;
    auto answer = co_await stream->read_all(kMaxAnswer, services.answers, reserved, attempt.deadline());
    if (!answer) co_return outcome_of(answer.error());
    if (attempt.traced()) attempt.step(fmt::format("read {} bytes", answer->size()));
    co_return parse(attempt, *answer, connected);
  }

  Outcome parse(Attempt& attempt, std::string_view answer, nanoseconds connected) const {
    auto pairs = parse_lines(answer, app_);
    bool any = false;
    for (const auto& [key, value] : pairs) any = any || std::ranges::find(aliases_, key) != aliases_.end();
    if (!any)
      return {ResultCode::kFail, fmt::format("Cmd [{}] returned no expected metrics. Response: {}",
                                             excerpt(command_, 40), excerpt(answer, 200))};
    return write_row(attempt, connected, pairs) ? Outcome{} : full();
  }

  bool write_row(Attempt& attempt, nanoseconds connected,
                 const std::vector<std::pair<std::string_view, std::string_view>>& pairs) const {
    auto& table = attempt.table();
    if (!table.add_row()) return false;
    for (std::size_t i = 0; i < aliases_.size(); ++i) {
      auto found = std::ranges::find(pairs, std::string_view(aliases_[i]), [](const auto& pair) { return pair.first; });
      if (found != pairs.end() && !table.set(i, found->second)) return false;
      if (found == pairs.end() && aliases_[i] == "responseTime") table.set(i, to_ms(connected));
    }
    return true;
  }

  static Outcome full() { return {ResultCode::kFail, "cannot keep the result: the memory account for rounds is full"}; }

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

constexpr KeyInfo kKeys[] = {{"host", true}, {"port", true}, {"timeout"}, {"cmd"}};

}  // namespace

const PluginInfo& telnet_plugin() {
  static constexpr PluginInfo kInfo{.name = "telnet", .block = "telnet", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
