#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::collect::nginx {

/// The figures of stub_status (ngx_http_stub_status_module), by name: active, accepts, handled, requests, reading,
/// writing, waiting. Errors: kProtocolViolation for a page that is another.
using Figures = std::vector<std::pair<std::string, std::string_view>>;
Result<Figures> parse_stub_status(std::string_view page);

/// The rows of the page of the third-party module ngx_req_status: a heading, and lines of eight columns. The views
/// point into the page. Errors: kProtocolViolation, kTooLarge for more than 10,000 rows.
struct ReqRow {
  std::string_view columns[8];
};
inline constexpr std::string_view kReqColumns[] = {"zone_name", "key",      "max_active", "max_bw",
                                                   "traffic",   "requests", "active",     "bandwidth"};
Result<std::vector<ReqRow>> parse_req_status(std::string_view page);

}  // namespace holter::collect::nginx
