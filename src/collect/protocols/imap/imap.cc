#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/imap/words.h"
#include "collect/quoted.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostWord = 255;

/// Counts of a folder (RFC 3501).
class ImapProbe final : public LineProbe {
 public:
  ImapProbe(const ProbeConfig& config, StreamTarget target, bool starttls)
      : LineProbe(config, std::move(target), "a3 LOGOUT"),
        user_(config.block.text_or("email")),
        password_(config.block.text_or("authorize")),
        folder_(config.block.text_or("folderName")),
        starttls_(starttls) {}

  std::size_t bytes() const override {
    return StreamProbe::bytes() + 3 * sizeof(user_) + user_.capacity() + password_.capacity() + folder_.capacity();
  }

 private:
  awaitable<Result<double>> converse(Attempt* attempt, LineTalk* talk, net::Stream* stream) override {
    CO_TRY(auto greeting, co_await talk->line("read the greeting of"));
    if (!greeting.starts_with("* OK") && !greeting.starts_with("* PREAUTH"))
      co_return Error(ErrorCode::kProtocolViolation,
                      fmt::format("cannot use {}: it greets with '{}'", target_.text, excerpt(greeting)));
    if (starttls_) {
      CO_TRY_OK(co_await talk->send("a0 STARTTLS", "send STARTTLS to"));
      CO_TRY(auto ready, co_await answer(talk, "a0 ", "read the answer to STARTTLS of"));
      if (!ready.starts_with("OK"))
        co_return Error(ErrorCode::kInvalidArgument,
                        fmt::format("cannot start TLS with {}: the server says {}", target_.text, excerpt(ready, 200)));
      CO_TRY_OK(co_await start_tls(attempt, stream, &target_, attempt->deadline()));
    }
    if (!greeting.starts_with("* PREAUTH")) {
      CO_TRY_OK(
          co_await talk->send(fmt::format("a1 LOGIN {} {}", quoted(user_), quoted(password_)), "send the login to"));
      CO_TRY(auto ok, co_await answer(talk, "a1 ", "log in to"));
      if (!ok.starts_with("OK"))
        co_return Error(ErrorCode::kInvalidArgument,
                        fmt::format("cannot log in to {}: the server says {}", target_.text, excerpt(ok, 200)));
      attempt->step("logged in");
    }
    auto time_ms = elapsed_ms(*attempt);
    CO_TRY_OK(
        co_await talk->send(fmt::format("a2 STATUS {} (MESSAGES RECENT UNSEEN)", quoted(imap::encode_folder(folder_))),
                            "ask for the folder on"));
    CO_TRY(auto state, co_await answer(talk, "a2 ", "read the state of the folder on"));
    if (state.starts_with("BAD"))
      co_return Error(ErrorCode::kInvalidArgument,
                      fmt::format("cannot read the state of the folder on {}: the server says {}", target_.text,
                                  excerpt(state, 200)));
    if (attempt->traced()) attempt->step(fmt::format("state of the folder: {}", excerpt(state, 200)));
    co_return time_ms;
  }

  /// What stands behind the tag of the line that ends an answer.
  awaitable<Result<std::string>> answer(LineTalk* talk, std::string_view tag, std::string_view what) const {
    while (true) {
      CO_TRY(auto line, co_await talk->line(what));
      if (line.starts_with(tag)) co_return line.substr(tag.size());
      if (!line.starts_with("* "))
        co_return Error(ErrorCode::kProtocolViolation,
                        fmt::format("cannot {} {}: this is no IMAP: '{}'", what, target_.text, excerpt(line)));
    }
  }

  Outcome failure(const Error& error) const override { return mail_failure(error); }

  Outcome parse(Attempt& attempt, std::string_view heard, double time_ms) const override {
    auto counts = imap::find_counts(heard);
    if (!counts) return {ResultCode::kFail, counts.error().message()};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      if (!alias.starts_with(folder_)) return std::nullopt;
      auto kind = alias.substr(folder_.size());
      std::string_view wanted = kind == "TotalMessageCount"    ? "MESSAGES"
                                : kind == "RecentMessageCount" ? "RECENT"
                                : kind == "UnseenMessageCount" ? "UNSEEN"
                                                               : "";
      for (auto [name, count] : *counts)
        if (same_text(name, wanted)) return count;
      return std::nullopt;
    });
  }

  const std::string user_, password_, folder_;
  const bool starttls_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 143, 993));
  for (std::string_view key : {"email", "authorize", "folderName"}) {
    auto text = config.block.text_or(key);
    if (text.empty() || text.size() > kMostWord || has_line_break(text))
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use {}: '{}' must have 1 to {} bytes on one line", target.text, key, kMostWord));
  }
  TRY(bool starttls, start_tls_of(config.block));
  return std::make_unique<ImapProbe>(config, std::move(target), starttls);
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 143, with TLS 993"},
                             {"timeout", false, "ms, from name resolution to the last answer; default 6000"},
                             {"ssl", false, "true: TLS from the first byte"},
                             {"startTls", false, "true: TLS by STARTTLS"},
                             {"email", true, "user"},
                             {"authorize", true, "password, or what the provider gives instead"},
                             {"folderName", true, "folder; aliases begin with it"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& imap_plugin() {
  static constexpr PluginInfo kInfo{.name = "imap", .block = "imap", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
