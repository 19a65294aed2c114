#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/base64.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostName = 255;
constexpr std::size_t kMostLogin = 2000;

/// Greeting and HELO of a mail server (RFC 5321, section 4), before that a login (RFC 4954) when there is a user.
class SmtpProbe final : public LineProbe {
 public:
  SmtpProbe(const ProbeConfig& config, StreamTarget target, bool starttls)
      : LineProbe(config, std::move(target), "QUIT"),
        name_(config.block.text_or("email")),
        user_(config.block.text_or("username")),
        password_(config.block.text_or("password")),
        starttls_(starttls) {}

  std::size_t bytes() const override {
    return StreamProbe::bytes() + 3 * sizeof(name_) + name_.capacity() + user_.capacity() + password_.capacity();
  }

 private:
  awaitable<Result<double>> converse(Attempt* attempt, LineTalk* talk, net::Stream* stream) override {
    CO_TRY(auto greeting, co_await talk->reply("read the greeting of"));
    if (greeting.code != 220)
      co_return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use {}: it greets with {} {}", target_.text,
                                                               greeting.code, excerpt(greeting.text)));
    if (starttls_) {
      CO_TRY_OK(co_await say_ehlo(talk));
      CO_TRY_OK(co_await talk->send("STARTTLS", "send STARTTLS to"));
      CO_TRY(auto ready, co_await talk->reply("read the answer to STARTTLS of"));
      if (ready.code != 220) co_return refused("start TLS with", ready);
      CO_TRY_OK(co_await start_tls(attempt, stream, &target_, attempt->deadline()));
    }
    if (!user_.empty()) CO_TRY_OK(co_await log_in(attempt, talk));
    CO_TRY_OK(co_await talk->send(fmt::format("HELO {}", name_), "send HELO to"));
    CO_TRY(auto answer, co_await talk->reply("read the answer to HELO of"));
    co_return elapsed_ms(*attempt);
  }

  awaitable<Status> say_ehlo(LineTalk* talk) const {
    CO_TRY_OK(co_await talk->send(fmt::format("EHLO {}", name_), "send EHLO to"));
    CO_TRY(auto hello, co_await talk->reply("read the answer to EHLO of"));
    if (hello.code != 250) co_return refused("say EHLO to", hello);
    co_return Status();
  }

  /// By PLAIN, which every server has that lets users log in by TLS.
  awaitable<Status> log_in(Attempt* attempt, LineTalk* talk) const {
    CO_TRY_OK(co_await say_ehlo(talk));
    auto secret = std::string(1, '\0') + user_ + '\0' + password_;
    CO_TRY_OK(co_await talk->send(fmt::format("AUTH PLAIN {}", to_base64(secret)), "send the login to"));
    CO_TRY(auto answer, co_await talk->reply("log in to"));
    if (answer.code != 235) co_return refused("log in to", answer);
    attempt->step("logged in");
    co_return Status();
  }

  Error refused(std::string_view what, const LineTalk::Reply& reply) const {
    return {ErrorCode::kInvalidArgument,
            fmt::format("cannot {} {}: it answers {} {}", what, target_.text, reply.code, excerpt(reply.text, 200))};
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

  const std::string name_, user_, password_;
  const bool starttls_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 25, 465));
  auto name = config.block.text_or("email");
  if (name.empty() || name.size() > kMostName || has_line_break(name))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use 'email' as the name for HELO: '{}' (1 to {} bytes on one line)", excerpt(name),
                             kMostName));
  TRY(bool starttls, start_tls_of(config.block));
  auto user = config.block.text_or("username"), password = config.block.text_or("password");
  if (user.size() + password.size() > kMostLogin || user.empty() != password.empty())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot log in to {}: user name and password are needed together, with at most {} bytes",
                             target.text, kMostLogin));
  if (!user.empty() && !target.tls && !starttls)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot log in to {} without TLS: set ssl or startTls", target.text));
  return std::make_unique<SmtpProbe>(config, std::move(target), starttls);
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 25, with TLS 465"},
                             {"timeout", false, "ms, from name resolution to the last reply; default 6000"},
                             {"email", true, "what HELO says: a name, or an address"},
                             {"username", false, "logs in before HELO, by TLS only; empty: no login"},
                             {"password", false, "of that user"},
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
