#include "collect/web_exchange.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "collect/block.h"
#include "collect/web_request.h"
#include "net/http_charset.h"
#include "net/http_record.h"

namespace holter::collect::web {
namespace {

using model::ResultCode;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/// Where the element's content ends that nobody reads (style, script), or npos.
std::size_t end_of_hidden(std::string_view text, std::size_t at) {
  for (std::string_view name : {"style", "script"})
    if (text.size() > at + name.size() && same_text(text.substr(at + 1, name.size()), name))
      return text.find("</", at + 1);
  return at;
}

/// Takes tags away, and makes one blank of white space.
std::string plain_text(std::string_view text, bool markup, std::size_t most) {
  std::string out;
  bool blank = false;
  for (std::size_t i = 0; i < text.size() && out.size() <= most; ++i) {
    if (markup && text[i] == '<') {
      auto end = text.find('>', std::min(end_of_hidden(text, i), text.size()));
      if (end == std::string_view::npos) break;
      i = end;
      blank = true;
    } else if (is_blank(text[i])) {
      blank = true;
    } else {
      if (blank && !out.empty()) out += ' ';
      blank = false;
      out += text[i];
    }
  }
  return out;
}

}  // namespace

boost::asio::awaitable<Result<net::HttpResponse>> exchange(Attempt* attempt, net::HttpRequest request) {
  const auto& services = attempt->services();
  request.reserve = attempt->reserve_account();
  if (attempt->traced()) {
    attempt->step(fmt::format("{} {}", request.method, request.url));
    request.on_step = [attempt](std::string_view what) { attempt->step(what); };
    request.keep_body_bytes = request.max_body_bytes;  // who watches wants to see all of it
  }
  auto response = co_await services.http.fetch(std::move(request), attempt->deadline());
  if (response && attempt->traced()) attempt->note_answer(net::write_answer(*response));
  co_return response;
}

Result<net::HttpResponse> recorded(Attempt& attempt, std::string_view recording) {
  auto response = net::read_answer(recording, attempt.services().answers, kMaxBody);
  if (response && attempt.traced())
    attempt.step(fmt::format("recorded answer: status {}, body of {} bytes", response->status, response->body.size()));
  return response;
}

std::optional<Outcome> refused_status(const net::HttpResponse& response, std::span<const int> codes) {
  if (std::ranges::find(codes, response.status) != codes.end()) return std::nullopt;
  auto text = beginning_of(response);
  return Outcome{ResultCode::kFail, text.empty() ? fmt::format("StatusCode {}", response.status)
                                                 : fmt::format("StatusCode {}: {}", response.status, text)};
}

std::string_view header_of(const net::HttpResponse& response, std::string_view name) {
  auto found = std::ranges::find_if(response.headers, [name](const auto& h) { return same_text(h.first, name); });
  return found == response.headers.end() ? std::string_view{} : std::string_view(found->second);
}

Result<bool> decode(Attempt& attempt, net::HttpResponse& response, bool xml) {
  auto charset = net::charset_of(header_of(response, "Content-Type"));
  bool in_header = !charset.empty();
  if (!in_header && xml) {
    charset = net::xml_encoding_of(response.body);
    // It was read as ASCII, so a wide charset cannot be true: the reader goes by the byte order mark.
    if (charset.size() >= 4 && same_text(charset.substr(0, 4), "utf-")) return false;
  }
  if (charset.empty()) return false;
  std::string label(charset);  // the body that it may be a part of goes
  auto status = net::decode_body(response, label, attempt.services().answers, attempt.reserve_account());
  if (status) {
    if (attempt.traced()) attempt.step(fmt::format("decoded as {}", excerpt(label, 40)));
    return true;
  }
  if (status.error().code() != ErrorCode::kNotFound) return std::move(status).error();
  if (attempt.traced()) attempt.step(fmt::format("{}: taken for UTF-8", status.error().message()));
  return in_header;
}

Outcome outcome_of_reading(const Status& status) {
  if (status) return {};
  auto code = status.error().code() == ErrorCode::kResourceExhausted ? ResultCode::kUnavailable : ResultCode::kFail;
  return {code, status.error().message()};
}

bool is_openmetrics(const net::HttpResponse& response) {
  return header_of(response, "Content-Type").find("application/openmetrics-text") != std::string_view::npos;
}

Error not_exporter_text(Error error, const net::HttpResponse& response) {
  if (error.code() != ErrorCode::kProtocolViolation || response.body.starts_with('#')) return error;
  auto type = header_of(response, "Content-Type");
  return {error.code(), fmt::format("{}; the answer is {}: {}", error.message(),
                                    type.empty() ? "of no type" : excerpt(type, 40), beginning_of(response))};
}

std::string beginning_of(const net::HttpResponse& response, std::size_t most) {
  constexpr std::size_t kLookedAt = 16 * 1024;
  auto head = std::string_view(response.body).substr(0, kLookedAt);
  bool markup =
      header_of(response, "Content-Type").find("html") != std::string_view::npos || trim(head).starts_with('<');
  std::string scratch;
  auto text = plain_text(head, markup, most);
  return excerpt(as_utf8(text, scratch), most);
}

}  // namespace holter::collect::web
