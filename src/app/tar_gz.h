#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

struct archive;

namespace holter::app {

/// Writes a .tar.gz (POSIX.1-2001, pax; RFC 1952) of texts. The file has its name only once it is complete; without
/// finish() nothing is left behind. Blocks.
class TarGz {
 public:
  /// Errors: kConflict when there is such a file; kIo.
  static Result<TarGz> create(const std::string& path);
  TarGz(TarGz&& other) noexcept;
  TarGz& operator=(TarGz&&) = delete;
  ~TarGz();

  /// A regular file of mode 0600. Errors: kIo.
  Status add(const std::string& name, std::string_view text, WallTime time);
  /// Errors: kIo, kConflict.
  Status finish();

 private:
  TarGz(std::string path, int fd, struct archive* out) : path_(std::move(path)), fd_(fd), out_(out) {}
  std::string part() const { return path_ + ".part"; }
  Error failed(std::string_view why) const;

  std::string path_;  ///< empty: nothing to be cleaned up
  int fd_ = -1;
  struct archive* out_ = nullptr;
};

}  // namespace holter::app
