#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/coro_probe.h"
#include "collect/protocols/mqtt/packet.h"
#include "net/charged_text.h"
#include "net/stream.h"

namespace holter::collect::mqtt {

/// What the packets of a server have told so far. Packet numbers of ours are fixed: one of each kind is under way.
struct Findings {
  static constexpr std::uint16_t kSubscribeId = 1, kPublishId = 2, kUnsubscribeId = 3;

  bool connected = false;
  std::optional<bool> subscribed;  ///< false: refused
  bool published = false;
  bool received = false;   ///< the message that was published
  std::size_t others = 0;  ///< other messages on the topic
  bool unsubscribed = false;

  /// Errors: kUnauthenticated and kUnavailable for a refused connection; kProtocolViolation for an acknowledgement of
  /// nothing.
  Status take(const Packet& packet, std::string_view message);
};

/// A conversation with one server, every step until the attempt's deadline. Errors of all steps: those of net::Stream,
/// Findings::take() and the parser, "cannot <step> <peer>: ...". Threads: one shard's.
class Talk {
 public:
  static constexpr std::size_t kMostHeard = 512 << 10;  ///< bytes of recorded packets

  Talk(Attempt* attempt, net::Stream* stream, std::string_view message)
      : attempt_(attempt), stream_(stream), message_(message), heard_(attempt->services().answers, kMostHeard) {}

  boost::asio::awaitable<Status> connect(const Login* login);
  boost::asio::awaitable<Status> subscribe(std::string_view topic);
  boost::asio::awaitable<Status> publish(std::string_view topic);
  /// Waits for the published message; that it has not come until `until` is no error.
  boost::asio::awaitable<Status> receive(MonoTime until);
  boost::asio::awaitable<Status> unsubscribe(std::string_view topic);
  /// Takes leave; a server that is gone by now has answered.
  boost::asio::awaitable<void> disconnect();
  /// Notes all that came as the recorded answer.
  void note_answer();

  const Findings& findings() const { return findings_; }

 private:
  boost::asio::awaitable<Status> send(std::string packet, std::string_view what);
  /// Takes the next packet in. A wait that was cut off by its deadline can be taken up again.
  boost::asio::awaitable<Status> next(MonoTime deadline, std::string_view what);
  Error in_step(Error error, std::string_view what) const;

  Attempt* const attempt_;
  net::Stream* const stream_;
  const std::string_view message_;
  net::ChargedText heard_;
  std::string begun_;  ///< of a packet's head
  std::optional<Head> head_;
  Findings findings_;
};

}  // namespace holter::collect::mqtt
