#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "api/handlers.h"
#include "api/owned_monitors.h"
#include "api/replies.h"

namespace holter::api {

/// Notes the Idempotency-Key of a request that has one. Nothing: it goes ahead. Else what is answered: the first answer
/// again, or a problem: 400 for a key too long, 409 while the first request runs, 422 where the key stands for another
/// request, 503 without memory to note it.
std::optional<Response> answered_before(const Context& context, const Request& request);

/// Runs `work` once for each Idempotency-Key; whoever asks again has the first answer again.
template <class Work>
boost::asio::awaitable<Response> once(Context context, const Request* request, Work work) {
  if (auto known = answered_before(context, *request)) co_return std::move(*known);
  Replying replying(context.backend->owned().replies(), request->idempotency_key);
  auto response = co_await work();
  if (response.status < 300) replying.finish({response.status, response.headers, std::string(response.body.text())});
  co_return response;
}

}  // namespace holter::api
