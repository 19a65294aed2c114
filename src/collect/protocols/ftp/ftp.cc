#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/ftp/sftp.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostWord = 1024;

/// Login and change of directory on the control connection (RFC 959); no data connection is opened.
class FtpProbe final : public LineProbe {
 public:
  FtpProbe(const ProbeConfig& config, StreamTarget target, bool starttls)
      : LineProbe(config, std::move(target), "QUIT"),
        user_(config.block.text_or("username")),
        password_(config.block.text_or("password")),
        directory_(config.block.text_or("direction")),
        starttls_(starttls) {
    if (user_.empty()) user_ = "anonymous";
    if (password_.empty()) password_ = "password";
  }

  std::size_t bytes() const override {
    return StreamProbe::bytes() + 3 * sizeof(user_) + user_.capacity() + password_.capacity() + directory_.capacity();
  }

 private:
  awaitable<Result<double>> converse(Attempt* attempt, LineTalk* talk, net::Stream* stream) override {
    CO_TRY(auto greeting, co_await talk->reply("read the greeting of"));
    if (greeting.code != 220) co_return refused("use", greeting);
    if (starttls_) {
      CO_TRY(auto ready, co_await ask(talk, "AUTH TLS", "ask for TLS from"));
      if (ready.code != 234) co_return refused("start TLS with", ready);
      CO_TRY_OK(co_await start_tls(attempt, stream, &target_, attempt->deadline()));
    }
    CO_TRY(auto reply, co_await ask(talk, fmt::format("USER {}", user_), "name the user to"));
    if (reply.code == 331) {
      CO_TRY(reply, co_await ask(talk, fmt::format("PASS {}", password_), "log in to"));
    }
    if (reply.code != 230 && reply.code != 202) co_return refused("log in to", reply);
    CO_TRY(auto changed, co_await ask(talk, fmt::format("CWD {}", directory_), "change the directory on"));
    if (changed.code == 421) co_return refused("change the directory on", changed);
    co_return elapsed_ms(*attempt);
  }

  static awaitable<Result<LineTalk::Reply>> ask(LineTalk* talk, std::string line, std::string_view what) {
    CO_TRY_OK(co_await talk->send(std::move(line), what));
    co_return co_await talk->reply(what);
  }

  Error refused(std::string_view what, const LineTalk::Reply& reply) const {
    return {ErrorCode::kInvalidArgument, fmt::format("cannot {} {}: the server says {} {}", what, target_.text,
                                                     reply.code, excerpt(reply.text, 200))};
  }

  /// The format knows nothing but UN_CONNECTABLE.
  Outcome failure(const Error& error) const override {
    auto outcome = outcome_of(error);
    if (outcome.code != ResultCode::kUnavailable) outcome.code = ResultCode::kUnconnectable;
    return outcome;
  }

  /// The last line is that of the reply to CWD.
  Outcome parse(Attempt& attempt, std::string_view heard, double time_ms) const override {
    std::string_view last;
    while (!heard.empty())
      if (auto line = next_line(heard); !line.empty()) last = line;
    if (last.size() < 3)
      return {ResultCode::kFail, fmt::format("cannot read the reply of {}: '{}'", target_.text, excerpt(last))};
    bool active = last[0] == '2';
    return add_text_row(attempt, aliases_, time_ms,
                        [active](std::string_view alias) -> std::optional<std::string_view> {
                          if (alias == "isActive") return active ? "true" : "false";
                          return std::nullopt;
                        });
  }

  std::string user_, password_;
  const std::string directory_;
  const bool starttls_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 21));
  TRY(bool starttls, start_tls_of(config.block));
  if (config.block.text_or("direction").empty())
    return Error(ErrorCode::kInvalidArgument, "cannot collect: 'direction', the directory, is empty");
  for (std::string_view key : {"username", "password", "direction"}) {
    auto text = config.block.text_or(key);
    if (text.size() > kMostWord || has_line_break(text))
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("cannot use {}: '{}' must have at most {} bytes on one line", target.text, key, kMostWord));
  }
  if (target.tls) return sftp::compile(config);
  return std::make_unique<FtpProbe>(config, std::move(target), starttls);
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address"},
    {"port", false, "default 21, of SFTP 22"},
    {"username", false, "default anonymous; SFTP needs one"},
    {"password", false, "default password, of SFTP none"},
    {"direction", true, "directory that must be there"},
    {"timeout", false, "ms, from name resolution to the last reply; default 6000"},
    {"ssl", false, "true: SFTP, which is no FTP, but over SSH; not together with startTls"},
    {"startTls", false, "true: FTP with TLS by AUTH TLS"},
    {"verifyTls", false, "false: any certificate will do"},
    {"caFile", false, "PEM file of trusted authorities; default the system's"},
    {"certificateFile", false, "PEM file of the client's certificate"},
    {"keyFile", false, "PEM file of its key"},
    {"privateKey", false, "of SFTP: private key in PEM or OpenSSH's format: the text, or an absolute path"},
    {"privateKeyPassphrase", false, "of SFTP: passphrase of the key"},
    {"reuseConnection", false, "of SFTP: false: log in anew each time; default true"},
    {"useProxy", false, "of SFTP: true: connect through the SSH server proxyHost"},
    {"proxyHost", false, "name or address of the jump host"},
    {"proxyPort", false, "default 22"},
    {"proxyUsername", false, "user on the jump host"},
    {"proxyPassword", false, "its password"},
    {"proxyPrivateKey", false, "or its private key"},
    {"proxyPrivateKeyPassphrase", false, "passphrase of that key"}};

}  // namespace

const PluginInfo& ftp_plugin() {
  static constexpr PluginInfo kInfo{.name = "ftp", .block = "ftp", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
