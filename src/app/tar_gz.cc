#include "app/tar_gz.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holter::app {
namespace {

Error conflict(const std::string& path) {
  return {ErrorCode::kConflict, fmt::format("cannot write {}: there is such a file", path)};
}

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

Error TarGz::failed(std::string_view why) const {
  return {ErrorCode::kIo, fmt::format("cannot write {}: {}", path_, why)};
}

Result<TarGz> TarGz::create(const std::string& path) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) == 0) return conflict(path);
  auto part = path + ".part";
  int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  TarGz file(path, fd, archive_write_new());
  if (file.out_ == nullptr) return Error(ErrorCode::kResourceExhausted, "cannot write an archive: no memory for it");
  if (archive_write_add_filter_gzip(file.out_) != ARCHIVE_OK ||
      archive_write_set_format_pax_restricted(file.out_) != ARCHIVE_OK ||
      archive_write_open_fd(file.out_, fd) != ARCHIVE_OK)
    return file.failed(archive_error_string(file.out_));
  return file;
}

TarGz::TarGz(TarGz&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      fd_(std::exchange(other.fd_, -1)),
      out_(std::exchange(other.out_, nullptr)) {}

TarGz::~TarGz() {
  if (out_ != nullptr) archive_write_free(out_);
  if (fd_ >= 0) ::close(fd_);
  if (!path_.empty()) ::unlink(part().c_str());
}

Status TarGz::add(const std::string& name, std::string_view text, WallTime time) {
  std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  if (!entry) return Error(ErrorCode::kResourceExhausted, "cannot write an archive: no memory for it");
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  archive_entry_set_mtime(entry.get(), epoch_ms(time) / 1000, 0);
  if (archive_write_header(out_, entry.get()) != ARCHIVE_OK ||
      archive_write_data(out_, text.data(), text.size()) != static_cast<la_ssize_t>(text.size()))
    return failed(archive_error_string(out_) != nullptr ? archive_error_string(out_) : "it was cut off");
  return {};
}

Status TarGz::finish() {
  if (archive_write_close(out_) != ARCHIVE_OK) return failed(archive_error_string(out_));
  if (::fsync(fd_) != 0) return failed(std::strerror(errno));
  // Unlike rename(), link() never replaces a file.
  if (::link(part().c_str(), path_.c_str()) == 0) return {};
  return errno == EEXIST ? conflict(path_) : failed(std::strerror(errno));
}

}  // namespace holter::app
