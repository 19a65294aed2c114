#include "base/proc_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace holter {
namespace {

/// The next line of `text`, which loses it.
std::string_view next_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

/// Whether a list "a,b,c" has `word`.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    auto one = list.substr(0, list.find(','));
    if (one == word) return true;
    list.remove_prefix(std::min(list.size(), one.size() + 1));
  }
  return false;
}

/// A group outside of what is mounted here ("/../x", seen from a cgroup namespace) is looked for at the mount's root.
std::string group_path(std::string_view group) {
  while (group.size() > 1 && group.ends_with('/')) group.remove_suffix(1);
  if (!group.starts_with('/') || group.find("/..") != std::string_view::npos) return "/";
  return std::string(group);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string_view read_proc(const char* path, std::span<char> buffer) {
  Descriptor file(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return file ? read_proc(file.get(), buffer) : std::string_view();
}

std::string_view read_proc(int fd, std::span<char> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {  // some files of proc come in pieces
    auto n = ::pread(fd, buffer.data() + size, buffer.size() - size, static_cast<off_t>(size));
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  return {buffer.data(), size};
}

std::optional<std::uint64_t> proc_field(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    auto line = next_line(text);
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    auto number = line.find_first_not_of(" \t");
    if (number == std::string_view::npos || (number == 0 && !key.empty() && !key.ends_with(':'))) continue;
    std::uint64_t value = 0;
    auto [end, error] = std::from_chars(line.data() + number, line.data() + line.size(), value);
    if (error == std::errc{}) return value;
    return std::nullopt;
  }
  return std::nullopt;
}

std::string MemoryGroup::file(std::string_view name) const {
  std::string path = mount;
  if (group != "/") path += group;
  return path.append("/").append(name);
}

std::vector<MemoryGroup> memory_groups(const std::string& root) {
  std::array<char, 16 * 1024> buffer;
  return parse_memory_groups(read_proc((root + "proc/self/cgroup").c_str(), buffer), root);
}

std::vector<MemoryGroup> parse_memory_groups(std::string_view text, const std::string& root) {
  std::vector<MemoryGroup> v1, v2;
  while (!text.empty()) {  // "0::/a/b" (v2) or "7:memory:/a/b" (v1)
    auto line = next_line(text);
    auto first = line.find(':');
    auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    auto group = group_path(line.substr(second + 1));
    if (has_word(controllers, "memory")) {
      v1.push_back({.v2 = false, .mount = root + "sys/fs/cgroup/memory", .group = group});
    } else if (controllers.empty()) {
      v2.push_back({.v2 = true, .mount = root + "sys/fs/cgroup", .group = group});
      v2.push_back({.v2 = true, .mount = root + "sys/fs/cgroup/unified", .group = group});  // beside v1
    }
  }
  v1.insert(v1.end(), std::make_move_iterator(v2.begin()), std::make_move_iterator(v2.end()));
  return v1;
}

}  // namespace holter
