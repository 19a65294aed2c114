#include "api/once.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace holter::api {
namespace {

Response copy_of(const Context& context, const Replies::Reply& reply) {
  Response response(*context.bodies);
  response.status = reply.status;
  response.body.append(reply.body);
  response.headers = reply.headers;
  return finished(std::move(response), *context.bodies);
}

}  // namespace

std::optional<Response> answered_before(const Context& context, const Request& request) {
  auto key = request.idempotency_key;
  if (key.empty()) return std::nullopt;
  if (key.size() > Replies::kLongestKey)
    return refuse(context, {400,
                            fmt::format("cannot use an Idempotency-Key of {} bytes: at most {} are allowed", key.size(),
                                        Replies::kLongestKey),
                            "Idempotency-Key", 0});
  auto& replies = context.backend->owned().replies();
  // Of somebody else it is another request: an answer is for who may see it.
  auto begun =
      replies.begin(key, stable_hash(context.who->account(), context.route->pattern, request.id, request.body));
  switch (begun.found) {
    case Replies::Found::kAnswered:
      return copy_of(context, *begun.reply);
    case Replies::Found::kRuns:
      return refuse(context,
                    {409, "cannot answer yet: the first request of this Idempotency-Key runs", "Idempotency-Key", 1});
    case Replies::Found::kOther:
      return refuse(context,
                    {422, "cannot use the Idempotency-Key: it stands for another request", "Idempotency-Key", 0});
    case Replies::Found::kFull:
      return refuse(context, {503, "cannot note the Idempotency-Key: no memory is left for it", "", 5});
    case Replies::Found::kNew:
      break;
  }
  return std::nullopt;
}

}  // namespace holter::api
