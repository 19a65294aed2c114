#include "api/headers.h"

namespace holter::api {
namespace {

/// Scripts, styles and data of this server only; nobody may frame it. Answers that are not pages need nothing at all.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

}  // namespace

void for_each_header(const Response& response, bool tls,
                     const std::function<void(std::string_view name, std::string_view value)>& set) {
  bool page = response.content_type.starts_with("text/html");
  set("Content-Type", response.content_type);
  set("Cache-Control", "no-store");
  set("X-Content-Type-Options", "nosniff");
  set("Referrer-Policy", "no-referrer");
  set("Cross-Origin-Opener-Policy", "same-origin");
  set("Cross-Origin-Resource-Policy", "same-origin");
  set("Content-Security-Policy", page ? kPagePolicy : kDataPolicy);
  if (tls) set("Strict-Transport-Security", "max-age=31536000");
  for (const auto& [name, value] : response.headers) set(name, value);
}

}  // namespace holter::api
