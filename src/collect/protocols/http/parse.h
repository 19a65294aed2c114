#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collect/coro_probe.h"
#include "collect/raw_table.h"
#include "net/http.h"

namespace re2 {
class RE2;
}

namespace holter::collect::http {

/// What the parsers get.
struct Answer {
  const net::HttpResponse& response;
  const std::vector<std::string>& aliases;
  std::size_t keyword_count = 0;
  double response_time_ms = 0;
};

/// One row: statusCode, responseTime, keyword (names ignoring case).
Outcome parse_website(const Answer& answer, RawTable& table);
/// One row: an alias is the name of a header, ignoring case; the first of several counts.
Outcome parse_header(const Answer& answer, RawTable& table);
/// JSON: a row per object of an array, or one for an object; an alias is a top-level key with a scalar value.
Outcome parse_default(const Answer& answer, RawTable& table);

/// Non-overlapping matches of `pattern` in `text`.
std::size_t count_matches(const re2::RE2& pattern, std::string_view text);

}  // namespace holter::collect::http
