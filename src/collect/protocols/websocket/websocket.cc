#include <memory>
#include <random>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/websocket/handshake.h"
#include "collect/stream_probe.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;

/// The opening handshake of a WebSocket (RFC 6455, section 4).
class WebsocketProbe final : public StreamProbe {
 public:
  WebsocketProbe(const ProbeConfig& config, StreamTarget target, std::string path)
      : StreamProbe(config, std::move(target)), path_(std::move(path)) {}

  std::size_t bytes() const override { return StreamProbe::bytes() + sizeof(path_) + path_.capacity(); }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto head = websocket::parse_head(answer);
    if (!head) return {ResultCode::kFail, fmt::format("cannot read the answer: {}", head.error().message())};
    return add_row(attempt, *head, 0);
  }

 private:
  awaitable<Outcome> run(Attempt& attempt) override {
    auto stream = co_await open_stream(&attempt, &target_);
    if (!stream) co_return outcome_of(stream.error());
    auto connected_ms = static_cast<double>((*stream)->connect_time().count()) / 1e6;
    auto key = new_key();
    LineTalk talk(&attempt, stream->get());
    auto request = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {}\r\n"
        "Sec-WebSocket-Version: 13\r\n",
        path_, target_.text, key);
    if (auto sent = co_await talk.send(std::move(request), "send the request to"); !sent)
      co_return outcome_of(sent.error());
    for (bool more = true; more;) {
      auto line = co_await talk.line("read the answer of");
      if (!line) co_return outcome_of(line.error());
      more = !line->empty();
      if (!talk.heard().starts_with("HTTP/")) break;  // nothing that would end with an empty line
    }
    talk.note_answer();
    auto head = websocket::parse_head(talk.heard());
    if (!head)
      co_return Outcome{ResultCode::kUnconnectable,
                        fmt::format("cannot open a WebSocket to {}: {}", target_.text, head.error().message())};
    if (attempt.traced()) attempt.step(fmt::format("the server answered {} {}", head->code, excerpt(head->reason)));
    if (head->code == "101") {
      const auto* accept = head->find("Sec-WebSocket-Accept");
      if (accept == nullptr || *accept != websocket::accept_of(key))
        co_return Outcome{ResultCode::kFail, fmt::format("cannot open a WebSocket to {}: Sec-WebSocket-Accept is not "
                                                         "what follows from the key",
                                                         target_.text)};
      // Says good-bye (an empty close frame, masked by zeros); a server that is gone by now has answered.
      (void)co_await (*stream)->write(std::string_view("\x88\x80\0\0\0\0", 6), attempt.deadline());
    }
    co_return add_row(attempt, *head, connected_ms);
  }

  static std::string new_key() {
    std::random_device random;
    std::string bytes(16, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return websocket::make_key(bytes);
  }

  Outcome add_row(Attempt& attempt, const websocket::Head& head, double connected_ms) const {
    return add_text_row(attempt, aliases_, connected_ms,
                        [&](std::string_view alias) -> std::optional<std::string_view> {
                          if (alias == "httpVersion") return head.version;
                          if (alias == "responseCode") return head.code;
                          if (alias == "statusMessage") return head.reason;
                          const auto* value = head.find(alias);
                          return value != nullptr ? std::optional(*value) : std::nullopt;
                        });
  }

  const std::string path_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto target, StreamTarget::of(config.block, 80, 443));
  std::string path(config.block.text_or("path"));
  if (!path.starts_with('/')) path.insert(0, "/");
  constexpr std::size_t kMostPath = 2000;
  bool plain = path.size() <= kMostPath && path.find_first_of(std::string_view(" \t\r\n\0", 5)) == std::string::npos;
  if (!plain)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the path '{}': at most {} bytes without blanks", excerpt(path), kMostPath));
  return std::make_unique<WebsocketProbe>(config, std::move(target), std::move(path));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address"},
                             {"port", false, "default 80, with TLS 443"},
                             {"path", false, "path, perhaps with a query; default /"},
                             {"timeout", false, "ms, from name resolution to the answer; default 6000"},
                             {"ssl", false, "true: wss, by TLS"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"caFile", false, "PEM file of trusted authorities; default the system's"},
                             {"certificateFile", false, "PEM file of the client's certificate"},
                             {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& websocket_plugin() {
  static constexpr PluginInfo kInfo{.name = "websocket", .block = "websocket", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
