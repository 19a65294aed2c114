#include "memory/stall.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace holter::memory {
namespace {

constexpr std::size_t kFileBytes = 512;
constexpr std::array<double, kLevels + 1> kPercentAt = {0, 10, 20, 40, 60, 100};

/// Only the kernel's own files are written to, never what stands in their place.
bool takes_triggers(int fd) {
  struct statfs fs{};
  return fstatfs(fd, &fs) == 0 && (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC);
}

/// Asks for a trigger; adds to `how` which one it is, or why there is none.
Descriptor arm(const std::string& path, std::string& how) {
  Descriptor fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd || !takes_triggers(fd.get())) {
    how = fd ? "averages only: not a file of the kernel" : fmt::format("averages only: {}", std::strerror(errno));
    return {};
  }
  // The kernel grants the second kind, whose window is a multiple of 2 s, without CAP_SYS_RESOURCE, too.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kKinds = {
      {{"some 100000 1000000", "100 ms in 1 s"}, {"some 200000 2000000", "200 ms in 2 s"}}};
  for (auto [text, words] : kKinds) {
    if (::write(fd.get(), text.data(), text.size() + 1) > 0) {  // with the zero at its end
      how = fmt::format("trigger at {}", words);
      return fd;
    }
  }
  how = fmt::format("averages only: {}", std::strerror(errno));
  return {};
}

}  // namespace

std::optional<double> parse_stall(std::string_view text) {
  constexpr std::string_view kBegin = "some avg10=";
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  double percent = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  if (!(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent;
}

double stall_share(double percent, const LevelOptions& levels) {
  if (!(percent > 0)) return 0;
  auto share_at = [&](std::size_t i) { return i < kLevels ? levels.from[i] : 1.0; };
  for (std::size_t i = 1; i < kPercentAt.size(); ++i) {
    if (percent > kPercentAt[i]) continue;
    auto part = (percent - kPercentAt[i - 1]) / (kPercentAt[i] - kPercentAt[i - 1]);
    return share_at(i - 1) + part * (share_at(i) - share_at(i - 1));
  }
  return 1;
}

Stall Stall::open(const std::string& root) {
  std::vector<std::string> paths;
  for (const auto& group : memory_groups(root))
    if (group.v2) paths.push_back(group.file("memory.pressure"));
  paths.push_back(root + "proc/pressure/memory");

  Stall stall;
  std::string why;
  for (const auto& path : paths) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto error = errno;
    std::array<char, kFileBytes> buffer;
    std::string_view text;
    if (file) {
      errno = 0;
      text = read_proc(file.get(), buffer);
      error = errno;
    }
    if (!parse_stall(text)) {
      why = fmt::format("{}{}", path,
                        error == ENOENT ? " does not exist (kernel older than 4.20, or psi=0)"
                        : error != 0    ? fmt::format(": {}", std::strerror(error))
                                        : " does not read like \"some avg10=...\"");
      continue;
    }
    std::string how;
    stall.file_ = std::move(file);
    stall.trigger_ = arm(path, how);
    stall.source_ = fmt::format("{} ({})", path, how);
    return stall;
  }
  stall.source_ = "no PSI: " + why;
  return stall;
}

double Stall::share(MonoTime now, const LevelOptions& levels) {
  if (!file_) return 0;
  poll_trigger(now);
  std::array<char, kFileBytes> buffer;
  auto share = stall_share(parse_stall(read_proc(file_.get(), buffer)).value_or(0), levels);
  if (fired_ && now - *fired_ <= seconds(1)) share = std::max(share, levels.from[1]);
  return share;
}

void Stall::poll_trigger(MonoTime now) {
  if (!trigger_) return;
  pollfd poll{.fd = trigger_.get(), .events = POLLPRI, .revents = 0};
  if (::poll(&poll, 1, 0) <= 0) return;
  if ((poll.revents & POLLERR) != 0) {  // the group is gone
    trigger_ = {};
    return;
  }
  if ((poll.revents & POLLPRI) != 0) fired_ = now;
}

}  // namespace holter::memory
