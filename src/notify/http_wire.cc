#include "notify/http_wire.h"

#include <algorithm>

#include <fmt/format.h>

#include "notify/command.h"
#include "runtime/deadline.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;

/// The client's messages quote the URL, as a whole or cut off.
Error without_url(const Error& error, const std::string& url) {
  std::string message = error.message();
  auto origin = origin_of(url);
  auto rest = std::string_view(url).substr(origin.size());
  for (auto size = std::min<std::size_t>(rest.size(), 300); size > 1; --size) {
    auto at = message.find(rest.substr(0, size));
    if (at == std::string::npos) continue;
    message.erase(at, size);
    break;
  }
  return {error.code(), std::move(message)};
}

}  // namespace

std::string_view origin_of(std::string_view url) {
  auto host = url.find("://");
  if (host == std::string_view::npos) return url.substr(0, 0);
  return url.substr(0, url.find_first_of("/?#", host + 3));
}

std::optional<std::string> TokenCache::find(std::string_view key, WallTime now) const {
  auto found = tokens_.find(key);
  if (found == tokens_.end() || found->second.until <= now) return std::nullopt;
  return found->second.value;
}

void TokenCache::put(std::string key, std::string value, WallTime until) {
  if (key.size() + value.size() > kLongest) return forget(key);
  tokens_.insert_or_assign(std::move(key), Token{std::move(value), until});
  if (tokens_.size() <= kMost) return;
  tokens_.erase(std::ranges::min_element(tokens_, {}, [](const auto& token) { return token.second.until; }));
}

void TokenCache::forget(std::string_view key) {
  if (auto found = tokens_.find(key); found != tokens_.end()) tokens_.erase(found);
}

awaitable<Result<HttpAnswer>> HttpWire::http(HttpCall call) {
  using Auth = net::HttpRequest::Auth;
  net::HttpRequest request;
  request.method = std::move(call.method);
  request.url = call.url;
  request.headers = std::move(call.headers);
  request.body = std::move(call.body);
  request.auth = call.user.empty() ? Auth::kNone : Auth::kBasic;
  request.user = std::move(call.user);
  request.password = std::move(call.password);
  request.max_redirects = 0;
  request.keep_body_bytes = kMostAnswer;
  auto response = co_await http_.fetch(std::move(request), runtime::deadline_in(kLimit));
  if (!response) co_return without_url(response.error(), call.url);
  co_return HttpAnswer{
      .status = response->status, .headers = std::move(response->headers), .body = std::move(response->body)};
}

awaitable<Result<MailAnswer>> HttpWire::mail(MailCall call) {
  net::MailRequest request;
  request.url = std::move(call.url);
  request.starttls = call.starttls;
  request.verify_tls = call.verify_tls;
  request.user = std::move(call.user);
  request.password = std::move(call.password);
  request.from = std::move(call.from);
  request.to = std::move(call.to);
  request.content = std::move(call.content);
  CO_TRY(auto reply, co_await mailer_.send(std::move(request), runtime::deadline_in(kLimit)));
  co_return MailAnswer{.code = reply.code, .text = std::move(reply.text), .refused = std::move(reply.refused)};
}

awaitable<Result<CommandAnswer>> HttpWire::command(CommandCall call) {
  co_return co_await run_command(std::move(call), runtime::deadline_in(kLimit), executor_, &account_);
}

}  // namespace holter::notify
