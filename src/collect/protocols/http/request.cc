#include "collect/protocols/http/request.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/http/time_expression.h"
#include "collect/web_request.h"

namespace holter::collect::http {
namespace {

using web::percent_encode;
using web::trim;
using web::UrlPart;
using Params = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"};

bool has_payload(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

/// `url` with a slash in front, its path and query encoded.
std::string path_of(const model::Node& block, bool encode) {
  auto url = trim(block.text_or("url"));
  auto question = url.find('?');
  std::string path(url.substr(0, question));
  if (!path.starts_with('/')) path.insert(0, "/");
  if (encode) path = percent_encode(path, UrlPart::kPath);
  if (question == std::string_view::npos) return path;
  auto query = url.substr(question + 1);
  return path + "?" + (encode ? percent_encode(query, UrlPart::kQuery) : std::string(query));
}

Params params_of(const model::Node& block) {
  Params params;
  if (const auto* given = block.find("params"); given != nullptr)
    for (std::size_t i = 0; i < given->keys.size(); ++i)
      if (!trim(given->keys[i]).empty()) params.emplace_back(given->keys[i], given->items[i].text);
  return params;
}

/// Names without a value stand alone.
void append_params(std::string& url, const Params& params, bool encode) {
  auto part = [encode](std::string_view text) {
    return encode ? percent_encode(text, UrlPart::kQueryParam) : std::string(text);
  };
  for (const auto& [name, value] : params) {
    auto question = url.find('?');
    if (question == std::string::npos)
      url += '?';
    else if (question + 1 != url.size())
      url += '&';
    url += part(name);
    if (!trim(value).empty()) url += "=" + part(value);
  }
}

/// On by default; a parameter without a value turns it off (definition format, section 1.7).
bool encodes(const model::Node& block) {
  const auto* given = block.find("enableUrlEncoding");
  return given == nullptr || web::is_true(given->text);
}

void warn_of_expressions(std::string_view text, std::string_view host) {
  if (auto fault = fault_of_time_expressions(text); !fault.empty())
    log::warning("collect", "{} (asking {}; it is sent as it is)", fault, host);
}

bool has_header(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name) {
  return std::ranges::any_of(headers, [name](const auto& header) { return same_text(header.first, name); });
}

}  // namespace

Result<Plan> Plan::make(const model::Node& block, std::string_view accept) {
  Plan plan;
  Rest rest;
  plan.accept_ = accept;
  TRY(auto origin, web::origin_of(block));
  std::string method(trim(block.text_or("method", "GET")));
  std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto* known = std::ranges::find(kMethods, std::string_view(method));
  if (known == std::end(kMethods))
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot use the method '{}': GET, POST, PUT, DELETE, PATCH or HEAD is needed", excerpt(method)));
  plan.method_ = static_cast<std::uint8_t>(known - kMethods);
  rest.encode = encodes(block);
  plan.url_ = fmt::format("{}://{}{}", origin.scheme, origin.host, path_of(block, rest.encode));
  plan.host_begin_ = static_cast<std::uint16_t>(origin.scheme.size() + 3);
  plan.host_length_ = static_cast<std::uint16_t>(origin.host.size());
  plan.verify_tls_ = !same_text(trim(block.text_or("verifyTls", "true")), "false");
  if (has_payload(method)) rest.body = block.text_or("payload");
  if (auto codes = web::success_codes(block); codes != std::vector{200}) rest.success_codes = std::move(codes);
  net::HttpRequest given;
  TRY_OK(web::add_headers(block, given));
  rest.headers.assign(std::make_move_iterator(given.headers.begin() + 1),  // but User-Agent
                      std::make_move_iterator(given.headers.end()));
  rest.auth = given.auth;
  rest.user = std::move(given.user);
  rest.password = std::move(given.password);

  rest.params = params_of(block);
  auto expression = [](const std::string& text) { return has_time_expression(text); };
  rest.timed = expression(rest.body) || std::ranges::any_of(rest.params, expression, &Params::value_type::second);
  if (rest.timed) {
    for (const auto& [name, value] : rest.params) warn_of_expressions(value, origin.host);
    warn_of_expressions(rest.body, origin.host);
  } else {
    append_params(plan.url_, rest.params, rest.encode);
    rest.params.clear();
  }
  plan.url_.shrink_to_fit();
  bool plain = rest.headers.empty() && rest.body.empty() && rest.auth == net::HttpRequest::Auth::kNone &&
               rest.success_codes.empty() && !rest.timed;
  if (!plain) plan.rest_ = std::make_unique<const Rest>(std::move(rest));
  return plan;
}

std::span<const int> Plan::success_codes() const {
  static constexpr int kOk[] = {200};
  if (rest_ == nullptr || rest_->success_codes.empty()) return kOk;
  return rest_->success_codes;
}

net::HttpRequest Plan::request_at(WallTime now) const {
  net::HttpRequest made{.method = std::string(kMethods[method_]), .url = url_, .max_body_bytes = web::kMaxBody};
  made.verify_tls = verify_tls_;
  made.headers.reserve(3 + (rest_ != nullptr ? rest_->headers.size() : 0));
  made.headers.emplace_back("User-Agent", web::user_agent());
  if (rest_ != nullptr) {
    made.headers.insert(made.headers.end(), rest_->headers.begin(), rest_->headers.end());
    made.body = rest_->timed ? evaluate_time_expressions(rest_->body, now) : rest_->body;
    made.auth = rest_->auth;
    made.user = rest_->user;
    made.password = rest_->password;
    auto params = rest_->params;
    for (auto& [name, value] : params) value = evaluate_time_expressions(value, now);
    append_params(made.url, params, rest_->encode);
  }
  made.headers.emplace_back("Accept", accept_);
  if (!made.body.empty() && !has_header(made.headers, "Content-Type"))
    made.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
  return made;
}

std::size_t Plan::bytes() const {
  auto pairs = [](const Pairs& list) {
    std::size_t total = list.capacity() * sizeof(Pairs::value_type);
    for (const auto& [name, value] : list) total += name.capacity() + value.capacity();
    return total;
  };
  auto total = url_.capacity();
  if (rest_ == nullptr) return total;
  return total + sizeof(Rest) + pairs(rest_->headers) + pairs(rest_->params) + rest_->body.capacity() +
         rest_->user.capacity() + rest_->password.capacity() + rest_->success_codes.capacity() * sizeof(int);
}

}  // namespace holter::collect::http
