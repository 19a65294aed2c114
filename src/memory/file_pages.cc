#include "memory/file_pages.h"

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/mman.h>

#include "base/proc_file.h"

namespace holter::memory {
namespace {

struct Mapping {
  std::uintptr_t begin = 0, end = 0;
  bool of_file = false;  ///< of a file, and not to be written
  std::size_t resident = 0;
};

/// The first line of an entry: "7f00-7f10 r-xp 00000000 fe:01 1234   /usr/lib/libc.so.6"; nothing for another line.
bool read_head(std::string_view line, Mapping& mapping) {
  auto dash = line.find('-'), blank = line.find(' ');
  if (dash == std::string_view::npos || blank == std::string_view::npos || dash > blank) return false;
  auto number = [](std::string_view digits, std::uintptr_t& out) {
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
    return failure == std::errc{} && end == digits.data() + digits.size();
  };
  Mapping fresh;
  if (!number(line.substr(0, dash), fresh.begin) || !number(line.substr(dash + 1, blank - dash - 1), fresh.end))
    return false;
  auto rights = line.substr(blank + 1, 4);
  fresh.of_file = rights.size() == 4 && rights[0] == 'r' && rights[1] == '-' && rights[3] == 'p' &&
                  line.find('/') != std::string_view::npos;
  mapping = fresh;
  return true;
}

}  // namespace

Result<std::size_t> drop_file_pages() {
  std::ifstream file("/proc/self/smaps");
  if (!file) return Error(ErrorCode::kIo, "cannot read /proc/self/smaps");
  std::size_t dropped = 0;
  Mapping mapping;
  for (std::string line; std::getline(file, line);) {
    if (read_head(line, mapping)) continue;
    if (auto kib = proc_field(line, "Rss:")) mapping.resident = *kib * 1024;
    // Of this process's own: relocated or changed pages. Nothing but the file would bring them back.
    if (auto kib = proc_field(line, "Anonymous:"); kib && *kib == 0 && mapping.of_file && mapping.resident > 0) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are what the file has
      if (::madvise(reinterpret_cast<void*>(mapping.begin), mapping.end - mapping.begin, MADV_DONTNEED) == 0)
        dropped += mapping.resident;
    }
  }
  return dropped;
}

}  // namespace holter::memory
