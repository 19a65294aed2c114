#include "collect/protocols/jdbc/clickhouse.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/web_exchange.h"
#include "net/http.h"

namespace holter::collect::jdbc {
namespace {

constexpr std::string_view kFormat = "TabSeparatedWithNames";
constexpr int kReadonly = 164;  // of the server's codes

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) != 0)
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  }
  return out;
}

/// The server's words, without its version and stack.
std::string words(std::string_view body) {
  while (!body.empty() && (body.back() == '\n' || body.back() == ' ')) body.remove_suffix(1);
  return excerpt(body.substr(0, body.find('\n')), 300);
}

/// The number behind "Code: ", with which the server's refusals begin; 0 when there is none.
int code_of(std::string_view body) {
  constexpr std::string_view kBegin = "Code: ";
  if (!body.starts_with(kBegin)) return 0;
  int code = 0;
  std::from_chars(body.data() + kBegin.size(), body.data() + body.size(), code);
  return code;
}

Status check(const net::HttpResponse& response) {
  bool ours = std::ranges::any_of(response.headers, [](const auto& header) {
    return header.first.size() > 12 && same_text(std::string_view(header.first).substr(0, 12), "X-ClickHouse");
  });
  int code = code_of(response.body);
  if (!ours && code == 0)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the answer: its headers are none of ClickHouse; status {}, it begins '{}'",
                             response.status, web::beginning_of(response)));
  if (response.status == 200 && code == 0) return {};
  // AUTHENTICATION_FAILED, WRONG_PASSWORD, UNKNOWN_USER, REQUIRED_PASSWORD
  bool password = response.status == 401 || code == 516 || code == 193 || code == 192 || code == 194;
  return Error(password ? ErrorCode::kUnauthenticated : ErrorCode::kInvalidArgument,
               fmt::format("cannot {}: status {}, {}", password ? "log in" : "run the query", response.status,
                           words(response.body)));
}

/// With GET the server lets nothing be written. `limits`: with bounds on time and rows, which a user of a read-only
/// profile may not set.
net::HttpRequest request_of(const Target& target, const std::string& sql, std::size_t rows, bool limits) {
  net::HttpRequest request;
  request.url = fmt::format("{}://{}/?default_format={}&query={}", target.tls ? "https" : "http", target.name(),
                            kFormat, percent_encoded(sql));
  if (!target.database.empty()) request.url += "&database=" + target.database;  // of letters that a URL can hold
  if (limits)
    request.url += fmt::format("&max_execution_time={}&max_result_rows={}&result_overflow_mode=break",
                               std::max<std::int64_t>(target.timeout.count() / 1000, 1), rows);
  request.headers = {{"X-ClickHouse-User", target.user.empty() ? "default" : target.user}};
  if (!target.password.empty()) request.headers.emplace_back("X-ClickHouse-Key", target.password);
  request.verify_tls = target.verify_tls;
  request.ca_file = target.ca_file;
  request.max_redirects = 0;
  request.max_body_bytes = RawTable::kMaxTextBytes;
  return request;
}

boost::asio::awaitable<Result<net::HttpResponse>> fetch(Attempt* attempt, net::HttpRequest request) {
  request.reserve = attempt->reserve_account();
  if (attempt->traced()) request.on_step = [attempt](std::string_view what) { attempt->step(what); };
  co_return co_await attempt->services().http.fetch(std::move(request), attempt->deadline());
}

}  // namespace

boost::asio::awaitable<Status> ask_clickhouse(Attempt* attempt, const Target* target, const std::string* sql,
                                              Rows* rows) {
  CO_TRY(auto response, co_await fetch(attempt, request_of(*target, *sql, rows->most(), true)));
  if (code_of(response.body) == kReadonly) {
    attempt->step("the user may set no limits; asking without");
    CO_TRY(response, co_await fetch(attempt, request_of(*target, *sql, rows->most(), false)));
  }
  attempt->note_held(CoroProbe::kRunningBytes + response.reserved.bytes());
  CO_TRY_OK(check(response));
  // An exception after the first rows stands in the body, behind them, with status 200.
  if (auto at = response.body.rfind("\nCode: "); at != std::string::npos && response.body.contains("DB::Exception"))
    co_return Error(ErrorCode::kInvalidArgument,
                    fmt::format("cannot run the query: {}", words(std::string_view(response.body).substr(at + 1))));
  CO_TRY_OK(read_into(response.body, *rows));
  if (attempt->traced()) attempt->step(fmt::format("read {} rows", rows->count()));
  co_return Status();
}

}  // namespace holter::collect::jdbc
