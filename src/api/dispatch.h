#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/router.h"

namespace holter::api {

/// The parts of a request's head that decide on its answer.
struct RequestHead {
  std::string method, target;
  std::vector<std::string> hosts;  ///< value of each Host field
  bool http_1_0 = false;           ///< the only version that may come without Host
  std::string content_type, accept, last_event_id, if_none_match, if_match, idempotency_key;
  std::string authorization, cookie, csrf, user_agent;
  std::string address;  ///< of the peer, without the port
  bool accepts_gzip = false;
  std::vector<std::string> origins;  ///< value of each Origin field
  std::string fetch_site;            ///< Sec-Fetch-Site: what a browser says about where the request comes from
  bool over_tls = false;
  std::string_view body;  ///< of PUT and POST; outlives the request
};

struct Answer {
  Response response;
  std::string_view pattern;  ///< of the route, or "none"; for statistics
};

/// Checks the head (target 400, host 421, path 404, method 405, parameters 400; for what changes something also origin
/// 403 and content type 415) and whether memory pressure forbids the route (503), runs the handler and fences off what
/// it throws (out of memory 503, a bug 500). `context.route` is set here. `head` outlives the coroutine.
boost::asio::awaitable<Answer> dispatch(Context context, const RequestHead* head);

}  // namespace holter::api
