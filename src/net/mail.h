#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/resolver.h"
#include "runtime/shard.h"

namespace holter::net {

/// One mail to one server.
struct MailRequest {
  std::string url;       ///< smtp://host:port (25 when it is left out) or smtps://host:port (465)
  bool starttls = true;  ///< of smtp:// only: TLS is a must then (RFC 3207); without it nothing is encrypted
  bool verify_tls = true;
  std::string ca_file;         ///< PEM file of trusted authorities; empty: the system's
  std::string user, password;  ///< AUTH (RFC 4954) where `user` is not empty
  std::string from;            ///< bare addresses, ASCII
  std::vector<std::string> to;
  std::string content;  ///< headers and body with CRLF; dots are doubled on the way
};

/// What the server said. Below 400 it has the mail, for all recipients; else nobody got it.
struct MailReply {
  int code = 0;         ///< of the last reply (RFC 5321, section 4.2)
  std::string text;     ///< its last line, without the code; foreign, at most 512 bytes
  std::string refused;  ///< the recipient that the reply refuses, where it was one
};

/// SMTP by libcurl's multi interface on a shard's executor. A connection carries one mail, and is closed without
/// waiting for a goodbye. Threads: one shard's. Lifetime: mails in flight end with kCancelled on destruction.
class Mailer {
 public:
  static constexpr std::size_t kMostAtOnce = 8;  ///< one more is refused
  static constexpr std::size_t kMostRecipients = 100;

  Mailer(runtime::Executor executor, const Clock& clock, Resolver& resolver, memory::Account& account);
  ~Mailer();
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;

  /// Errors: kInvalidArgument (URL, address, no recipient), kUnauthenticated (no way to log in that both know),
  /// kNotFound (unknown or forbidden host), kUnavailable (refused, reset, TLS: says which), kTimeout,
  /// kProtocolViolation (also: no STARTTLS), kResourceExhausted, kCancelled. A refusal by the server is a reply.
  boost::asio::awaitable<Result<MailReply>> send(MailRequest request, MonoTime deadline);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holter::net
