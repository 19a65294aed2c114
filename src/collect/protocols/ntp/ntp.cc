#include <array>
#include <memory>
#include <random>

#include <fmt/format.h>

#include "collect/block.h"
#include "collect/protocols/ntp/packet.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

class NtpProbe final : public StreamProbe {
 public:
  NtpProbe(const ProbeConfig& config, StreamTarget target) : StreamProbe(config, std::move(target)) {}

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto exchange = ntp::parse_recording(answer);
    if (!exchange) return {ResultCode::kFail, exchange.error().message()};
    return add_row(attempt, *exchange, 0);
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    auto socket = co_await open_datagrams(&attempt, &target_);
    if (!socket) co_return unconnectable(socket.error());
    std::random_device random;
    auto nonce = std::uint64_t{random()} << 32 | random();
    const auto& clock = attempt.services().clock;
    auto request = ntp::write_request(nonce);
    ntp::Exchange exchange{.sent = clock.wall_ns()};
    if (auto sent = co_await socket->send(request, attempt.deadline()); !sent) co_return unconnectable(sent.error());
    if (attempt.traced()) attempt.step(fmt::format("asked {}", socket->peer()));
    std::array<char, 1024> buffer;
    while (true) {
      auto got = co_await socket->receive(buffer.data(), buffer.size(), attempt.deadline());
      exchange.received = clock.wall_ns();
      if (!got) co_return unconnectable(got.error());
      if (attempt.traced()) attempt.step(fmt::format("{} bytes came", got->size()));
      if (!ntp::is_answer(*got, nonce)) continue;  // the deadline ends a flood of others
      exchange.packet = *got;
      break;
    }
    auto time_ms = elapsed_ms(attempt);
    if (attempt.traced()) attempt.note_answer(ntp::write_recording(exchange));
    co_return add_row(attempt, exchange, time_ms);
  }

  Outcome add_row(Attempt& attempt, const ntp::Exchange& exchange, double time_ms) const {
    auto values = ntp::values_of(exchange);
    if (!values) return {ResultCode::kFail, values.error().message()};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      for (const auto& [key, value] : *values)
        if (key == alias) return value;
      return std::nullopt;
    });
  }

  static Outcome unconnectable(const Error& error) {
    auto outcome = outcome_of(error);
    if (error.code() == ErrorCode::kNotFound) outcome.code = ResultCode::kUnconnectable;
    if (error.code() == ErrorCode::kUnavailable) outcome.code = ResultCode::kFail;
    return outcome;
  }
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 123));
  return std::make_unique<NtpProbe>(config, std::move(target));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 123"},
                             {"timeout", false, "ms, from name resolution to the answer; default 6000"}};

}  // namespace

const PluginInfo& ntp_plugin() {
  static constexpr PluginInfo kInfo{.name = "ntp", .block = "ntp", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
