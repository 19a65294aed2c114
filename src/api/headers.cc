#include "api/headers.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "api/problem.h"

namespace holter::api {
namespace {

/// Scripts, styles and data of this server only, and styles that the page's own script makes, known by their nonce;
/// nobody may frame it. Answers that are not pages need nothing at all.
std::string page_policy(std::string_view nonce) {
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self'{}; connect-src 'self'; img-src 'self' data:; "
      "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      nonce.empty() ? "" : fmt::format(" 'nonce-{}'", nonce));
}
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";
constexpr unsigned kNotModified = 304;

}  // namespace

bool may_be_packed(const Response& response) {
  return response.live == nullptr && !response.is_packed &&
         (response.content_type.starts_with("text/") || response.content_type.starts_with("application/json") ||
          response.content_type.starts_with("application/problem+json"));
}

std::string head_text(const Response& response, const Framing& framing) {
  auto text = fmt::format("HTTP/1.1 {} {}\r\n", response.status, status_phrase(response.status));
  auto add = [&text](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text), "{}: {}\r\n", name, value);
  };
  bool page = response.content_type.starts_with("text/html");
  // What has a tag may be kept, and is asked for again each time.
  bool kept = std::ranges::any_of(response.headers, [](const auto& header) { return header.first == "ETag"; });
  if (response.status != kNotModified) add("Content-Type", response.content_type);
  add("Cache-Control", response.never_changes ? "public, max-age=31536000, immutable" : kept ? "no-cache" : "no-store");
  if (response.never_changes || may_be_packed(response)) add("Vary", "Accept-Encoding");
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Resource-Policy", response.shown_anywhere ? "cross-origin" : "same-origin");
  add("Content-Security-Policy", page ? page_policy(response.style_nonce) : std::string(kDataPolicy));
  if (framing.tls) add("Strict-Transport-Security", "max-age=31536000");
  for (const auto& [name, value] : response.headers) add(name, value);
  bool whole = response.stream == nullptr && response.live == nullptr;
  // The length of a 304 would be that of the answer that it stands for.
  if (whole && response.status != kNotModified) add("Content-Length", fmt::format("{}", response.body.size()));
  if (framing.chunked) add("Transfer-Encoding", "chunked");
  if (!framing.keep_alive)
    add("Connection", "close");
  else if (framing.http_1_0)
    add("Connection", "keep-alive");  // else it would not expect it
  text += "\r\n";
  return text;
}

}  // namespace holter::api
