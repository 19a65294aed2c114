#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collect/coro_probe.h"
#include "collect/raw_table.h"
#include "memory/account.h"
#include "net/http.h"

namespace holter::collect::http {

/// What the parsers get.
struct Answer {
  const net::HttpResponse& response;
  const std::vector<std::string>& aliases;
  std::size_t keyword_count = 0;
  double response_time_ms = 0;
  memory::Account& account;  ///< for what parsing needs besides the table
};

/// One row: statusCode, responseTime, keyword (names ignoring case).
Outcome parse_website(const Answer& answer, RawTable& table);
/// One row: an alias is the name of a header, ignoring case; the first of several counts.
Outcome parse_header(const Answer& answer, RawTable& table);
/// JSON of at most 64 levels: a row per object of an array, or one for an object; an alias is a top-level key with a
/// scalar value. The document may take 16 MiB in memory, all of it charged: 4 MiB of "[[],[],..." would take 40 MiB.
Outcome parse_default(const Answer& answer, RawTable& table);

/// Non-overlapping matches of the regular expression `pattern` in `text`; 0 for an empty or wrong one, as the format
/// has it. In linear time, and in 256 KiB at most.
std::size_t count_matches(const std::string& pattern, std::string_view text);
/// Why `pattern` is wrong, or empty.
std::string fault_of_pattern(const std::string& pattern);

}  // namespace holter::collect::http
