#include "net/known_hosts.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"

namespace holter::net {
namespace {

constexpr std::size_t kMostLines = 50'000;
using Marker = KnownHostLine::Marker;

Error file_error(std::string_view what, const std::string& path) {
  return {ErrorCode::kIo, fmt::format("cannot {} the known hosts in {}: {}", what, path, std::strerror(errno))};
}

/// A descriptor that is closed.
struct File {
  explicit File(int descriptor) : fd(descriptor) {}
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const int fd;
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    auto wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

/// A fifo or a device in the file's place must not hold up a thread.
Result<std::string> read_file(int fd, const std::string& path, std::size_t most) {
  std::string text;
  while (true) {
    auto before = text.size();
    if (before > most)
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot read the known hosts in {}: more than {}", path, format_size(most)));
    text.resize(before + (64 << 10));
    auto got = ::read(fd, text.data() + before, text.size() - before);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) return file_error("read", path);
    if (got == 0) return text;
  }
}

}  // namespace

HostKeyPolicy host_key_policy_of(std::string_view text) {
  return text == "accept-new" ? HostKeyPolicy::kAcceptNew
         : text == "off"      ? HostKeyPolicy::kOff
                              : HostKeyPolicy::kStrict;
}

Status KnownHosts::take(std::string text, Stamp stamp) {
  text_ = std::move(text);
  lines_ = read_known_hosts(text_, kMostLines);
  stamp_ = stamp;
  charged_.reset();
  auto charged = account_.reserve(text_.capacity() + lines_.capacity() * sizeof(KnownHostLine));
  if (charged) {
    charged_ = std::move(*charged);
    return {};
  }
  lines_ = {};
  text_ = {};
  stamp_ = {};  // so that the file is read again
  return std::move(charged).error();
}

Status KnownHosts::refresh() {
  if (options_.path.empty()) return {};
  struct stat found{};
  if (::stat(options_.path.c_str(), &found) != 0) {
    if (errno != ENOENT) return file_error("read", options_.path);
    if (stamp_.size >= 0) return take({}, {});
    return {};
  }
  auto stamp_of = [](const struct stat& s) {
    return Stamp{s.st_mtim.tv_sec * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_size, s.st_ino};
  };
  if (stamp_of(found) == stamp_) return {};
  File file(::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0 || ::fstat(file.fd, &found) != 0) return file_error("read", options_.path);
  TRY(auto text, read_file(file.fd, options_.path, kMostBytes));
  return take(std::move(text), stamp_of(found));
}

Status KnownHosts::write(const std::string& text, Stamp* stamp) const {
  auto fresh = fmt::format("{}.new-{}", options_.path, ::getpid());
  struct stat written{};
  {
    File file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    // What is renamed before it is on the disk may be empty after a power failure, and every key would be new again.
    bool good =
        file.fd >= 0 && write_all(file.fd, text) && ::fdatasync(file.fd) == 0 && ::fstat(file.fd, &written) == 0;
    if (good && ::rename(fresh.c_str(), options_.path.c_str()) == 0) {
      *stamp = {written.st_mtim.tv_sec * 1'000'000'000 + written.st_mtim.tv_nsec, written.st_size, written.st_ino};
      return {};
    }
  }
  auto failure = file_error("write", options_.path);
  ::unlink(fresh.c_str());
  return failure;
}

Status KnownHosts::add(const std::string& line) {
  auto text = text_;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text += line;
  if (text.size() > kMostBytes || lines_.size() >= kMostLines)
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot remember a host key more: {} of {} bytes and {} of {} lines are in use",
                             text_.size(), kMostBytes, lines_.size(), kMostLines));
  Stamp stamp{0, static_cast<std::int64_t>(text.size()), 0};
  if (!options_.path.empty()) TRY_OK(write(text, &stamp));
  return take(std::move(text), stamp);
}

std::vector<std::string> KnownHosts::known_types(std::string_view host, std::uint16_t port) {
  std::vector<std::string> types;
  if (options_.policy == HostKeyPolicy::kOff) return types;
  auto name = known_host_name(host, port);
  std::scoped_lock lock(mutex_);
  if (!refresh()) return types;
  for (const auto& line : lines_)
    if (line.marker == Marker::kNone && names_match(line.names, name) &&
        std::ranges::find(types, line.type) == types.end())
      types.emplace_back(line.type);
  return types;
}

Status KnownHosts::check(std::string_view host, std::uint16_t port, std::string_view key) {
  if (options_.policy == HostKeyPolicy::kOff) return {};
  TRY(auto type, key_type_of(key));
  const auto name = known_host_name(host, port), text = to_base64(key);
  std::scoped_lock lock(mutex_);
  TRY_OK(refresh());
  bool same = false;
  std::string_view other;
  for (const auto& line : lines_) {
    if (line.marker == Marker::kAuthority || !names_match(line.names, name)) continue;
    if (line.marker == Marker::kRevoked && line.key == text)
      return Error(ErrorCode::kUnavailable, fmt::format("cannot trust {}: its key {} {} is marked as revoked",
                                                        excerpt(name), type, fingerprint_of(key)));
    if (line.marker == Marker::kRevoked) continue;
    same = same || line.key == text;
    if (other.empty() && line.key != text) other = line.key;
  }
  if (same) return {};
  auto place = options_.path.empty() ? std::string("in this run") : fmt::format("in {}", options_.path);
  if (!other.empty())
    return Error(
        ErrorCode::kUnavailable,
        fmt::format("cannot trust {}: its key is {} {}, but {} is known {}; somebody may be in between. If the "
                    "key was changed on purpose, remove the old line",
                    excerpt(name), type, fingerprint_of(key), fingerprint_of(from_base64(other)), place));
  if (options_.policy == HostKeyPolicy::kStrict)
    return Error(ErrorCode::kUnavailable, fmt::format("cannot trust {}: its key {} {} is not known {}", excerpt(name),
                                                      type, fingerprint_of(key), place));
  // A name with a blank or a comma would become another line, or another host.
  bool plain = !name.empty() && name.find_first_of(" \t\r\n,*?!|#@") == std::string::npos;
  if (!plain)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot remember the key of '{}': not a name", excerpt(name)));
  return add(fmt::format("{} {} {}\n", name, type, text));
}

}  // namespace holter::net
