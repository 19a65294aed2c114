#include "api/headers.h"

namespace holter::api {
namespace {

/// Scripts, styles and data of this server only; nobody may frame it. Answers that are not pages need nothing at all.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

}  // namespace

bool may_be_packed(const Response& response) {
  return response.live == nullptr &&
         (response.content_type.starts_with("text/") || response.content_type.starts_with("application/json") ||
          response.content_type.starts_with("application/problem+json"));
}

void for_each_header(const Response& response, bool tls,
                     const std::function<void(std::string_view name, std::string_view value)>& set) {
  bool page = response.content_type.starts_with("text/html");
  if (response.status != 304) set("Content-Type", response.content_type);
  bool kept = false;  // what has a tag may be kept, and is asked for again each time
  for (const auto& [name, value] : response.headers) kept = kept || name == "ETag";
  set("Cache-Control", kept ? "no-cache" : "no-store");
  if (may_be_packed(response)) set("Vary", "Accept-Encoding");
  set("X-Content-Type-Options", "nosniff");
  set("Referrer-Policy", "no-referrer");
  set("Cross-Origin-Opener-Policy", "same-origin");
  set("Cross-Origin-Resource-Policy", "same-origin");
  set("Content-Security-Policy", page ? kPagePolicy : kDataPolicy);
  if (tls) set("Strict-Transport-Security", "max-age=31536000");
  for (const auto& [name, value] : response.headers) set(name, value);
}

}  // namespace holter::api
