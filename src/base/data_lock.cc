#include "base/data_lock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"

namespace holter {
namespace {

constexpr std::size_t kMostBytes = 512;

std::string path_in(const std::string& data_dir) {
  return data_dir + "/serve.lock";
}

Error failed(const char* verb, const std::string& data_dir) {
  return {ErrorCode::kIo, fmt::format("cannot {} {}: {}", verb, path_in(data_dir), std::strerror(errno))};
}

struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// What stands behind "<key> " in a line of its own; foreign bytes made fit for a message.
std::string value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(key) && line.substr(key.size()).starts_with(' '))
      return excerpt(line.substr(key.size() + 1), 300);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

DataLock::Holder read_holder(int fd) {
  std::array<char, kMostBytes> buffer;
  auto text = read_proc(fd, buffer);
  return {static_cast<std::int64_t>(proc_field(text, "pid").value_or(0)), value_of(text, "url")};
}

/// What a command of root makes must be the service's own.
void give_to_owner_of(const std::string& directory, int fd) {
  struct stat about{};
  if (::geteuid() != 0 || ::stat(directory.c_str(), &about) != 0) return;
  if (::fchown(fd, about.st_uid, about.st_gid) != 0) return;  // then the service says that it may not open it
}

Status write_whole(int fd, const std::string& text, const std::string& what) {
  if (::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
    return {};
  return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", what, std::strerror(errno)));
}

}  // namespace

Result<DataLock> DataLock::take(const std::string& data_dir) {
  Descriptor file(::open(path_in(data_dir).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("open", data_dir);
  give_to_owner_of(data_dir, file.get());
  auto lock = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return failed("lock", data_dir);
    auto who = read_holder(file.get());
    return Error(ErrorCode::kUnavailable, fmt::format("cannot use the data directory {}: another process{} uses it",
                                                      data_dir, who.pid > 0 ? fmt::format(" (pid {})", who.pid) : ""));
  }
  TRY_OK(write_whole(file.get(), fmt::format("pid {}\n", ::getpid()), path_in(data_dir)));
  return DataLock(std::move(file));
}

Result<std::optional<DataLock::Holder>> DataLock::holder(const std::string& data_dir) {
  Descriptor file(::open(path_in(data_dir).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::optional<Holder>();
  if (!file) return failed("open", data_dir);
  auto lock = whole_file();  // looked at, not taken: a server that starts just now is not in its way
  if (::fcntl(file.get(), F_OFD_GETLK, &lock) != 0) return failed("look at the lock of", data_dir);
  if (lock.l_type == F_UNLCK) return std::optional<Holder>();
  return std::optional(read_holder(file.get()));
}

Status DataLock::announce(const std::string& url) {
  return write_whole(file_.get(), fmt::format("pid {}\nurl {}\n", ::getpid(), url), "the lock's file");
}

}  // namespace holter
