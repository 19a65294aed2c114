#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "app/rule_query.h"
#include "base/clock.h"
#include "base/result.h"
#include "define/config.h"
#include "memory/account.h"
#include "net/http.h"
#include "net/resolver.h"
#include "read/promql_answer.h"

namespace holter::app {

/// The PromQL server of the configuration (`alerts.prometheus_*`), asked by the HTTP API of Prometheus. Threads: the
/// executor's. Lifetime: what it is made of outlives it.
class PrometheusSource {
 public:
  static constexpr std::size_t kMostAnswer = 8 << 20;  ///< bytes

  PrometheusSource(const define::Config::Alerts& config, runtime::Executor executor, const Clock& clock,
                   net::Resolver& resolver, memory::Account& account);

  /// Errors: kInvalidArgument for a query that the server does not take, with its words; kUnauthenticated;
  /// kUnavailable for any other status that is no success; those of HttpClient::fetch() and read::read_promql().
  boost::asio::awaitable<Result<read::PromqlAnswer>> ask(PromqlQuery query, MonoTime deadline);

 private:
  const define::Config::Alerts config_;
  const Clock& clock_;
  memory::Account& account_;
  net::HttpClient http_;
};

}  // namespace holter::app
