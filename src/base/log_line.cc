#include "base/log_line.h"

#include <ctime>

#include <fmt/format.h>

#include "base/utf8.h"

namespace holter::log {
namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
    case Level::kOff:
      break;
  }
  return "off";
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  auto ms = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  auto rest = ((ms % 1000) + 1000) % 1000;
  auto second = static_cast<std::time_t>((ms - rest) / 1000);
  std::tm utc{};
  gmtime_r(&second, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, rest);
}

/// Both JSON and Go know \n, \t and \u00XX; quotes need a backslash only between quotes.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  std::string scratch;
  for (char c : as_utf8(text, scratch)) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    else if (quoted && (c == '"' || c == '\\'))
      (out += '\\') += c;
    else
      out += c;
  }
}

}  // namespace

std::string line(Format format, std::chrono::system_clock::time_point time, Level level, std::string_view folder,
                 std::string_view message) {
  std::string out;
  switch (format) {
    case Format::kText:
      out = fmt::format("{} {} {}: ", rfc3339(time), name_of(level), folder);
      append_escaped(out, message, false);
      return out;
    case Format::kLogfmt:
      out = fmt::format("time={} level={} where={} msg=\"", rfc3339(time), name_of(level), folder);
      append_escaped(out, message, true);
      return out += '"';
    case Format::kJson:
      out = fmt::format(R"({{"time":"{}","level":"{}","where":"{}","msg":")", rfc3339(time), name_of(level), folder);
      append_escaped(out, message, true);
      return out += "\"}";
  }
  return out;
}

}  // namespace holter::log
