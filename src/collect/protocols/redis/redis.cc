#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/redis/reply.h"
#include "collect/protocols/redis/session.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;
using redis::Session;

constexpr std::string_view kNodeMark = "# node ";

Outcome outcome_of_redis(const Error& error) {
  auto outcome = outcome_of(error);
  // The server was reached and spoke its language.
  if (error.code() == ErrorCode::kUnauthenticated) outcome.code = ResultCode::kFail;
  return outcome;
}

/// One row of INFO, or in a cluster one for each node.
class RedisProbe final : public StreamProbe {
 public:
  RedisProbe(const ProbeConfig& config, StreamTarget target, std::shared_ptr<const SshTarget> tunnel)
      : StreamProbe(config, std::move(target)),
        section_(config.share_in_set(std::string(config.set))),
        login_(config.share_in_monitor(redis::Login{std::string(config.block.text_or("username")),
                                                    std::string(config.block.text_or("password")), std::move(tunnel)})),
        cluster_(config.block.text_or("pattern") == "3") {}

  std::size_t bytes() const override {
    auto total = StreamProbe::bytes() + sizeof(*this) - sizeof(StreamProbe);
    if (section_.own) total += sizeof(std::string) + section_->capacity();
    if (login_.own) total += sizeof(redis::Login) + login_->bytes();
    return total;
  }

  /// A part for each node begins with "# node host:port"; without such a line all is one row.
  Outcome replay(Attempt& attempt, std::string_view answer) override {
    Outcome outcome;
    std::string_view identity;
    do {
      if (answer.starts_with(kNodeMark)) identity = next_line(answer).substr(kNodeMark.size());
      auto end = answer.find(fmt::format("\n{}", kNodeMark));
      auto part = answer.substr(0, end == std::string_view::npos ? end : end + 1);
      answer.remove_prefix(part.size());
      outcome = add_row(attempt, identity, part, 0);
    } while (!answer.empty() && outcome.code == ResultCode::kSuccess);
    return outcome;
  }

 private:
  using Lease = net::SessionPool<Session>::Lease;
  struct Text {
    std::string text;
    memory::Reservation charged;
  };

  awaitable<Outcome> run(Attempt& attempt) override {
    if (cluster_) co_return co_await run_cluster(&attempt);
    auto text = co_await info(&attempt, &target_, attempt.deadline());
    if (!text) co_return outcome_of_redis(text.error());
    attempt.note_answer(text->text);
    co_return add_row(attempt, {}, text->text, elapsed_ms(attempt));
  }

  awaitable<Outcome> run_cluster(Attempt* attempt) {
    auto listed = co_await ask(attempt, &target_, {"CLUSTER", "NODES"}, attempt->deadline(), "list the nodes by");
    if (!listed) co_return outcome_of_redis(listed.error());
    auto nodes = redis::parse_nodes(listed->text);
    if (!nodes) co_return outcome_of(nodes.error());
    if (attempt->traced()) attempt->step(fmt::format("the cluster has {} nodes", nodes->size()));
    Outcome left_out;
    std::size_t rows = 0;
    for (std::size_t i = 0; i < nodes->size(); ++i) {
      auto& node = (*nodes)[i];
      auto at = target_.at(node.host.empty() ? target_.host : node.host, node.port);
      Error failure(ErrorCode::kUnavailable, fmt::format("{} has failed, says the cluster", at.text));
      if (node.usable) {
        // Each node has its part of the time that is left, so that a silent one costs no other its row.
        auto now = attempt->services().clock.mono();
        auto until = now + (attempt->deadline() - now) / static_cast<int>(nodes->size() - i);
        auto text = co_await info(attempt, &at, until);
        if (text) {
          attempt->note_answer(fmt::format("{}{}\n", kNodeMark, at.text));
          attempt->note_answer(text->text);
          auto added = add_row(*attempt, at.text, text->text, elapsed_ms(*attempt));
          if (added.code != ResultCode::kSuccess) co_return added;
          ++rows;
          continue;
        }
        failure = text.error();
      }
      if (left_out.message.empty()) left_out = outcome_of_redis(failure);
    }
    if (rows > 0) left_out.code = ResultCode::kSuccess;
    co_return left_out;
  }

