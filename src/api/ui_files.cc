#include "api/ui_files.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <zlib.h>

#include "base/check.h"

namespace holter::api {
namespace {

constexpr std::string_view kSections[] = {"alerting", "charts",   "definitions",   "incidents",    "login",
                                          "memory",   "monitors", "notifications", "reset",        "settings",
                                          "setup",    "start",    "status",        "status-pages", "wall"};
constexpr int kAsGzip = 16;
constexpr std::size_t kStateBytes = 48 * 1024;  // zlib.h: inflate needs the window of 32 KiB, and about 7 KiB

}  // namespace

const UiFile* find_ui_file(std::string_view path) {
  auto files = ui_files();
  auto found = std::ranges::lower_bound(files, path, {}, &UiFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

bool is_ui_section(std::string_view segment) {
  return std::ranges::find(kSections, segment) != std::end(kSections);
}

void unpack(const UiFile& file, memory::Account& account, Body& out) {
  auto state = account.reserve(kStateBytes);
  z_stream z{};
  if (!state || !out.reserve(file.plain_bytes) || inflateInit2(&z, MAX_WBITS + kAsGzip) != Z_OK) {
    out.refuse("no memory to unpack a file of the web interface");
    return;
  }
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.packed.data()));  // NOLINT: zlib reads only
  z.avail_in = static_cast<uInt>(file.packed.size());
  std::array<char, 4096> piece;  // NOLINT: zlib fills it
  int done = Z_OK;
  while (done == Z_OK && !out.refused()) {
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = piece.size();
    done = inflate(&z, Z_NO_FLUSH);
    out.append({piece.data(), piece.size() - z.avail_out});
  }
  inflateEnd(&z);
  CHECK(out.refused() || done == Z_STREAM_END);  // the build packed it
}

}  // namespace holter::api
