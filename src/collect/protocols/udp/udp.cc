#include <array>
#include <memory>

#include <fmt/format.h>

#include "collect/block.h"
#include "collect/hex.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostContent = 1400;  // fits one packet nearly everywhere

/// Sends a datagram and waits for any that comes back.
class UdpProbe final : public StreamProbe {
 public:
  UdpProbe(const ProbeConfig& config, StreamTarget target, std::string content)
      : StreamProbe(config, std::move(target)), content_(std::move(content)) {}

  std::size_t bytes() const override { return StreamProbe::bytes() + sizeof(content_) + content_.capacity(); }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto bytes = from_hex(answer, net::Datagrams::kMostBytes);
    if (!bytes) return {ResultCode::kFail, bytes.error().message()};
    return add_row(attempt, 0);
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    auto socket = co_await open_datagrams(&attempt, &target_);
    if (!socket) co_return unreachable_when_refused(socket.error());
    if (auto sent = co_await socket->send(content_, attempt.deadline()); !sent)
      co_return unreachable_when_refused(sent.error());
    if (attempt.traced()) attempt.step(fmt::format("sent {} bytes to {}", content_.size(), socket->peer()));
    std::array<char, 2048> buffer;
    auto got = co_await socket->receive(buffer.data(), buffer.size(), attempt.deadline());
    if (!got) co_return unreachable_when_refused(got.error());
    auto time_ms = elapsed_ms(attempt);
    if (attempt.traced()) {
      attempt.step(fmt::format("{} bytes came back", got->size()));
      attempt.note_answer(to_hex(*got));
    }
    co_return add_row(attempt, time_ms);
  }

  Outcome add_row(Attempt& attempt, double time_ms) const {
    return add_text_row(attempt, aliases_, time_ms, [](std::string_view) { return std::nullopt; });
  }

  static Outcome unreachable_when_refused(const Error& error) {
    auto outcome = outcome_of(error);
    if (error.code() == ErrorCode::kUnavailable) outcome.code = ResultCode::kUnreachable;
    return outcome;
  }

  const std::string content_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 0));
  auto content = from_hex(config.block.text_or("content"), kMostContent);
  if (!content) return std::move(content).error().with_context("cannot use 'content'");
  if (content->empty()) *content = "hello";
  return std::make_unique<UdpProbe>(config, std::move(target), std::move(*content));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", true, "port"},
                             {"timeout", false, "ms; default 6000"},
                             {"content", false, "what is sent, in hexadecimal digits; empty: the text hello"}};

}  // namespace

const PluginInfo& udp_plugin() {
  static constexpr PluginInfo kInfo{.name = "udp", .block = "udp", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
