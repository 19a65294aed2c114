#include "secrets/key_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc_file.h"

namespace holter::secrets {
namespace {

constexpr std::string_view kFirstLine = "holter-keys 1\n";
constexpr std::size_t kChecksumBytes = 16;

Error corrupt(std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("cannot understand it as a file of keys: {}", why)};
}

std::string checksum(std::string_view text) {
  std::array<std::uint8_t, kChecksumBytes> hash;
  blake2b("holter key file", as_bytes(text), hash);
  return to_hex(hash);
}

/// Takes the next line off `text`; nothing when it has no end.
std::optional<std::string_view> take_line(std::string_view& text) {
  auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// The whole file, at most kMostKeyFileBytes.
Result<SecretText> read_all(int fd, const std::string& path) {
  SecretText buffer(kMostKeyFileBytes + 1);
  std::size_t size = 0;
  while (size < buffer.size()) {
    auto n = ::read(fd, buffer.chars().data() + size, buffer.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error(ErrorCode::kIo, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (n == 0) return SecretText(buffer.view().substr(0, size));
    size += static_cast<std::size_t>(n);
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use {} for keys: it is longer than {} bytes", path, kMostKeyFileBytes));
}

Error unfit(const std::string& path, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use {} for keys: {}", path, why)};
}

bool same_keys(const Keys& a, const Keys& b) {
  return std::ranges::equal(
      a, b, {}, [](const auto& key) { return key->id(); }, [](const auto& key) { return key->id(); });
}

}  // namespace

SecretText print_keys(const Keys& keys) {
  SecretText text(kMostKeyFileBytes);
  std::size_t size = 0;
  auto add = [&](std::string_view part) {
    std::ranges::copy(part, text.chars().begin() + static_cast<std::ptrdiff_t>(size));
    size += part.size();
  };
  add(kFirstLine);
  for (const auto& key : keys) {
    add("key ");
    add(to_text(key->id()));
    add(" ");
    add(key->to_base64().view());
    add("\n");
  }
  auto end = checksum(text.view().substr(0, size));
  add("end ");
  add(end);
  add("\n");
  return SecretText(text.view().substr(0, size));
}

Result<Keys> parse_keys(std::string_view text) {
  if (text.size() > kMostKeyFileBytes) return corrupt(fmt::format("it is longer than {} bytes", kMostKeyFileBytes));
  if (!text.starts_with(kFirstLine)) return corrupt("its first line is another one");
  auto rest = text.substr(kFirstLine.size());
  Keys keys;
  while (rest.starts_with("key ")) {
    auto line = take_line(rest);
    constexpr std::size_t kIdEnds = 4 + 16, kLineEnds = kIdEnds + 1 + 44;
    if (!line || line->size() != kLineEnds || (*line)[kIdEnds] != ' ') return corrupt("a line is torn");
    auto id = parse_key_id(line->substr(4, 16));
    auto key = SecretKey::from_base64(line->substr(kIdEnds + 1));
    if (!key && key.error().code() == ErrorCode::kResourceExhausted) return std::move(key).error();
    if (!id || !key || key->id() != *id) return corrupt("a key does not go with its id");
    if (auto added = append(keys, std::move(*key)); !added) return corrupt(added.error().message());
  }
  auto summed = text.substr(0, text.size() - rest.size());
  auto last = take_line(rest);
  if (!last || !last->starts_with("end ")) return corrupt("its last line is missing");
  if (last->substr(4) != checksum(summed)) return corrupt("its checksum does not match");
  if (!rest.empty()) return corrupt("something stands after its last line");
  if (keys.empty()) return corrupt("it has no key");
  return keys;
}

Error KeyFile::failed(std::string_view verb) const {
  return {ErrorCode::kIo, fmt::format("cannot {} {}: {}", verb, path_, std::strerror(errno))};
}

Result<std::optional<Keys>> KeyFile::read() const {
  Descriptor fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd && errno == ELOOP)
    return unfit(path_, "it is a symbolic link; remove it, and set HOLTER_SECRET_KEY_FILE to a file elsewhere");
  struct stat about{};
  if (!fd || ::fstat(fd.get(), &about) != 0) return failed("read");
  if (!S_ISREG(about.st_mode)) return unfit(path_, "it is no regular file");
  // Root may use what is the folder's owner's: commands beside a service that is not root.
  struct stat folder{};
  bool of_service = ::geteuid() == 0 && ::stat(folder_path().c_str(), &folder) == 0 && folder.st_uid == about.st_uid;
  if (about.st_uid != ::geteuid() && about.st_uid != 0 && !of_service)
    return unfit(path_, fmt::format("it belongs to user {}, this process is user {}: change its owner", about.st_uid,
                                    ::geteuid()));
  if ((about.st_mode & 077) != 0)
    return unfit(path_, fmt::format("its mode is {:04o}, so that others may use it: run chmod 600 {}, and if somebody "
                                    "may have read it, make a new key and seal all anew",
                                    about.st_mode & 07777, path_));
  TRY(auto text, read_all(fd.get(), path_));
  auto keys = parse_keys(text.view());
  if (keys) return std::optional(std::move(*keys));
  auto error = std::move(keys).error();
  if (error.code() != ErrorCode::kCorruption) return error;
  return Error(ErrorCode::kCorruption,
               fmt::format("{}: {}; put it back from a backup, or, if nothing has been sealed by it, remove it", path_,
                           error.message()));
}

Status KeyFile::create(const Keys& keys) const {
  return write(keys, nullptr);
}

Status KeyFile::replace(const Keys& before, const Keys& after) const {
  return write(after, &before);
}

std::string KeyFile::folder_path() const {
  auto slash = path_.rfind('/');
  return slash == std::string::npos ? std::string(".") : path_.substr(0, slash + 1);
}

Status KeyFile::write(const Keys& keys, const Keys* before) const {
  Descriptor folder(::open(folder_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failed("open the folder of");
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock the folder of");
    return Error(ErrorCode::kUnavailable, fmt::format("cannot write {}: another process does", path_));
  }
  if (before != nullptr) {
    TRY(auto now, read());
    if (!now || !same_keys(*now, *before))
      return Error(ErrorCode::kUnavailable,
                   fmt::format("cannot change {}: another process has changed it meanwhile; start again", path_));
  }
  auto written = write_fresh(keys);
  if (written) written = put_in_place(before == nullptr);
  if (!written) {
    ::unlink(fresh_path().c_str());
    return written;
  }
  if (::fsync(folder.get()) != 0) return failed("sync the folder of");
  return {};
}

Status KeyFile::write_fresh(const Keys& keys) const {
  // One that was killed may have left its own behind; the lock says that nobody is at work on it.
  if (::unlink(fresh_path().c_str()) != 0 && errno != ENOENT)
    return failed("remove what is left of an older change to");
  Descriptor fd(::open(fresh_path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failed("create a file beside");
  // A command of root must not take the keys from the service, which has the folder.
  struct stat folder{};
  if (::geteuid() == 0 &&
      (::stat(folder_path().c_str(), &folder) != 0 || ::fchown(fd.get(), folder.st_uid, folder.st_gid) != 0))
    return failed("set the owner of a file beside");
  auto text = print_keys(keys);
  if (!write_all(fd.get(), text.view()) || ::fsync(fd.get()) != 0) return failed("write a file beside");
  return {};
}

Status KeyFile::put_in_place(bool is_new) const {
  if (!is_new) return ::rename(fresh_path().c_str(), path_.c_str()) == 0 ? Status() : Status(failed("replace"));
  // Unlike rename(), link() never replaces a file.
  if (::link(fresh_path().c_str(), path_.c_str()) != 0) {
    if (errno != EEXIST) return failed("create");
    return Error(ErrorCode::kUnavailable, fmt::format("cannot create {}: it is there already", path_));
  }
  if (::unlink(fresh_path().c_str()) != 0) return failed("remove the second name of");
  return {};
}

Result<Keys> read_key_list(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about{};
  if (!fd || ::fstat(fd.get(), &about) != 0)
    return Error(ErrorCode::kIo, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  if (!S_ISREG(about.st_mode)) return unfit(path, "it is no regular file");
  if ((about.st_mode & 002) != 0) return unfit(path, "others may write it");
  TRY(auto text, read_all(fd.get(), path));
  auto keys = parse_key_list(text.view());
  if (!keys) return std::move(keys).error().with_context(path);
  return keys;
}

}  // namespace holter::secrets
