#include "collect/protocols/telnet/parse.h"

#include <algorithm>

#include <fmt/format.h>

namespace holter::collect::telnet {

Result<std::vector<std::optional<std::string_view>>> find_values(std::string_view answer, std::string_view app,
                                                                 const std::vector<std::string>& aliases) {
  std::vector<std::optional<std::string_view>> values(aliases.size());
  char separator = 0;
  std::size_t lines = 0;
  while (!answer.empty()) {
    auto line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++lines > kMaxLines)
      return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read the answer: more than {} lines", kMaxLines));
    if (lines == 1 && app == "zookeeper" && line == "Environment:") continue;
    if (separator == 0) separator = line.find('=') != std::string_view::npos ? '=' : '\t';
    auto at = line.find(separator);
    if (at == std::string_view::npos) continue;
    auto key = line.substr(0, at);
    for (std::size_t i = 0; i < aliases.size(); ++i)
      if (aliases[i] == key && !values[i]) values[i] = line.substr(at + 1);
  }
  return values;
}

}  // namespace holter::collect::telnet
