#include "collect/protocols/http/sitemap.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/http/readers.h"
#include "collect/table_sink.h"
#include "collect/web_exchange.h"
#include "collect/web_request.h"
#include "read/xml_rows.h"

namespace holter::collect::http {
namespace {

constexpr std::size_t kMostPage = 64 << 20;  // bytes that are read of one address, and dropped
constexpr milliseconds kMostWait{4000};      // for one address

class Collecting final : public read::UrlSink {
 public:
  Collecting(Addresses& addresses, const Attempt& attempt) : addresses_(addresses), attempt_(attempt) {}
  bool url(std::string_view url) override {
    ++addresses_.found;
    if (addresses_.urls.size() == Addresses::kMost || url.size() > Addresses::kMostBytes) return true;
    auto wanted = addresses_.reserved.bytes() + sizeof(std::string) * 2 + url.size();
    if (addresses_.reserved.bytes() == 0) {
      auto first = attempt_.reserve(wanted);
      if (!first) return false;
      addresses_.reserved = std::move(*first);
    } else if (!addresses_.reserved.resize(wanted)) {
      return false;
    }
    addresses_.urls.emplace_back(url);
    return true;
  }

 private:
  Addresses& addresses_;
  const Attempt& attempt_;
};

struct Page {
  std::string_view url;
  std::optional<int> status;
  std::optional<double> ms;
  std::string error;
};

/// False when there is no room: the sink knows why.
bool add_row(const Page& page, const std::vector<std::string>& aliases, TableSink& sink) {
  if (!sink.begin_row()) return false;
  for (std::size_t i = 0; i < aliases.size(); ++i) {
    std::optional<std::string> text;
    if (same_text(aliases[i], "url")) text = page.url;
    if (same_text(aliases[i], "statusCode") && page.status) text = fmt::format("{}", *page.status);
    if (same_text(aliases[i], "responseTime") && page.ms) text = fmt::format("{:.3f}", *page.ms);
    if (same_text(aliases[i], "errorMsg")) text = page.error;
    if (!sink.cell(i, text)) return false;
  }
  return true;
}

std::string error_text(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kNotFound:
      return "unknown host";
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
      return fmt::format("connect error: {}", error.message());
    default:
      return fmt::format("io error: {}", error.message());
  }
}

class SitemapReader final : public Reader {
 public:
  Status read(const net::HttpResponse& response, bool charset_known, Attempt& attempt, TableSink& sink) const override {
    TRY(auto addresses, addresses_of(response, charset_known, attempt));
    for (const auto& url : addresses.urls)
      if (!add_row({url, {}, {}, "not in the recording"}, aliases(), sink)) break;
    return {};
  }
};

}  // namespace

Made make_sitemap(const ReaderKey&) {
  return std::make_shared<SitemapReader>();
}

Result<Addresses> addresses_of(const net::HttpResponse& response, bool charset_known, Attempt& attempt) {
  Addresses addresses;
  Collecting sink(addresses, attempt);
  auto encoding = charset_known ? read::XmlEncoding::kUtf8 : read::XmlEncoding::kDeclared;
  auto read = read::read_sitemap(response.body, attempt.services().answers, sink, encoding);
  if (!read) return std::move(read).error();
  return addresses;
}

boost::asio::awaitable<Outcome> ask_addresses(Attempt* attempt, Addresses addresses, const Reader* reader,
                                              bool verify_tls) {
  const auto& services = attempt->services();
  TableSink sink(attempt->table(), reader->aliases(), {});
  std::size_t asked = 0;
  for (const auto& url : addresses.urls) {
    auto began = services.clock.mono();
    if (began >= attempt->deadline()) break;
    auto until = std::min(attempt->deadline(), began + kMostWait);
    net::HttpRequest request{.url = url,
                             .headers = {{"User-Agent", std::string(web::user_agent())}, {"Accept", "*/*"}},
                             .verify_tls = verify_tls,
                             .max_body_bytes = kMostPage,
                             .keep_body_bytes = 0,
                             .reserve = attempt->reserve_account()};
    auto response = co_await services.http.fetch(std::move(request), until);
    if (!response && response.error().code() == ErrorCode::kResourceExhausted) co_return outcome_of(response.error());
    auto now = services.clock.mono();
    bool out_of_time = !response && response.error().code() == ErrorCode::kTimeout && now >= attempt->deadline();
    if (out_of_time && asked > 0) break;  // it was the deadline's fault, not the address's
    Page page{.url = url, .ms = static_cast<double>((now - began).count()) / 1e6};
    if (response)
      page.status = response->status;
    else
      page.error = error_text(response.error());
    if (!add_row(page, reader->aliases(), sink)) co_return web::outcome_of_reading(sink.result({}));
    ++asked;
    if (attempt->traced())
      attempt->step(response ? fmt::format("{}: status {}", url, response->status)
                             : fmt::format("{}: {}", url, page.error));
  }
  Outcome outcome;
  if (asked < addresses.found)
    outcome.message = fmt::format(
        "asked {} of {} addresses: {}", asked, addresses.found,
        asked < addresses.urls.size()
            ? "the deadline came first"
            : fmt::format("at most {} are asked, none longer than {} bytes", Addresses::kMost, Addresses::kMostBytes));
  co_return outcome;
}

}  // namespace holter::collect::http
