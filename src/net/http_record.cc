#include "net/http_record.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "net/http_answer.h"

namespace holter::net {
namespace {

std::string_view take_line(std::string_view& text) {
  auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The status of "HTTP/1.1 200 OK" or "HTTP/2 200", or 0.
int status_of(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  auto blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  auto digits = line.substr(blank + 1, 3);
  int status = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return failure == std::errc{} && end == digits.data() + 3 && status >= 100 ? status : 0;
}

}  // namespace

std::string write_answer(const HttpResponse& response) {
  auto text =
      fmt::format("HTTP/{} {}\r\n", response.http_version.empty() ? "1.1" : response.http_version, response.status);
  for (const auto& [name, value] : response.headers) text += fmt::format("{}: {}\r\n", name, value);
  text += "\r\n";
  return text += response.body;
}

Result<HttpResponse> read_answer(std::string_view text, memory::Account& account, std::size_t max_body_bytes) {
  HttpAnswer answer(account, max_body_bytes);
  HttpResponse response;
  auto refused = [&answer] { return Error(*answer.refusal()).with_context("cannot read the recorded answer"); };
  do {
    auto line = take_line(text);
    response.status = status_of(line);
    if (response.status == 0)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot read the recorded answer: it begins with '{}', no status line such as "
                               "'HTTP/1.1 200 OK' (curl -i prints one)",
                               excerpt(line)));
    while (true) {
      if (!answer.on_header(line)) return refused();
      if (text.empty()) break;
      line = take_line(text);
      if (line.empty()) break;
    }
  } while (status_of(text.substr(0, text.find('\n'))) != 0);
  if (!answer.on_body(text)) return refused();
  answer.move_to(response);
  return response;
}

}  // namespace holter::net
