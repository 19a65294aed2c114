#include "app/prometheus_source.h"

#include <utility>

#include <fmt/format.h>

#include "base/percent.h"

namespace holter::app {
namespace {

/// Seconds with milliseconds behind the point.
std::string seconds_of(std::int64_t ms) {
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

std::string form_of(const PromqlQuery& query, milliseconds patience) {
  auto form = "query=" + percent_encoded(query.text);
  if (query.step_ms == 0)
    form += "&time=" + seconds_of(query.to_ms);
  else
    form += fmt::format("&start={}&end={}&step={}", seconds_of(query.from_ms), seconds_of(query.to_ms),
                        seconds_of(query.step_ms));
  // A duration of Prometheus has no fraction; a time and a step may have one.
  return form + fmt::format("&timeout={}ms", patience.count());
}

/// What a status that is no success means, with the server's words where it has any.
Error failed(int status, const std::string& said) {
  auto message = fmt::format("cannot ask the PromQL server: HTTP {}{}{}", status, said.empty() ? "" : ": ", said);
  switch (status) {
    case 400:  // bad_data: parameters, and the expression among them
    case 422:  // execution: it cannot be evaluated
      return {ErrorCode::kInvalidArgument, std::move(message)};
    case 401:
    case 403:
      return {ErrorCode::kUnauthenticated, std::move(message)};
    default:
      return {ErrorCode::kUnavailable, std::move(message)};
  }
}

}  // namespace

PrometheusSource::PrometheusSource(const define::Config::Alerts& config, runtime::Executor executor, const Clock& clock,
                                   net::Resolver& resolver, memory::Account& account)
    : config_(config),
      clock_(clock),
      account_(account),
      http_({.max_connections = 16, .max_per_host = 16}, executor, clock, resolver, account) {}

boost::asio::awaitable<Result<read::PromqlAnswer>> PrometheusSource::ask(PromqlQuery query, MonoTime deadline) {
  const auto patience = std::chrono::duration_cast<milliseconds>(deadline - clock_.mono());
  if (patience <= milliseconds(0)) co_return Error(ErrorCode::kTimeout, "cannot ask the PromQL server: no time left");
  net::HttpRequest request{
      .method = "POST",
      .url = config_.prometheus_url + (query.step_ms == 0 ? "/api/v1/query" : "/api/v1/query_range"),
      .headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
      .body = form_of(query, patience),
      .user = config_.prometheus_user,
      .password = config_.prometheus_password,
      .ca_file = config_.prometheus_ca_file,
      .max_redirects = 0,
      .max_body_bytes = kMostAnswer};
  if (!request.user.empty()) request.auth = net::HttpRequest::Auth::kBasic;
  if (!config_.prometheus_token.empty())
    request.headers.emplace_back("Authorization", "Bearer " + config_.prometheus_token);
  auto response = co_await http_.fetch(std::move(request), deadline);
  if (!response) co_return std::move(response).error();
  auto answer = read::read_promql(response->body, account_);
  // What is no answer of the API is not quoted: whoever stands in between may say anything.
  if (response->status != 200) co_return failed(response->status, answer ? answer->error : std::string());
  if (!answer) co_return std::move(answer).error();
  if (!answer->error.empty()) co_return failed(response->status, answer->error);
  co_return std::move(*answer);
}

}  // namespace holter::app
