#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <utility>
#include <vector>

#include "api/dispatch.h"
#include "api/events.h"
#include "api/fake_backend.h"
#include "base/clock.h"
#include "memory/account.h"

namespace holter::api {

/// A clock for tests that stands still.
struct StillClock final : Clock {
  MonoTime mono() const override { return {}; }
  WallTime wall() const override { return WallTime(milliseconds(1'700'000'000'000)); }
};

/// For tests: asks the handlers without a socket.
class Asker {
 public:
  struct Reply {
    unsigned status = 0;
    std::string type, body, pattern;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  Reply get(std::string target) { return send({"GET", std::move(target), {"localhost"}}); }
  /// As a program sends it that wants to change something.
  Reply change(std::string method, std::string target, std::string_view json, std::string if_match = "",
               std::string key = "") {
    RequestHead head{std::move(method), std::move(target), {"localhost:2157"}};
    head.content_type = "application/json";
    head.body = json;
    head.if_match = std::move(if_match);
    head.idempotency_key = std::move(key);
    return send(head);
  }
  Reply send(const RequestHead& head) {
    boost::asio::io_context io;
    Reply reply;
    std::exception_ptr failure;
    Context context{&backend, &account, &clock, &stats, &events, nullptr, std::chrono::steady_clock::now() + timeout,
                    &site};
    boost::asio::co_spawn(io, fill(context, &head, &reply), [&failure](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return reply;
  }

  memory::Budget budget{64U << 20};
  memory::Account& account = budget.account("api");
  FakeBackend backend;
  StillClock clock;
  Site site;
  Stats stats;
  EventHub events{backend, account, stats};
  std::chrono::milliseconds timeout{10'000};

 private:
  static boost::asio::awaitable<void> fill(Context context, const RequestHead* head, Reply* reply) {
    auto answer = co_await dispatch(context, head);
    auto& response = answer.response;
    reply->status = response.status;
    reply->type = response.content_type;
    reply->body = response.body.text();
    reply->pattern = answer.pattern;
    for (const auto& [name, value] : response.headers) reply->headers.emplace_back(name, value);
    Body piece(*context.bodies);
    if (response.live) response.live->next(piece), reply->body += piece.text();
    while (response.stream && co_await response.stream->prepare() && (piece.clear(), response.stream->next(piece)))
      reply->body += piece.text();
  }
};

/// An answer that is a JSON object.
inline boost::json::object object(const Asker::Reply& reply) {
  return boost::json::parse(reply.body).as_object();
}
/// "" where there is none.
inline std::string header(const Asker::Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "";
}

}  // namespace holter::api
