#pragma once

#include <boost/asio/awaitable.hpp>
#include <span>
#include <string>
#include <string_view>

#include "api/backend.h"
#include "api/gate.h"
#include "api/message.h"
#include "api/params.h"
#include "api/site.h"
#include "api/stats.h"
#include "base/clock.h"
#include "memory/account.h"

namespace holter::api {

struct Route;
class EventHub;
class RequestRate;

/// What a handler works with. All pointers outlive the request.
struct Context {
  Backend* backend = nullptr;
  memory::Account* bodies = nullptr;  ///< pays for answers
  const Clock* clock = nullptr;
  Stats* stats = nullptr;
  EventHub* events = nullptr;
  const Route* route = nullptr;
  MonoTime deadline;  ///< of the answer
  const Site* site = nullptr;
  const access::Identity* who = nullptr;  ///< null only where the route is for anybody
  RequestRate* rate = nullptr;            ///< null: no limit counts

  Caller caller() const { return {*who, deadline}; }
};

/// Answers one request; problems are answers too. The request outlives the coroutine.
using Handler = boost::asio::awaitable<Response> (*)(Context context, const Request* request);

/// Up to which level of memory pressure a route is served.
enum class Need : std::uint8_t {
  kEssential,  ///< always: it tells what is going on, or is a way out
  kOrdinary,   ///< until emergency
  kHeavy,      ///< until high
};

/// Who may use a route. kNobody is what a route has that says nothing: a new one is closed until somebody has thought
/// about it, and a test finds it.
enum class Who : std::uint8_t {
  kNobody,
  kAnybody,  ///< also without any credentials
  kAccount,  ///< who is logged in, whatever the role; the handler decides the rest
  kViewer,   ///< that role or a greater one, for the whole
  kOperator,
  kEditor,
  kAdmin,
  kViewerIn,  ///< that role in some folder; what is in which folder the handler knows
  kOperatorIn,
  kEditorIn,
  kVisitor,  ///< as kAnybody, but the handler learns who it is that asks, where that is known
};

/// What content a route takes.
enum class Takes : std::uint8_t {
  kJson,
  kMetrics,   ///< text/plain or OpenMetrics; whoever may is known by more than a cookie
  kAlerts,    ///< what other products send: JSON, a form or a text; for a session as with kMonitors
  kMonitors,  ///< JSON, YAML or CSV; a session needs its CSRF token, which no form of another site has
};

/// One route, as data. In `pattern` the segment "{id}" stands for 16 hex digits, "{name}" for any text, "{slug}" for
/// any text, which is no part of Request::id, "{path}" at its end for one or more segments, and "{page}" for those of a
/// page of the web interface.
struct Route {
  std::string_view method;
  std::string_view pattern;
  std::span<const ParamSpec> params;
  Handler handler;
  Who who = Who::kNobody;
  Need need = Need::kOrdinary;
  std::size_t wants_bytes = 32 * 1024;  ///< about the most that one answer takes; for the message that refuses it
  std::size_t most_content = 0;         ///< bytes of content that it takes; 0: the server's limit
  Takes takes = Takes::kJson;
};

/// All routes of this server.
std::span<const Route> routes();

/// The bytes of content that a request with this target may have: `otherwise`, or what the route of that path says. For
/// whoever reads the content before the route is looked for.
std::size_t content_limit(std::string_view method, std::string_view target, std::size_t otherwise);

/// What a path leads to.
struct Match {
  const Route* route = nullptr;       ///< null: see `problem`
  std::string_view pattern = "none";  ///< also set when only the method is wrong; for statistics
  std::string id;
  Problem problem;    ///< 404, 405 or 400 for a malformed {id}
  std::string allow;  ///< for 405: the methods that there are
};

/// HEAD finds the routes of GET. A trailing slash is another path (404), as is an empty segment.
Match find_route(std::span<const Route> all, std::string_view method, const Target& target);

/// 16 hex digits, upper or lower case.
std::optional<MonitorId> parse_id(std::string_view text);

}  // namespace holter::api
