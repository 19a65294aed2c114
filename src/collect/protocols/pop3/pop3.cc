#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostWord = 255;

/// Number and size of the messages of a mailbox (RFC 1939).
class Pop3Probe final : public LineProbe {
 public:
  Pop3Probe(const ProbeConfig& config, StreamTarget target, bool starttls)
      : LineProbe(config, std::move(target), "QUIT"),
        user_(config.block.text_or("email")),
        password_(config.block.text_or("authorize")),
        starttls_(starttls) {}

  std::size_t bytes() const override {
    return StreamProbe::bytes() + 2 * sizeof(user_) + user_.capacity() + password_.capacity();
  }

 private:
  awaitable<Result<double>> converse(Attempt* attempt, LineTalk* talk, net::Stream* stream) override {
    CO_TRY_OK(co_await answer(talk, "read the greeting of"));
    if (starttls_) {  // RFC 2595, section 4
      CO_TRY_OK(co_await talk->send("STLS", "send STLS to"));
      CO_TRY_OK(co_await answer(talk, "read the answer to STLS of"));
      CO_TRY_OK(co_await start_tls(attempt, stream, &target_, attempt->deadline()));
    }
    CO_TRY_OK(co_await talk->send(fmt::format("USER {}", user_), "send the user to"));
    CO_TRY_OK(co_await answer(talk, "name the user to"));
    CO_TRY_OK(co_await talk->send(fmt::format("PASS {}", password_), "send the password to"));
    CO_TRY_OK(co_await answer(talk, "log in to"));
    attempt->step("logged in");
    auto time_ms = elapsed_ms(*attempt);
    CO_TRY_OK(co_await talk->send("STAT", "send STAT to"));
    CO_TRY_OK(co_await answer(talk, "read the state of the mailbox of"));
    co_return time_ms;
  }

  awaitable<Status> answer(LineTalk* talk, std::string_view what) const {
    CO_TRY(auto line, co_await talk->line(what));
    if (line.starts_with("+OK")) co_return Status{};
    bool refused = line.starts_with("-ERR");
    co_return Error(refused ? ErrorCode::kInvalidArgument : ErrorCode::kProtocolViolation,
                    fmt::format("cannot {} {}: {} '{}'", what, target_.text,
                                refused ? "the server says" : "this is no POP3:", excerpt(line)));
  }

  Outcome failure(const Error& error) const override { return mail_failure(error); }

  /// The last line is the answer to STAT: "+OK <messages> <bytes>".
  Outcome parse(Attempt& attempt, std::string_view heard, double time_ms) const override {
    std::string_view line;
    while (!heard.empty()) line = next_line(heard);
    auto rest = line.substr(std::min<std::size_t>(line.size(), 4));
    std::uint64_t messages = 0, size = 0;
    const auto* end = rest.data() + rest.size();
    auto [after, failure] = std::from_chars(rest.data(), end, messages);
    bool good = line.starts_with("+OK ") && failure == std::errc{} && after != end && *after == ' ';
    if (good) good = std::from_chars(after + 1, end, size).ec == std::errc{};
    if (!good)
      return {ResultCode::kFail,
              fmt::format("cannot read the state of the mailbox of {}: '{}'", target_.text, excerpt(line))};
    auto count = std::to_string(messages);
    auto kilobytes = fmt::format("{}", static_cast<double>(size) / 1024);
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      if (alias == "email_count") return count;
      if (alias == "mailbox_size") return kilobytes;
      return std::nullopt;
    });
  }

  const std::string user_, password_;
  const bool starttls_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 110, 995));
  for (std::string_view key : {"email", "authorize"}) {
    auto text = config.block.text_or(key);
    if (text.empty() || text.size() > kMostWord || has_line_break(text))
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("cannot log in to {}: '{}' must have 1 to {} bytes on one line", target.text, key, kMostWord));
  }
  TRY(bool starttls, start_tls_of(config.block));
  return std::make_unique<Pop3Probe>(config, std::move(target), starttls);
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 110, with TLS 995"},
                             {"timeout", false, "ms, from name resolution to the last answer; default 6000"},
                             {"ssl", false, "true: TLS from the first byte"},
                             {"startTls", false, "true: TLS by STLS"},
                             {"email", true, "user"},
                             {"authorize", true, "password, or what the provider gives instead"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& pop3_plugin() {
  static constexpr PluginInfo kInfo{.name = "pop3", .block = "pop3", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
