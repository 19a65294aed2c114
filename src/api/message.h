#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/body.h"
#include "api/target.h"

namespace holter::api {

/// What a handler sees of a request. No HTTP library in it, so that handlers and router are tested without a socket.
struct Request {
  std::string method;  ///< as sent, e.g. "GET"; HEAD arrives as "GET"
  Target target;
  std::string id;                              ///< what stood for {id} or {name} in the route's path
  std::string_view body;                       ///< only of PUT, POST and PATCH; JSON, not yet parsed
  bool wants_events = false;                   ///< Accept names text/event-stream
  std::string_view last_event_id;              ///< of a stream that is taken up again; may be empty
  std::string_view if_match, idempotency_key;  ///< values of these fields; may be empty
  std::string_view if_none_match;              ///< entity tags that the caller has; may be empty
  std::string_view accept;                     ///< value of this field; may be empty
  std::string_view content_type;               ///< value of this field; may be empty
  std::string_view cookie, user_agent;         ///< values of these fields; may be empty
  std::string_view address;                    ///< where it comes from, without the port
  std::string_view host;                       ///< by which it was asked for: a name or address that is served
  bool secure = false;                         ///< the browser came by https, to this server or one in front of it
  bool accepts_gzip = false;                   ///< see gzip.h
  bool wants_yaml = false;                     ///< Accept names application/yaml
};

/// An answer that is too long to be held at once. The server asks for a piece, sends it, asks for the next.
class BodyStream {
 public:
  /// Pieces stay about this long.
  static constexpr std::size_t kPieceBytes = 48 * 1024;
  virtual ~BodyStream() = default;
  /// Awaited before each next(): gets what the next piece needs. False: the answer cannot be finished.
  virtual boost::asio::awaitable<bool> prepare() { co_return true; }
  /// Appends the next piece to `out` (which is empty). False when nothing is left.
  virtual bool next(Body& out) = 0;
};

/// An answer that goes on for as long as the peer listens: the connection sends what there is, then waits until it is
/// woken or the time for a heartbeat has come.
class LiveStream {
 public:
  virtual ~LiveStream() = default;
  /// Appends to `out` (which is empty) what has come since the last call, about kPieceBytes at most; nothing when there
  /// is nothing.
  virtual void next(Body& out) = 0;
  /// Sent when nothing else was for a while, so that both ends notice a connection that is dead.
  virtual std::string_view heartbeat() const = 0;

  std::function<void()> wake;  ///< to be called when next() may have something; empty while nobody waits
};

struct Response {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string style_nonce;      ///< of a page: styles that carry it may be used; empty: none
  bool never_changes = false;   ///< what is at this address stays as it is: it may be kept for a year
  bool is_packed = false;       ///< the body is gzip, and a header says so
  bool shown_anywhere = false;  ///< pages of other sites may show it: a badge
  Body body;
  std::unique_ptr<BodyStream> stream;  ///< instead of `body`
  std::unique_ptr<LiveStream> live;    ///< instead of both
  std::vector<std::pair<std::string_view, std::string>> headers;

  explicit Response(memory::Account& account) : body(account) {}
};

}  // namespace holter::api
