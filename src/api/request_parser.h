#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "api/body.h"
#include "api/dispatch.h"
#include "api/problem.h"
#include "api/server.h"

namespace holter::api {

/// One request, taken apart as its bytes come (HTTP/1.1: RFC 9112). What two servers could read differently is refused:
/// several or odd lengths, a length beside chunks, other transfer codings, fields on several lines.
/// The only code that knows Beast's parser. Threads: one at a time.
class RequestParser {
 public:
  explicit RequestParser(const ServerOptions& options);
  ~RequestParser();

  struct Taken {
    std::size_t bytes = 0;           ///< of those that were given, from the first on
    bool needs_more = false;         ///< nothing goes on without further bytes
    std::optional<Problem> problem;  ///< 400, 413, 431 or 503: the request is refused, and what comes behind it is lost
  };
  /// Takes some of the header; to be called until header_done().
  Taken take_header(std::string_view heard);
  /// Takes some of the body; to be called until done(). What some route may read (of PUT and POST) is appended to
  /// `content`, the rest is thrown away.
  Taken take_body(std::string_view heard, Body& content);

  bool header_done() const;
  bool done() const;
  /// After the header. The peer wants to hear "100 Continue" before it sends the body (RFC 9110, 10.1.1).
  bool wants_continue() const;
  bool keep_alive() const;
  /// `body` of it is `content`'s text.
  RequestHead head(const Body& content) const;

  static Problem too_long_header(const ServerOptions& options);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::api
