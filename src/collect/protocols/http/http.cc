#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/http/reader.h"
#include "collect/protocols/http/reader_pool.h"
#include "collect/protocols/http/readers.h"
#include "collect/protocols/http/request.h"
#include "collect/protocols/http/sitemap.h"
#include "collect/web_exchange.h"

namespace holter::collect {
namespace {

using model::ResultCode;

constexpr std::size_t kKeptForMessages = 4096;  // of a body that no alias needs
constexpr std::size_t kMostReaders = 4096;      // different ones that are shared

class HttpProbe final : public CoroProbe {
 public:
  HttpProbe(http::Plan plan, http::ReaderPool::Found found, std::string keyword, milliseconds timeout)
      : plan_(std::move(plan)),
        reader_(std::move(found.reader)),
        keyword_(std::move(keyword)),
        timeout_(timeout),
        pays_for_reader_(found.is_new) {}

  std::string_view target() const override { return plan_.host(); }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override {
    return sizeof(*this) + plan_.bytes() + keyword_.capacity() + (pays_for_reader_ ? reader_->bytes() : 0);
  }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    auto response = web::recorded(attempt, answer);
    if (!response) return web::outcome_of_reading(std::move(response).error());
    bool charset_known = false;
    if (auto refused = check(attempt, *response, &charset_known)) return *refused;
    return read(attempt, *response, charset_known);
  }

 private:
  boost::asio::awaitable<Outcome> run(Attempt& attempt) override {
    if (!reader_) co_return no_parse_type();
    const auto& services = attempt.services();
    auto request = plan_.request_at(services.clock.wall());
    if (!reader_->type().needs_body && !wants_keyword()) request.keep_body_bytes = kKeptForMessages;
    auto response = co_await web::exchange(&attempt, std::move(request));
    if (!response) co_return outcome_of(response.error());
    bool charset_known = false;
    auto refused = check(attempt, *response, &charset_known);
    attempt.note_held(kRunningBytes + response->reserved.bytes());
    if (refused) co_return *refused;
    if (!reader_->type().fetches) co_return read(attempt, *response, charset_known);
    auto addresses = http::addresses_of(*response, charset_known, attempt);
    if (!addresses) co_return web::outcome_of_reading(std::move(addresses).error());
    *response = {};  // its bytes are not needed while the addresses are asked
    co_return co_await http::ask_addresses(&attempt, std::move(*addresses), reader_.get(), plan_.verify_tls());
  }

  bool wants_keyword() const { return reader_->wants_keyword() && !keyword_.empty(); }

  static Outcome no_parse_type() { return {ResultCode::kFail, http::find_type("").error().message()}; }

  /// Status and charset. How the attempt ends when one of them is wrong.
  std::optional<Outcome> check(Attempt& attempt, net::HttpResponse& response, bool* charset_known) const {
    if (!reader_) return no_parse_type();
    auto refused = web::refused_status(response, plan_.success_codes());
    if (!refused && !reader_->type().needs_body && !wants_keyword()) return std::nullopt;
    auto decoded = web::decode(attempt, response, reader_->type().xml);
    if (!decoded) return web::outcome_of_reading(std::move(decoded).error());
    *charset_known = *decoded;
    return refused ? web::refused_status(response, plan_.success_codes()) : std::nullopt;
  }

  Outcome read(Attempt& attempt, const net::HttpResponse& response, bool charset_known) const {
    RequestFigures figures{.response_time_ms = static_cast<double>(response.first_byte.count()) / 1e6};
    if (wants_keyword())
      figures.keyword_count = static_cast<std::int64_t>(http::count_matches(keyword_, response.body));
    TableSink sink(attempt.table(), reader_->aliases(), figures);
    auto status = sink.result(reader_->read(response, charset_known, attempt, sink));
    if (attempt.traced()) attempt.step(fmt::format("parsed {} rows", attempt.table().rows()));
    return web::outcome_of_reading(status);
  }

  const http::Plan plan_;
  const std::shared_ptr<const http::Reader> reader_;  ///< null: the set has no parse type, and fails
  const std::string keyword_;
  const milliseconds timeout_;
  const bool pays_for_reader_;
};

/// A program has one, since compile() is a plain function in a table: what it holds are weak pointers, at most
/// kMostReaders, and without it 10,000 monitors would compile and hold the same script 10,000 times.
http::ReaderPool& shared_readers() {
  static http::ReaderPool pool(kMostReaders);
  return pool;
}

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  http::ReaderKey key{config.block.text_or("parseType"), config.block.text_or("parseScript"), config.set,
                      config.aliases};
  http::ReaderPool::Found found;
  std::string_view accept = "*/*";
  if (!key.parse_type.empty()) {
    TRY(found, shared_readers().get(key));
    accept = found.reader->type().accept;
  }
  TRY(auto plan, http::Plan::make(config.block, accept));
  std::string keyword(config.block.text_or("keyword"));
  if (auto fault = http::fault_of_pattern(keyword); !fault.empty() && !keyword.empty())
    log::warning("collect", "cannot count the keyword '{}' of {}: {} (it counts as 0)", excerpt(keyword), plan.host(),
                 fault);
  return std::make_unique<HttpProbe>(std::move(plan), std::move(found), std::move(keyword), timeout_of(config.block));
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address; https:// in front wins over ssl"},
    {"port", false, "default 80, with TLS 443"},
    {"url", false, "path, perhaps with a query; default /"},
    {"method", false, "GET, POST, PUT, DELETE, PATCH or HEAD; default GET"},
    {"ssl", false, "true: https"},
    {"timeout", false, "ms, from name resolution to the last byte; default 6000"},
    {"headers", false, "map of headers to send"},
    {"params", false, "map of query parameters; values may have time expressions"},
    {"payload", false, "body of POST, PUT and PATCH"},
    {"authorization", false, "map: type (Bearer Token, Basic Auth, Digest Auth) and its credentials"},
    {"successCodes", false, "list of status codes that are good; default 200"},
    {"parseType", false,
     "default, jsonPath, prometheus, PromQL, website, header, xmlPath, config, sitemap, regex or csv"},
    {"parseScript", false, "JSONPath, XPath, expression or separator, by parseType"},
    {"keyword", false, "expression (RE2) whose matches in the body the alias keyword counts"},
    {"enableUrlEncoding", false, "false: path and query are sent as they are"},
    {"verifyTls", false, "false: any certificate will do"}};

}  // namespace

const PluginInfo& http_plugin() {
  static constexpr PluginInfo kInfo{.name = "http", .block = "http", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
