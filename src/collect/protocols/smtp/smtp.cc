#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostName = 255;

/// Greeting and HELO of a mail server (RFC 5321, section 4).
class SmtpProbe final : public LineProbe {
 public:
  SmtpProbe(const ProbeConfig& config, StreamTarget target, bool starttls)
      : LineProbe(config, std::move(target), "QUIT"), name_(config.block.text_or("email")), starttls_(starttls) {}

  std::size_t bytes() const override { return StreamProbe::bytes() + sizeof(name_) + name_.capacity(); }

 private:
  awaitable<Result<double>> converse(Attempt* attempt, LineTalk* talk, net::Stream* stream) override {
    CO_TRY(auto greeting, co_await talk->reply("read the greeting of"));
    if (greeting.code != 220)
      co_return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use {}: it greets with {} {}", target_.text,
                                                               greeting.code, excerpt(greeting.text)));
    if (starttls_) {
      CO_TRY_OK(co_await talk->send(fmt::format("EHLO {}", name_), "send EHLO to"));
      CO_TRY(auto hello, co_await talk->reply("read the answer to EHLO of"));
      CO_TRY_OK(co_await talk->send("STARTTLS", "send STARTTLS to"));
      CO_TRY(auto ready, co_await talk->reply("read the answer to STARTTLS of"));
      if (hello.code != 250 || ready.code != 220)
        co_return Error(ErrorCode::kInvalidArgument, fmt::format("cannot start TLS with {}: it answers {} {}",
                                                                 target_.text, ready.code, excerpt(ready.text)));
      CO_TRY_OK(co_await start_tls(attempt, stream, &target_, attempt->deadline()));
    }
    CO_TRY_OK(co_await talk->send(fmt::format("HELO {}", name_), "send HELO to"));
    CO_TRY(auto answer, co_await talk->reply("read the answer to HELO of"));
    co_return elapsed_ms(*attempt);
  }

  /// The first line is the greeting's, the last reply the one to HELO.
  Outcome parse(Attempt& attempt, std::string_view heard, double time_ms) const override {
    auto rest = heard;
    auto banner = next_line(rest);
    // The reply to HELO begins behind the last line that ends a reply before it.
    std::string_view reply, current = rest;
    while (!rest.empty()) {
      auto line = next_line(rest);
      bool ends = line.size() == 3 || (line.size() > 3 && line[3] == ' ');
      if (!ends) continue;
      reply = current.substr(0, current.size() - rest.size());
      current = rest;
    }
    bool ok = reply.starts_with("250");
    if (!banner.starts_with("220") || !ok)
      return {ResultCode::kFail, fmt::format("cannot use {}: it answers HELO with '{}'", target_.text, excerpt(reply))};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      if (alias == "smtpBanner") return banner;
      if (alias == "heloInfo") return reply;
      if (alias == "response") return "OK";
      return std::nullopt;
    });
  }

  const std::string name_;
  const bool starttls_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 25, 465));
  auto name = config.block.text_or("email");
  if (name.empty() || name.size() > kMostName || has_line_break(name))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use 'email' as the name for HELO: '{}' (1 to {} bytes on one line)", excerpt(name),
                             kMostName));
  bool starttls = flag_of(config.block, "startTls", false);
  if (starttls && target.tls)
    return Error(ErrorCode::kInvalidArgument, "cannot collect: ssl and startTls exclude each other");
  return std::make_unique<SmtpProbe>(config, std::move(target), starttls);
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 25, with TLS 465"},
                             {"timeout", false, "ms, from name resolution to the last reply; default 6000"},
                             {"email", true, "what HELO says: a name, or an address"},
                             {"ssl", false, "true: TLS from the first byte"},
                             {"startTls", false, "true: TLS by STARTTLS"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& smtp_plugin() {
  static constexpr PluginInfo kInfo{.name = "smtp", .block = "smtp", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
