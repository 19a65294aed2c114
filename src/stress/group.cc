#include "stress/group.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holter::stress {
namespace {

/// False when the kernel does not take it. (A stream would not say so before it is closed.)
bool write_to(const std::string& path, const std::string& text) {
  int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::uint64_t number_in(const std::string& path, std::string_view key = "") {
  auto text = text_of(path);
  auto at = key.empty() ? 0 : text.find(fmt::format("{} ", key));
  std::uint64_t number = 0;
  if (at == std::string::npos) return 0;
  const char* begin = text.data() + at + (key.empty() ? 0 : key.size() + 1);
  std::from_chars(begin, text.data() + text.size(), number);
  return number;
}

struct Place {
  std::string directory;
  int version;
};

/// The memory group of this process in v1 and in v2; a mount that is not there is found out by making a directory.
std::vector<Place> places() {
  std::vector<Place> found;
  std::istringstream lines(text_of("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    auto first = line.find(':');
    auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    auto controllers = line.substr(first + 1, second - first - 1);
    auto group = line.substr(second + 1);
    if (group == "/") group.clear();
    if (controllers == "memory") found.push_back({"/sys/fs/cgroup/memory" + group, 1});
    if (controllers.empty()) found.push_back({"/sys/fs/cgroup" + group, 2});
  }
  return found;
}

}  // namespace

Result<Group> Group::make(const std::string& name, std::uint64_t limit) {
  std::string why = "no memory controller is mounted";
  for (const auto& place : places()) {
    // In v2 processes live in leaves only: the new group stands beside the tester's own, below the same parent.
    bool beside = place.version == 2 && place.directory != "/sys/fs/cgroup";
    auto parent = beside ? place.directory.substr(0, place.directory.rfind('/')) : place.directory;
    Group group;
    group.version_ = place.version;
    group.parent_ = place.directory;
    auto directory = fmt::format("{}/{}", parent, name);
    if (::mkdir(directory.c_str(), 0755) != 0) {
      why = fmt::format("{}: {}", directory, std::strerror(errno));
      continue;
    }
    group.directory_ = directory;
    const char* file = place.version == 1 ? "memory.limit_in_bytes" : "memory.max";
    if (!write_to(fmt::format("{}/{}", directory, file), std::to_string(limit))) {
      why = fmt::format("{}/{} cannot be written", directory, file);
      continue;
    }
    if (place.version == 1) write_to(directory + "/memory.move_charge_at_immigrate", "3");
    return group;
  }
  return Error(ErrorCode::kUnavailable, fmt::format("cannot make a memory group: {}", why));
}

Group::Group(Group&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), parent_(std::move(other.parent_)), version_(other.version_) {}

Group& Group::operator=(Group&& other) noexcept {
  if (this == &other) return *this;
  remove();
  directory_ = std::exchange(other.directory_, {});
  parent_ = std::move(other.parent_);
  version_ = other.version_;
  return *this;
}

Group::~Group() {
  remove();
}

void Group::remove() {
  if (directory_.empty()) return;
  std::istringstream pids(text_of(procs()));
  for (std::string pid; std::getline(pids, pid);) write_to(parent_ + "/cgroup.procs", pid);
  ::rmdir(directory_.c_str());
  directory_.clear();
}

bool Group::join(pid_t pid) const {
  return !directory_.empty() && write_to(procs(), std::to_string(pid));
}

std::uint64_t Group::peak() const {
  return directory_.empty() ? 0
                            : number_in(directory_ + (version_ == 1 ? "/memory.max_usage_in_bytes" : "/memory.peak"));
}

std::uint64_t Group::used() const {
  return directory_.empty() ? 0
                            : number_in(directory_ + (version_ == 1 ? "/memory.usage_in_bytes" : "/memory.current"));
}

std::uint64_t Group::kills() const {
  if (directory_.empty()) return 0;
  return number_in(directory_ + (version_ == 1 ? "/memory.oom_control" : "/memory.events"), "oom_kill");
}

}  // namespace holter::stress
