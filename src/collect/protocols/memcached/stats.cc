#include "collect/protocols/memcached/stats.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/stream_probe.h"

namespace holter::collect::memcached {

bool is_error(std::string_view line) {
  return line == "ERROR" || line.starts_with("CLIENT_ERROR") || line.starts_with("SERVER_ERROR");
}

bool ends_answer(std::string_view line) {
  return line == "END" || is_error(line);
}

Result<Pairs> parse_stats(std::string_view text) {
  constexpr std::string_view kMark = "STAT ";
  Pairs pairs;
  std::size_t lines = 0;
  auto keep = [&pairs](std::string_view key, std::string_view value, bool last_wins) {
    auto known = std::ranges::find(pairs, key, &Pairs::value_type::first);
    if (known == pairs.end())
      pairs.emplace_back(key, value);
    else if (last_wins)
      known->second = value;
  };
  while (!text.empty()) {
    auto line = next_line(text);
    if (++lines > kMostLines)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read the statistics: more than {} lines", kMostLines));
    if (line.empty() || line == "END") continue;
    if (!line.starts_with(kMark))
      return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read the statistics: '{}'", excerpt(line)));
    line.remove_prefix(kMark.size());
    auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    auto key = line.substr(0, blank);
    auto value = line.substr(blank + 1);
    if (key.find_first_not_of("0123456789") == std::string_view::npos && !key.empty()) {
      keep("item_size", key, true);
      keep("item_count", value, true);
    } else {
      keep(key, value, false);
    }
  }
  return pairs;
}

}  // namespace holter::collect::memcached
