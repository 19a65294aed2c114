#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/nginx/status.h"
#include "collect/stream_probe.h"
#include "collect/web_exchange.h"
#include "collect/web_request.h"

namespace holter::collect {
namespace {

using model::ResultCode;

class NginxProbe final : public CoroProbe {
 public:
  NginxProbe(const ProbeConfig& config, net::HttpRequest request, std::string host)
      : aliases_(config.aliases),
        request_(std::move(request)),
        host_(std::move(host)),
        timeout_(timeout_of(config.block)),
        per_zone_(config.set == "req_status") {}

  std::string_view target() const override { return host_; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override {
    auto total = sizeof(*this) + host_.capacity() + request_.url.capacity();
    for (const auto& alias : aliases_) total += sizeof(std::string) + alias.capacity();
    for (const auto& [name, value] : request_.headers)
      total += 2 * sizeof(std::string) + name.capacity() + value.capacity();
    return total;
  }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto response = web::recorded(attempt, answer);
    if (!response) return web::outcome_of_reading(std::move(response).error());
    return conclude(attempt, *response, 0);
  }

 private:
  boost::asio::awaitable<Outcome> run(Attempt& attempt) override {
    auto response = co_await web::exchange(&attempt, request_);
    if (!response) co_return outcome_of(response.error());
    attempt.note_held(kRunningBytes + response->reserved.bytes());
    co_return conclude(attempt, *response, static_cast<double>(response->first_byte.count()) / 1e6);
  }

  Outcome conclude(Attempt& attempt, const net::HttpResponse& response, double time_ms) const {
    constexpr int kGood[] = {200};
    if (auto refused = web::refused_status(response, kGood)) return *refused;
    return per_zone_ ? add_zones(attempt, response, time_ms) : add_figures(attempt, response, time_ms);
  }

  Outcome add_figures(Attempt& attempt, const net::HttpResponse& response, double time_ms) const {
    auto figures = nginx::parse_stub_status(response.body);
    if (!figures) return {ResultCode::kFail, figures.error().message()};
    return add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
      for (const auto& [name, number] : *figures)
        if (name == alias) return number;
      return std::nullopt;
    });
  }

  Outcome add_zones(Attempt& attempt, const net::HttpResponse& response, double time_ms) const {
    auto rows = nginx::parse_req_status(response.body);
    if (!rows) return {ResultCode::kFail, rows.error().message()};
    for (const auto& row : *rows) {
      auto added =
          add_text_row(attempt, aliases_, time_ms, [&](std::string_view alias) -> std::optional<std::string_view> {
            for (std::size_t i = 0; i < std::size(nginx::kReqColumns); ++i)
              if (alias == nginx::kReqColumns[i]) return row.columns[i];
            return std::nullopt;
          });
      if (added.code != ResultCode::kSuccess) return added;
    }
    return {};
  }

  const std::vector<std::string> aliases_;
  const net::HttpRequest request_;
  const std::string host_;
  const milliseconds timeout_;
  const bool per_zone_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  TRY(auto origin, web::origin_of(block));
  auto path = web::percent_encode(web::trim(block.text_or("url")), web::UrlPart::kPath);
  if (!path.starts_with('/')) path.insert(0, "/");
  net::HttpRequest request{
      .url = fmt::format("{}://{}{}", origin.scheme, origin.host, path),
      .verify_tls = !same_text(web::trim(block.text_or("verifyTls", "true")), "false"),
      .max_body_bytes = web::kMaxBody,
  };
  TRY_OK(web::add_headers(block, request));
  request.headers.emplace_back("Accept", "text/plain");
  return std::make_unique<NginxProbe>(config, std::move(request), std::move(origin.host));
}

constexpr KeyInfo kKeys[] = {{"host", true, "name or address; https:// in front wins over ssl"},
                             {"port", false, "default 80, with TLS 443"},
                             {"url", false, "path of the status page; default /"},
                             {"ssl", false, "true: https"},
                             {"timeout", false, "ms, from name resolution to the last byte; default 6000"},
                             {"authorization", false, "map: type (Bearer Token, Basic Auth, Digest Auth) and the rest"},
                             {"verifyTls", false, "false: any certificate will do"}};

}  // namespace

const PluginInfo& nginx_plugin() {
  static constexpr PluginInfo kInfo{.name = "nginx", .block = "nginx", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
