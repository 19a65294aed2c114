#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/script_rows.h"
#include "collect/ssh_sessions.h"
#include "collect/stream_probe.h"
#include "net/ssh_channel.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

constexpr std::size_t kMostCommand = 64 << 10;
static_assert(net::SshChannel::kMostOutput <= kMostScriptOutput && net::SshChannel::kMostError <= kMostScriptErrors);

/// One command on one host.
class SshProbe final : public CoroProbe {
 public:
  SshProbe(const ProbeConfig& config, SshTarget target, std::string command, ScriptLayout layout)
      : place_(config.share_in_monitor(Place{target, target.peer.name()})),
        question_(config.share_in_set(Question{std::move(command), std::move(layout)})),
        target_(place_->target),
        name_(place_->name),
        command_(question_->command),
        layout_(question_->layout) {}

  std::string_view target() const override { return name_; }
  milliseconds timeout() const override { return target_.timeout; }
  std::size_t bytes() const override {
    auto total = sizeof(*this);
    if (place_.own) total += sizeof(Place) + target_.bytes() + name_.capacity();
    if (question_.own) total += sizeof(Question) + command_.capacity() + layout_.bytes();
    return total;
  }
  Outcome replay(Attempt& attempt, std::string_view answer) override { return replay_script(attempt, layout_, answer); }

 private:
  using Output = net::SshChannel::Output;
  struct Place {
    SshTarget target;
    std::string name;
    bool operator==(const Place&) const = default;
  };
  struct Question {
    std::string command;
    ScriptLayout layout;
    bool operator==(const Question&) const = default;
  };

  awaitable<Outcome> run(Attempt& attempt) override {
    auto output = co_await ask(&attempt);
    if (!output) co_return outcome_of(output.error());
    if (attempt.traced())
      attempt.step(fmt::format("the command printed {} bytes, and {} on standard error; exit status {}",
                               output->out.size(), output->error.size(), output->exit_status));
    attempt.note_held(kRunningBytes + output->charged.bytes());
    ScriptOutput left{output->out, output->error, {}};
    if (output->exit_status >= 0) left.exit_status = output->exit_status;
    co_return read_script(attempt, layout_, left, elapsed_ms(attempt));
  }

  awaitable<Result<Output>> ask(Attempt* attempt) {
    return SshSessions::of(attempt->services())
        .with_session<Output>(attempt, &target_, [this, attempt](net::SshSession* session, bool* begun) {
          return run_on(attempt, session, begun);
        });
  }

  /// `begun`: the server has accepted the command, so it must not be run twice.
  awaitable<Result<Output>> run_on(Attempt* attempt, net::SshSession* session, bool* begun) {
    CO_TRY(auto channel,
           co_await net::SshChannel::open(session, net::SshChannel::Kind::kCommand, &command_, attempt->deadline()));
    *begun = true;
    attempt->step("sent the command");
    co_return co_await channel->read_output(&attempt->services().answers, attempt->reserve_account(),
                                            attempt->deadline());
  }

  const Shared<Place> place_;
  const Shared<Question> question_;
  const SshTarget& target_;
  const std::string& name_;
  const std::string& command_;
  const ScriptLayout& layout_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, SshTarget::of(config.block));
  TRY(auto layout, ScriptLayout::of(config, ScriptSplit::kSpace, false));
  auto command = config.block.text_or("script");
  if (command.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Error(ErrorCode::kInvalidArgument, "cannot collect: 'script', the command, is empty");
  if (command.size() > kMostCommand || command.find('\0') != std::string_view::npos)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot use 'script': at most {} without a zero byte are needed", format_size(kMostCommand)));
  return std::make_unique<SshProbe>(config, std::move(target), std::string(command), std::move(layout));
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address"},
    {"port", false, "default 22"},
    {"timeout", false, "ms, from name resolution to the last byte; default 10000"},
    {"username", true, "user; needs to be allowed to run the command"},
    {"password", false, "its password; with one the key is not used"},
    {"privateKey", false, "private key in PEM or OpenSSH's format: the text, or an absolute path"},
    {"privateKeyPassphrase", false, "passphrase of the key"},
    {"reuseConnection", false, "false: log in anew for each command; default true"},
    {"useProxy", false, "true: connect through the SSH server proxyHost"},
    {"proxyHost", false, "name or address of the jump host"},
    {"proxyPort", false, "default 22"},
    {"proxyUsername", false, "user on the jump host"},
    {"proxyPassword", false, "its password"},
    {"proxyPrivateKey", false, "or its private key"},
    {"proxyPrivateKeyPassphrase", false, "passphrase of that key"},
    {"script", true, "the command"},
    {"charset", false, "of what it prints; default UTF-8"},
    {"parseType", true, "oneRow, multiRow, netcat or log"}};

}  // namespace

const PluginInfo& ssh_plugin() {
  static constexpr PluginInfo kInfo{.name = "ssh", .block = "ssh", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
