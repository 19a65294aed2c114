#include "api/request_parser.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "api/gzip.h"
#include "api/router.h"
#include "secrets/primitives.h"

namespace holter::api {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::size_t kScratchBytes = 4 * 1024;

/// A field on several lines, which servers read in different ways (obs-fold:
/// RFC 9112, 5.2, lets a server refuse it). Beast takes such a field at once.
bool folds_a_line(std::string_view taken) {
  return taken.contains("\r\n ") || taken.contains("\r\n\t");
}

bool goes_on(const error_code& failure) {
  return !failure || failure == http::error::need_more || failure == http::error::need_buffer;
}

Problem bad_request(std::string_view why) {
  return {400, fmt::format("cannot read the request: {}", why), "", 0};
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(const ServerOptions& server) : options(server) {
    parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
    // Which limit holds depends on the path: check_header() sets it.
    parser.body_limit(boost::none);
  }

  /// Only these have content that somebody reads; what others bring is thrown
  /// away.
  bool has_content() const {
    auto method = parser.get().method();
    return method == http::verb::put || method == http::verb::post || method == http::verb::patch;
  }
  std::size_t body_limit() const {
    if (!has_content()) return options.max_body_bytes;
    auto method = parser.get().method_string();
    auto target = parser.get().target();
    return content_limit({method.data(), method.size()}, {target.data(), target.size()}, options.max_content_bytes);
  }
  Problem too_long_body() const {
    return {413, fmt::format("cannot take a body of more than {} bytes", body_limit()), "", 0};
  }

  Problem problem_of(const error_code& failure) const {
    if (failure == http::error::header_limit) return too_long_header(options);
    if (failure == http::error::body_limit) return too_long_body();
    return bad_request(failure.message());
  }

  /// The only transfer coding is "chunked", alone. Beast takes a request with
  /// another one for a request without a body, and its body for the next
  /// request (RFC 9112, 6.1 and 11.2).
  bool knows_coding() const {
    const auto& message = parser.get();
    auto [first, end] = message.equal_range(http::field::transfer_encoding);
    if (first == end) return true;
    return parser.chunked() && message.version() == 11 && std::next(first) == end &&
           beast::iequals(first->value(), "chunked");
  }

  std::optional<Problem> check_header() {
    // The parser counts anew after the first piece that it has read: it lets up
    // to twice the limit through.
    if (header_bytes > options.max_header_bytes) return too_long_header(options);
    if (!knows_coding()) return bad_request("its transfer coding is not 'chunked' alone");
    if (auto length = parser.content_length(); length && *length > body_limit()) return too_long_body();
    parser.body_limit(body_limit());
    return std::nullopt;
  }

  const ServerOptions& options;
  http::request_parser<http::buffer_body> parser;
  std::size_t header_bytes = 0;
};

RequestParser::RequestParser(const ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
RequestParser::~RequestParser() = default;

RequestParser::Taken RequestParser::take_header(std::string_view heard) {
  auto& parser = impl_->parser;
  error_code failure;
  Taken taken;
  taken.bytes = parser.put(boost::asio::buffer(heard), failure);
  taken.needs_more = failure == http::error::need_more;
  impl_->header_bytes += taken.bytes;
  if (!goes_on(failure))
    taken.problem = impl_->problem_of(failure);
  else if (folds_a_line(heard.substr(0, taken.bytes)))
    taken.problem = bad_request("a header field goes on in the next line");
  else if (parser.is_header_done())
    taken.problem = impl_->check_header();
  return taken;
}

RequestParser::Taken RequestParser::take_body(std::string_view heard, Body& content) {
  auto& parser = impl_->parser;
  std::array<char, kScratchBytes> scratch;  // NOLINT: filled by the parser
  auto& room = parser.get().body();
  room = {scratch.data(), scratch.size(), true};
  error_code failure;
  Taken taken;
  taken.bytes = parser.put(boost::asio::buffer(heard), failure);
  taken.needs_more = failure == http::error::need_more || taken.bytes == heard.size();
  auto got = scratch.size() - room.size;
  room = {};
  if (!goes_on(failure)) {
    taken.problem = impl_->problem_of(failure);
  } else if (impl_->has_content() && got > 0) {
    if (content.size() + got > impl_->body_limit()) {
      taken.problem = impl_->too_long_body();
    } else {
      content.append({scratch.data(), got});
      if (content.refused()) taken.problem = {503, "cannot take a request: no memory is left for it", "", 5};
    }
  }
  secrets::wipe({scratch.data(), got});
  return taken;
}

bool RequestParser::header_done() const {
  return impl_->parser.is_header_done();
}
bool RequestParser::done() const {
  return impl_->parser.is_done();
}
bool RequestParser::wants_continue() const {
  return !done() && beast::iequals(impl_->parser.get()[http::field::expect], "100-continue");
}
bool RequestParser::keep_alive() const {
  return impl_->parser.get().keep_alive();
}

RequestHead RequestParser::head(const Body& content) const {
  const auto& message = impl_->parser.get();
  RequestHead head;
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  head.http_1_0 = message.version() == 10;
  auto hosts = message.equal_range(http::field::host);
  for (auto it = hosts.first; it != hosts.second; ++it) head.hosts.emplace_back(it->value());
  auto origins = message.equal_range(http::field::origin);
  for (auto it = origins.first; it != origins.second; ++it) head.origins.emplace_back(it->value());
  head.content_type = std::string(message[http::field::content_type]);
  head.accept = std::string(message[http::field::accept]);
  head.if_none_match = std::string(message[http::field::if_none_match]);
  head.if_match = std::string(message[http::field::if_match]);
  head.idempotency_key = std::string(message["Idempotency-Key"]);
  head.authorization = std::string(message[http::field::authorization]);
  auto cookies = message.equal_range(http::field::cookie);
  for (auto it = cookies.first; it != cookies.second; ++it)
    head.cookie.append(head.cookie.empty() ? "" : "; ").append(it->value());
  head.csrf = std::string(message["X-CSRF-Token"]);
  head.user_agent = std::string(message[http::field::user_agent]);
  head.accepts_gzip = accepts_gzip(std::string(message[http::field::accept_encoding]));
  head.last_event_id = std::string(message["Last-Event-ID"]);
  head.fetch_site = std::string(message["Sec-Fetch-Site"]);
  head.body = content.text();
  return head;
}

Problem RequestParser::too_long_header(const ServerOptions& options) {
  return {431, fmt::format("cannot read a header of more than {} bytes", options.max_header_bytes), "", 0};
}

}  // namespace holter::api
