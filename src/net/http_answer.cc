#include "net/http_answer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::net {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

bool HttpAnswer::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes || ++header_lines_ > kMaxHeaders) {
    refusal_ = Error(ErrorCode::kProtocolViolation, fmt::format("the answer's header has more than {} KiB or {} lines",
                                                                kMaxHeaderBytes / 1024, kMaxHeaders));
    return false;
  }
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a new answer: that to "100 Continue", or to a digest challenge, is over
    headers_.clear();
    body_.clear();
    body_bytes_ = 0;
    auto version = line.substr(5, line.find(' ') - 5);
    version_ = version.substr(0, 8);
  } else if (auto colon = line.find(':'); colon != std::string_view::npos) {
    headers_.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return true;
}

bool HttpAnswer::on_body(std::string_view piece) {
  body_bytes_ += piece.size();
  auto left = keep_body_bytes_ - std::min(keep_body_bytes_, body_.size());
  auto kept = body_bytes_ > max_body_bytes_
                  ? Status(Error(ErrorCode::kTooLarge, "more than " + format_size(max_body_bytes_)))
                  : body_.append(piece.substr(0, left));
  if (kept) return true;
  refusal_ = std::move(kept).error().with_context("the body is too large");
  return false;
}

void HttpAnswer::move_to(HttpResponse& response) {
  response.http_version = std::move(version_);
  response.headers = std::move(headers_);
  response.body = body_.take(response.reserved);
}

}  // namespace holter::net
