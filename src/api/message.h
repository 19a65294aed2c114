#pragma once

#include <cstddef>
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
  std::string id;  ///< what stood for {id} in the route's path
};

/// An answer that is too long to be held at once. The server asks for a piece, sends it, asks for the next.
class BodyStream {
 public:
  /// Pieces stay about this long.
  static constexpr std::size_t kPieceBytes = 48 * 1024;
  virtual ~BodyStream() = default;
  /// Appends the next piece to `out` (which is empty). False when nothing is left.
  virtual bool next(Body& out) = 0;
};

struct Response {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  Body body;
  std::unique_ptr<BodyStream> stream;  ///< instead of `body`
  std::vector<std::pair<std::string_view, std::string>> headers;

  explicit Response(memory::Account& account) : body(account) {}
};

}  // namespace holter::api
