#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/http/parse.h"
#include "collect/protocols/http/request.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using Parser = Outcome (*)(const http::Answer&, RawTable&);

struct ParseType {
  std::string_view name;
  Parser parser;
};
constexpr ParseType kParseTypes[] = {
    {"website", http::parse_website}, {"header", http::parse_header}, {"default", http::parse_default}};

class HttpProbe final : public CoroProbe {
 public:
  HttpProbe(const ProbeConfig& config, http::Plan plan, Parser parser)
      : plan_(std::move(plan)), aliases_(config.aliases), parser_(parser), timeout_(timeout_of(config.block)) {}

  std::string_view target() const override { return plan_.host; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override {
    auto total = sizeof(*this) + plan_.request.url.capacity() + plan_.request.body.capacity() + plan_.host.capacity();
    for (const auto& [name, value] : plan_.request.headers)
      total += 2 * sizeof(std::string) + name.size() + value.size();
    for (const auto& alias : aliases_) total += sizeof(std::string) + alias.size();
    return total + plan_.success_codes.capacity() * sizeof(int) + plan_.keyword.capacity();
  }

 private:
  boost::asio::awaitable<Outcome> run(Attempt& attempt) override {
    const auto& services = attempt.services();
    auto request = plan_.request;
    request.reserve = attempt.reserve_account();
    if (attempt.traced()) {
      attempt.step(fmt::format("{} {}", request.method, request.url));
      request.on_step = [&attempt](std::string_view what) { attempt.step(what); };
    }
    auto response = co_await services.http.fetch(std::move(request), attempt.deadline());
    if (!response) co_return outcome_of(response.error());
    if (std::ranges::find(plan_.success_codes, response->status) == plan_.success_codes.end())
      co_return Outcome{ResultCode::kFail, fmt::format("StatusCode {}", response->status)};
    attempt.note_held(kRunningBytes + response->reserved.bytes());
    http::Answer answer{.response = *response,
                        .aliases = aliases_,
                        .keyword_count = http::count_matches(plan_.keyword, response->body),
                        .response_time_ms = static_cast<double>(response->first_byte.count()) / 1e6,
                        .account = services.answers};
    auto outcome = parser_(answer, attempt.table());
    if (attempt.traced()) attempt.step(fmt::format("parsed {} rows", attempt.table().rows()));
    co_return outcome;
  }

  const http::Plan plan_;
  const std::vector<std::string> aliases_;
  const Parser parser_;
  const milliseconds timeout_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  TRY(auto plan, http::make_plan(config.block));
  const auto* type = std::ranges::find(kParseTypes, std::string_view(plan.parse_type), &ParseType::name);
  if (type == std::end(kParseTypes))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the parseType '{}': this version has website, header and default",
                             excerpt(plan.parse_type)));
  if (auto fault = http::fault_of_pattern(plan.keyword); !fault.empty())
    log::warning("collect", "cannot count the keyword '{}' of {}: {} (it counts as 0)", excerpt(plan.keyword),
                 plan.host, fault);
  return std::make_unique<HttpProbe>(config, std::move(plan), type->parser);
}

constexpr KeyInfo kKeys[] = {{"host", true},   {"port"},      {"url"},         {"method"},  {"ssl"},
                             {"timeout"},      {"headers"},   {"params"},      {"payload"}, {"authorization"},
                             {"successCodes"}, {"parseType"}, {"parseScript"}, {"keyword"}, {"enableUrlEncoding"},
                             {"verifyTls"}};

}  // namespace

const PluginInfo& http_plugin() {
  static constexpr PluginInfo kInfo{.name = "http", .block = "http", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