  /// INFO of the section; in a cluster with CLUSTER INFO where it belongs.
  awaitable<Result<Text>> info(Attempt* attempt, const StreamTarget* at, MonoTime deadline) {
    CO_TRY(auto text, co_await ask(attempt, at, {"INFO", *section_}, deadline, "read INFO of"));
    if (cluster_ && same_text(*section_, "cluster")) {
      CO_TRY(auto more, co_await ask(attempt, at, {"CLUSTER", "INFO"}, deadline, "read CLUSTER INFO of"));
      if (!text.charged.resize(text.text.size() + more.text.size()))
        co_return Error(ErrorCode::kResourceExhausted, "cannot keep CLUSTER INFO: no memory on the account");
      text.text += more.text;
    }
    co_return text;
  }

  /// The reply, from a kept session or a new one. A kept one may have been closed by its server meanwhile.
  awaitable<Result<Text>> ask(Attempt* attempt, const StreamTarget* at, std::vector<std::string_view> words,
                              MonoTime deadline, std::string_view what) {
    for (bool fresh : {false, true}) {
      CO_TRY(auto session, co_await lease(attempt, at, deadline, fresh));
      auto reply = co_await session->ask(words, deadline, what);
      attempt->note_held(kRunningBytes + session->stream().charged_bytes());
      if (reply) {
        // The copy outlives the session's buffer, which the next one who asks gets.
        CO_TRY(auto charged, attempt->reserve(reply->size()));
        Text text{std::string(*reply), std::move(charged)};
        session->stream().drop_taken();
        if (attempt->traced()) attempt->step(fmt::format("{} {}: {} bytes", what, at->text, text.text.size()));
        co_return text;
      }
      bool closed = session.reused() && !fresh && reply.error().code() == ErrorCode::kUnavailable;
      if (!closed) co_return std::move(reply).error();
      session.discard();
    }
    co_return Error(ErrorCode::kInternal, "BUG: a second try has no end");
  }

  awaitable<Result<Lease>> lease(Attempt* attempt, const StreamTarget* at, MonoTime deadline, bool fresh) {
    const auto& services = attempt->services();
    auto& sessions = services.objects.get<redis::Sessions>([&] { return std::make_unique<redis::Sessions>(services); });
    auto key = fmt::format("{}\n{}\n{:016x}\n{}{}\n{}\n{}\n{}", at->text, login_->user, stable_hash(login_->password),
                           at->tls, at->tls_options.verify, at->tls_options.ca_file, at->tls_options.certificate_file,
                           login_->tunnel ? login_->tunnel->key() : "");
    return sessions.pool.lease(
        std::move(key), at->text, deadline,
        [attempt, at, login = &*login_, deadline] { return redis::open_session(attempt, at, login, deadline); }, fresh);
  }

  Outcome add_row(Attempt& attempt, std::string_view identity, std::string_view text, double time_ms) const {
    auto pairs = redis::parse_info(text);
    if (!pairs) return {ResultCode::kFail, pairs.error().message()};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      if (alias == "identity" && !identity.empty()) return identity;
      for (auto [key, value] : *pairs)
        if (key == alias) return value;
      return std::nullopt;
    });
  }

  const Shared<std::string> section_;
  const Shared<redis::Login> login_;
  const bool cluster_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 6379));
  TRY(auto tunnel, SshTarget::tunnel_of(config));
  return std::make_unique<RedisProbe>(config, std::move(target), std::move(tunnel));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 6379"},
                             {"username", false, "user of the server's access list; empty: the default user"},
                             {"password", false, "empty: no login"},
                             {"timeout", false, "ms, from name resolution to the last byte; default 6000"},
                             {"pattern", false, "1: single server, 2: sentinel, 3: cluster, a row for each node"},
                             {"ssl", false, "true: TLS"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"},
                             {"sshTunnel", false,
                              "map: enable, host, port, timeout, username, password, "
                              "privateKey, privateKeyPassphrase, shareConnection"}};

}  // namespace

const PluginInfo& redis_plugin() {
  static constexpr PluginInfo kInfo{.name = "redis", .block = "redis", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
