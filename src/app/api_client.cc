#include "app/api_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/loaded.h"
#include "app/local_token.h"
#include "define/config_values.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

Result<std::string> find_token(const ServerAddress& address) {
  if (!address.token_file.empty()) {
    TRY(auto file, define::read_secret_file(address.token_file));
    return std::move(file.text);
  }
  if (const char* token = std::getenv("HOLTER_TOKEN"); token != nullptr && *token != '\0') return std::string(token);
  return read_local_token(load_settings(address.config).config.data_dir);
}

}  // namespace

ApiClient::ApiClient(const ServerAddress& address)
    : address_(address),
      base_((address.server.contains("://") ? "" : "http://") + address.server),
      resolver_({}, context_.get_executor(), clock_, budget_.account("dns")),
      http_({}, context_.get_executor(), clock_, resolver_, budget_.account("http")) {
  if (auto token = find_token(address))
    token_ = std::move(*token);
  else
    no_token_ = token.error().message();
}

asio::awaitable<Result<json::value>> ApiClient::send(Request request) {
  auto url = base_ + request.path;
  net::HttpRequest http{.url = url, .headers = {{"Accept", "application/json"}}, .max_body_bytes = 16 << 20};
  if (!token_.empty()) http.headers.emplace_back("Authorization", "Bearer " + token_);
  if (!request.content.empty()) {
    http.method = "POST";
    http.headers.emplace_back("Content-Type", "application/json");
    http.body = std::move(request.content);
  }
  if (!request.if_match.empty()) http.headers.emplace_back("If-Match", std::move(request.if_match));
  if (!request.method.empty()) http.method = std::move(request.method);
  http.ca_file = address_.ca_file;
  CO_TRY(auto response, co_await http_.fetch(std::move(http), clock_.mono() + request.patience));
  boost::system::error_code failure;
  auto value = json::parse(response.body, failure);
  if (failure)
    co_return Error(ErrorCode::kProtocolViolation,
                    fmt::format("cannot read the answer of {}: it is not JSON; is that Holter?", url));
  if (response.status == 200 || response.status == 201) co_return value;
  const auto* detail = value.is_object() ? value.get_object().if_contains("detail") : nullptr;
  co_return Error(
      response.status == 401 ? ErrorCode::kUnauthenticated : ErrorCode::kInvalidArgument,
      fmt::format("cannot get {}: status {}{}", url, response.status,
                  detail != nullptr && detail->is_string() ? ": " + std::string(detail->get_string()) : ""));
}

std::vector<Result<json::value>> ApiClient::ask(std::vector<Request> requests) {
  std::vector<std::optional<Result<json::value>>> answers(requests.size());
  std::size_t open = requests.size();
  for (std::size_t i = 0; i < requests.size(); ++i)
    asio::co_spawn(context_, send(std::move(requests[i])), [&, i](std::exception_ptr, Result<json::value> answer) {
      answers[i].emplace(std::move(answer));
      --open;
    });
  context_.restart();
  while (open > 0) context_.run_one();
  std::vector<Result<json::value>> out;
  for (auto& answer : answers) out.push_back(std::move(*answer));
  return out;
}

Result<json::value> ApiClient::ask(Request request) {
  std::vector<Request> one;
  one.push_back(std::move(request));
  return std::move(ask(std::move(one)).front());
}

std::string ApiClient::advice(const Error& error) const {
  if (error.code() == ErrorCode::kUnavailable) return "is `holter serve` running there? --server names another address";
  if (error.code() != ErrorCode::kUnauthenticated) return "";
  constexpr std::string_view kHow =
      "--token-file or HOLTER_TOKEN hand over one of POST /api/v1/tokens; for a server on this machine --config names "
      "its data directory, which holds one";
  return token_.empty() ? fmt::format("there is no token: {}; {}", no_token_, kHow)
                        : fmt::format("the server does not know this token; {}", kHow);
}

}  // namespace holter::app
