#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/exporter_publish.h"
#include "collect/web_exchange.h"
#include "collect/web_request.h"

namespace holter::collect {
namespace {

class PrometheusProbe final : public CoroProbe {
 public:
  PrometheusProbe(net::HttpRequest request, std::string host, milliseconds timeout)
      : request_(std::move(request)), host_(std::move(host)), timeout_(timeout) {}

  std::string_view target() const override { return host_; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override {
    auto total = sizeof(*this) + request_.url.capacity() + host_.capacity() + request_.user.capacity() +
                 request_.password.capacity();
    for (const auto& [name, value] : request_.headers)
      total += 2 * sizeof(std::string) + name.capacity() + value.capacity();
    return total;
  }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto response = web::recorded(attempt, answer);
    if (!response) return web::outcome_of_reading(std::move(response).error());
    return conclude(attempt, *response);
  }

 private:
  boost::asio::awaitable<Outcome> run(Attempt& attempt) override {
    auto response = co_await web::exchange(&attempt, request_);
    if (!response) co_return outcome_of(response.error());
    attempt.note_held(kRunningBytes + response->reserved.bytes());
    co_return conclude(attempt, *response);
  }

  static Outcome conclude(Attempt& attempt, net::HttpResponse& response) {
    if (auto decoded = web::decode(attempt, response, false); !decoded)
      return web::outcome_of_reading(std::move(decoded).error());
    if (auto refused = web::refused_status(response, web::kWideSuccess)) return *refused;
    return exporter::publish_metrics(attempt, response, {});
  }

  const net::HttpRequest request_;
  const std::string host_;
  const milliseconds timeout_;
};

/// `path` with a slash in front and without blanks, and the params that have a value.
std::string path_of(const model::Node& block) {
  std::string path;
  for (char c : web::trim(block.text_or("path"))) {
    if (c == ' ')
      path += "%20";
    else
      path += c;
  }
  if (!path.starts_with('/')) path.insert(0, "/");
  const auto* params = block.find("params");
  for (std::size_t i = 0; params != nullptr && i < params->keys.size(); ++i) {
    const auto& value = params->items[i].text;
    if (web::trim(params->keys[i]).empty() || web::trim(value).empty()) continue;
    path += path.find('?') == std::string::npos ? '?' : '&';
    path += web::percent_encode(params->keys[i], web::UrlPart::kQueryParam) + "=" +
            web::percent_encode(value, web::UrlPart::kQueryParam);
  }
  return path;
}

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  if (auto method = web::trim(block.text_or("method", "GET")); !same_text(method, "GET"))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the method '{}': metrics are read with GET", excerpt(method)));
  TRY(auto origin, web::origin_of(block));
  net::HttpRequest request{
      .url = fmt::format("{}://{}{}", origin.scheme, origin.host, path_of(block)),
      .verify_tls = !same_text(web::trim(block.text_or("verifyTls", "true")), "false"),
      .max_body_bytes = web::kMaxBody,
  };
  TRY_OK(web::add_headers(block, request));
  request.headers.emplace_back("Accept", "text/plain");
  return std::make_unique<PrometheusProbe>(std::move(request), std::move(origin.host), timeout_of(block));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address; https:// in front wins over ssl"},
                             {"port", false, "default 80, with TLS 443"},
                             {"path", false, "of the metrics; default /"},
                             {"method", false, "GET"},
                             {"ssl", false, "true: https"},
                             {"timeout", false, "ms, from name resolution to the last byte; default 6000"},
                             {"headers", false, "map of headers to send"},
                             {"params", false, "map of query parameters"},
                             {"authorization", false, "map: type (Bearer Token, Basic Auth, Digest Auth) and the rest"},
                             {"verifyTls", false, "false: any certificate will do"},
                             {"payload", false, "not used: the request is a GET"}};

}  // namespace

const PluginInfo& prometheus_plugin() {
  static constexpr PluginInfo kInfo{
      .name = "prometheus", .block = "prometheus", .keys = kKeys, .dynamic = true, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
