#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/log.h"

namespace holter::log {

/// One line of the log without its end, whatever `message` holds: control characters are escaped and stray bytes become
/// U+FFFD, so that nobody who is quoted in a message can begin a line of his own or steer a terminal.
///   text    <RFC 3339 time> <level> <folder>: <message>
///   logfmt  time=<time> level=<level> where=<folder> msg="<message>"   (Go's syntax of strings)
///   json    {"time":"<time>","level":"<level>","where":"<folder>","msg":"<message>"}   (RFC 8259)
/// Throws std::bad_alloc.
std::string line(Format format, std::chrono::system_clock::time_point time, Level level, std::string_view folder,
                 std::string_view message);

}  // namespace holter::log
