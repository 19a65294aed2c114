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

bool has_header(const net::HttpRequest& request, std::string_view name) {
  return std::ranges::any_of(request.headers, [name](const auto& header) { return same_text(header.first, name); });
}

}  // namespace

Result<Plan> make_plan(const model::Node& block, std::string_view accept) {
  Plan plan;
  TRY(auto origin, web::origin_of(block));
  plan.host = std::move(origin.host);
  auto& request = plan.request;
  request.method = trim(block.text_or("method", "GET"));
  std::ranges::transform(request.method, request.method.begin(), [](unsigned char c) { return std::toupper(c); });
  if (std::ranges::find(kMethods, request.method) == std::end(kMethods))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the method '{}': GET, POST, PUT, DELETE, PATCH or HEAD is needed",
                             excerpt(request.method)));
  bool encode = encodes(block);
  request.url = fmt::format("{}://{}{}", origin.scheme, plan.host, path_of(block, encode));
  request.max_body_bytes = web::kMaxBody;
  request.verify_tls = !same_text(trim(block.text_or("verifyTls", "true")), "false");
  if (has_payload(request.method)) request.body = block.text_or("payload");
  plan.success_codes = web::success_codes(block);
  TRY_OK(web::add_headers(block, request));
  request.headers.emplace_back("Accept", accept);
  if (!request.body.empty() && !has_header(request, "Content-Type"))
    request.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");

  auto params = params_of(block);
  auto expression = [&](const std::string& text) { return has_time_expression(text); };
  if (expression(request.body) || std::ranges::any_of(params, expression, &Params::value_type::second)) {
    for (const auto& [name, value] : params) warn_of_expressions(value, plan.host);
    warn_of_expressions(request.body, plan.host);
    plan.timed = std::make_unique<const Plan::Timed>(
        Plan::Timed{std::exchange(request.url, {}), std::move(params), encode, std::exchange(request.body, {})});
  } else {
    append_params(request.url, params, encode);
  }
  return plan;
}

net::HttpRequest Plan::request_at(WallTime now) const {
  auto made = request;
  if (!timed) return made;
  made.url = timed->url;
  auto params = timed->params;
  for (auto& [name, value] : params) value = evaluate_time_expressions(value, now);
  append_params(made.url, params, timed->encode);
  made.body = evaluate_time_expressions(timed->body, now);
  return made;
}

std::size_t Plan::bytes() const {
  auto pairs = [](const Params& list) {
    std::size_t total = list.capacity() * sizeof(Params::value_type);
    for (const auto& [name, value] : list) total += name.capacity() + value.capacity();
    return total;
  };
  auto total = request.url.capacity() + request.body.capacity() + request.user.capacity() +
               request.password.capacity() + pairs(request.headers) + host.capacity() +
               success_codes.capacity() * sizeof(int);
  if (timed) total += sizeof(Timed) + timed->url.capacity() + timed->body.capacity() + pairs(timed->params);
  return total;
}

}  // namespace holter::collect::http
