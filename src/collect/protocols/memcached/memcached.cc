#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/memcached/stats.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

class MemcachedProbe final : public StreamProbe {
 public:
  MemcachedProbe(const ProbeConfig& config, StreamTarget target) : StreamProbe(config, std::move(target)) {}

  Outcome replay(Attempt& attempt, std::string_view answer) override { return parse(attempt, answer, 0); }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    auto stream = co_await open_stream(&attempt, &target_);
    if (!stream) co_return outcome_of(stream.error());
    LineTalk talk(&attempt, stream->get());
    double time_ms = 0;
    for (std::string_view command : {"stats", "stats settings", "stats sizes"}) {
      auto asked = co_await ask(&talk, std::string(command));
      if (!asked) co_return outcome_of(asked.error());
      if (time_ms == 0) time_ms = elapsed_ms(attempt);
      if (attempt.traced()) attempt.step(fmt::format("{}: {} bytes in all", command, talk.heard().size()));
    }
    talk.note_answer();
    co_return parse(attempt, talk.heard(), time_ms);
  }

  static awaitable<Status> ask(LineTalk* talk, std::string command) {
    auto sent = co_await talk->send(command, "ask for the statistics of");
    if (!sent) co_return std::move(sent).error();
    while (true) {
      CO_TRY(auto line, co_await talk->line("read the statistics of"));
      if (memcached::is_error(line))
        co_return Error(ErrorCode::kInvalidArgument,
                        fmt::format("cannot read '{}': the server says {}", command, excerpt(line)));
      if (memcached::ends_answer(line)) co_return Status{};
      if (!line.starts_with("STAT "))
        co_return Error(ErrorCode::kProtocolViolation,
                        fmt::format("cannot read '{}': this is not memcached: '{}'", command, excerpt(line)));
    }
  }

  Outcome parse(Attempt& attempt, std::string_view text, double time_ms) const {
    auto pairs = memcached::parse_stats(text);
    if (!pairs) return {ResultCode::kFail, pairs.error().message()};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      for (auto [key, value] : *pairs)
        if (key == alias) return value;
      return std::nullopt;
    });
  }
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 11211));
  return std::make_unique<MemcachedProbe>(config, std::move(target));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 11211"},
                             {"timeout", false, "ms, from name resolution to the last byte; default 6000"},
                             {"ssl", false, "true: TLS"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& memcached_plugin() {
  static constexpr PluginInfo kInfo{.name = "memcached", .block = "memcached", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
