#include "app/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holter::app {
namespace {

Error cannot_write(const std::string& path) {
  return {ErrorCode::kIo, fmt::format("cannot write {}: {}", path, std::strerror(errno))};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Status write_output(const std::string& path, std::string_view text, bool replace) {
  auto scratch = path + ".XXXXXX";
  int file = ::mkostemp(scratch.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return cannot_write(path);
  bool written = write_all(file, text) && ::fsync(file) == 0;
  written = ::close(file) == 0 && written;
  // link() does not replace, rename() does.
  int moved = !written ? -1 : replace ? ::rename(scratch.c_str(), path.c_str()) : ::link(scratch.c_str(), path.c_str());
  bool exists = written && moved != 0 && errno == EEXIST;
  auto failure = cannot_write(path);
  if (!replace || moved != 0) ::unlink(scratch.c_str());
  if (exists)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot write {}: it is there already (--force replaces it)", path));
  return moved == 0 ? Status{} : Status(failure);
}

}  // namespace holter::app
