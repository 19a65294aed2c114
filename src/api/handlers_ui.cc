#include <array>

#include <fmt/format.h>

#include "api/handlers.h"
#include "api/problem.h"
#include "api/ui_files.h"
#include "base/check.h"
#include "base/units.h"
#include "secrets/token.h"

namespace holter::api {
namespace {

using boost::asio::awaitable;

/// What the page has where the nonce of the answer belongs (ui/vite.config.ts, html.cspNonce).
constexpr std::string_view kNonceMark = "HOLTER_NONCE";

/// 128 bits that nobody guesses: the tail of a token's text is its checksum, the middle is random.
std::string fresh_nonce() {
  constexpr std::size_t kFrom = 7, kCharacters = 22;  // behind "holter_"
  auto token = secrets::ApiToken::random();
  return std::string(token.text().view().substr(kFrom, kCharacters));
}

/// The page into which the interface is drawn. Scripts and styles that it brings along are known by a nonce that is new
/// in each answer (CSP 3, 2.3.1), so it is never kept.
Response page(const Context& context) {
  const auto* file = find_ui_file("index.html");
  CHECK(file != nullptr);
  Body plain(*context.bodies);
  unpack(*file, *context.bodies, plain);
  Response response(*context.bodies);
  response.content_type = file->content_type;
  response.style_nonce = fresh_nonce();
  auto rest = plain.text();
  for (auto at = rest.find(kNonceMark); at != std::string_view::npos; at = rest.find(kNonceMark)) {
    response.body.append(rest.substr(0, at));
    response.body.append(response.style_nonce);
    rest.remove_prefix(at + kNonceMark.size());
  }
  response.body.append(rest);
  if (plain.refused()) response.body.refuse(plain.refusal());
  return finished(std::move(response), *context.bodies);
}

/// A file whose name has a hash of its content: it never changes.
Response file_response(const Context& context, const Request& request, const UiFile& file) {
  Response response(*context.bodies);
  response.content_type = file.content_type;
  response.never_changes = true;
  auto opaque = fmt::format("\"{:016x}\"", file.hash);
  response.headers.emplace_back("ETag", "W/" + opaque);
  if (request.if_none_match == "*" || request.if_none_match.contains(opaque)) {
    response.status = 304;
  } else if (request.accepts_gzip) {
    response.is_packed = true;
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body.append(file.packed);
  } else {
    unpack(file, *context.bodies, response.body);
  }
  return finished(std::move(response), *context.bodies);
}

}  // namespace

awaitable<Response> get_page(Context context, const Request* request) {
  co_return page(context);
}

awaitable<Response> get_ui_file(Context context, const Request* request) {
  const auto* file = find_ui_file("assets/" + request->id);
  if (file == nullptr)
    co_return refuse(context, {404,
                               fmt::format("cannot find the file '{}' of the web interface: the program may have been "
                                           "updated; load the page again",
                                           excerpt(request->id)),
                               "name", 0});
  co_return file_response(context, *request, *file);
}

}  // namespace holter::api
