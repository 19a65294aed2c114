#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/coro_probe.h"
#include "net/charged_text.h"
#include "net/datagram.h"
#include "net/stream.h"

namespace holter::collect {

/// Whom a probe on a stream talks to, read from the keys host, port, timeout, ssl, verifyTls, caFile, certificateFile
/// and keyFile of its block.
struct StreamTarget {
  std::string host;
  std::uint16_t port = 0;
  std::string text;  ///< "host:port"
  milliseconds timeout{};
  bool tls = false;
  net::TlsOptions tls_options;

  /// `tls_port` is the default with TLS; 0: as without. Errors: kInvalidArgument.
  static Result<StreamTarget> of(const model::Node& block, std::uint16_t port, std::uint16_t tls_port = 0);
  std::size_t bytes() const;
  bool operator==(const StreamTarget&) const = default;
  /// The same way of talking to another host.
  StreamTarget at(std::string host, std::uint16_t port) const;
};

/// "host:port", with brackets around an IPv6 address.
std::string host_and_port(std::string_view host, std::uint16_t port);
/// Memory that a list of texts holds.
std::size_t bytes_of_texts(const std::vector<std::string>& texts);
/// "true" and "false" of a block.
bool flag_of(const model::Node& block, std::string_view key, bool otherwise);
/// `startTls` of the block: TLS begins after a command in plain text. Errors: kInvalidArgument together with `ssl`.
Result<bool> start_tls_of(const model::Node& block);

/// Resolves, connects and, as the target says, starts TLS; notes each step. `target` outlives the coroutine. Errors:
/// those of net::Resolver and net::Stream.
boost::asio::awaitable<Result<std::unique_ptr<net::Stream>>> open_stream(Attempt* attempt, const StreamTarget* target,
                                                                         MonoTime deadline);
inline boost::asio::awaitable<Result<std::unique_ptr<net::Stream>>> open_stream(Attempt* attempt,
                                                                                const StreamTarget* target) {
  return open_stream(attempt, target, attempt->deadline());
}
/// Starts TLS on a stream that was opened without.
boost::asio::awaitable<Status> start_tls(Attempt* attempt, net::Stream* stream, const StreamTarget* target,
                                         MonoTime deadline);

/// Resolves, and opens a UDP socket to the first address. Errors: those of net::Resolver and net::Datagrams.
boost::asio::awaitable<Result<net::Datagrams>> open_datagrams(Attempt* attempt, const StreamTarget* target);

/// Milliseconds since the attempt began: the alias responseTime.
double elapsed_ms(const Attempt& attempt);

/// Adds a row: each alias has the text that `find` gives for it, or nothing; responseTime (any case) has `time_ms`.
/// The outcome is a failure when the table is full.
using FindText = std::function<std::optional<std::string_view>(std::string_view alias)>;
Outcome add_text_row(Attempt& attempt, const std::vector<std::string>& aliases, std::optional<double> time_ms,
                     const FindText& find);
/// How an attempt ends whose result has no room.
Outcome table_is_full();

/// A conversation by lines, of which all that came is kept: the recorded answer, that is read when it is over.
class LineTalk {
 public:
  static constexpr std::size_t kMostLine = 8 * 1024;
  static constexpr std::size_t kMostHeard = 64 * 1024;

  LineTalk(Attempt* attempt, net::Stream* stream);
  /// Sends a line; CR LF are added. `what` is the step: "send the name to"; a literal.
  boost::asio::awaitable<Status> send(std::string line, std::string_view what);
  /// The next line. Errors: those of Stream::read_line(), and kTooLarge when more than kMostHeard came.
  boost::asio::awaitable<Result<std::string>> line(std::string_view what);
  /// A reply of SMTP and FTP (RFC 5321, 4.2; RFC 959, 4.2): lines "250-..." until "250 ...". Errors: also
  /// kProtocolViolation.
  struct Reply {
    int code = 0;
    std::string text;  ///< of its last line
  };
  boost::asio::awaitable<Result<Reply>> reply(std::string_view what);

  const std::string& heard() const { return heard_.text(); }
  void note_answer() { attempt_->note_answer(heard()); }

 private:
  Attempt* attempt_;
  net::Stream* stream_;
  net::ChargedText heard_;
};

/// Cuts off the first line of `text`, without its CR and LF.
std::string_view next_line(std::string_view& text);
/// True when the text has a line break: nothing that may be sent within a line of a protocol.
bool has_line_break(std::string_view text);

/// The part of a probe on a stream that is the same for all.
class StreamProbe : public CoroProbe {
 public:
  std::string_view target() const override { return target_.text; }
  milliseconds timeout() const override { return target_.timeout; }
  std::size_t bytes() const override;

 protected:
  StreamProbe(const ProbeConfig& config, StreamTarget target)
      : shared_aliases_(config.share_in_set(config.aliases)),
        shared_target_(config.share_in_monitor(std::move(target))),
        aliases_(*shared_aliases_),
        target_(*shared_target_) {}

 private:
  const Shared<std::vector<std::string>> shared_aliases_;
  const Shared<StreamTarget> shared_target_;

 protected:
  const std::vector<std::string>& aliases_;
  const StreamTarget& target_;
};

/// A probe that talks by lines and reads what it has heard when the talk is over, or was recorded: mail and FTP.
class LineProbe : public StreamProbe {
 public:
  Outcome replay(Attempt& attempt, std::string_view answer) final { return parse(attempt, answer, 0); }

 protected:
  /// `goodbye` is the line that ends the talk; a literal.
  LineProbe(const ProbeConfig& config, StreamTarget target, std::string_view goodbye)
      : StreamProbe(config, std::move(target)), goodbye_(goodbye) {}

  /// From the greeting to the last answer; returns responseTime in ms.
  virtual boost::asio::awaitable<Result<double>> converse(Attempt* attempt, LineTalk* talk, net::Stream* stream) = 0;
  /// All that was heard, as a row of the table.
  virtual Outcome parse(Attempt& attempt, std::string_view heard, double time_ms) const = 0;
  /// How an attempt ends that could not be made, or whose talk broke off.
  virtual Outcome failure(const Error& error) const { return outcome_of(error); }

 private:
  boost::asio::awaitable<Outcome> run(Attempt& attempt) final;

  const std::string_view goodbye_;
};

/// Of a mailbox (IMAP, POP3): FAIL, unless the connection could not be made, was lost, or had no answer in time.
Outcome mail_failure(const Error& error);

}  // namespace holter::collect
