#include <fmt/format.h>

#include "api/handlers.h"
#include "api/json.h"

// Metrics that jobs send by themselves, as to Prometheus' Pushgateway.
namespace holter::api {

boost::asio::awaitable<Response> post_push(Context context, const Request* request) {
  auto pushed = context.backend->push(request->id, request->body, request->content_type.contains("openmetrics"));
  if (!pushed) {
    auto problem = to_problem(pushed.error());
    if (pushed.error().code() == ErrorCode::kTooLarge) problem.status = 413;
    co_return problem_response(problem, *context.bodies);
  }
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("job", request->id);
  json.member("bytes", static_cast<std::uint64_t>(request->body.size()));
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
