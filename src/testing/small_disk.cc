#include "testing/small_disk.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace holter::testing {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "cannot %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void enter_mount_namespace() {
  if (unshare(CLONE_NEWNS) != 0) {
    auto uid = getuid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
      give_up("make a mount namespace (run as root, or allow user namespaces)");
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
  }
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) give_up("make mounts private");
}

}  // namespace

std::string make_small_disk(std::uint64_t bytes) {
  std::string path = "/tmp/holter-disk-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) give_up("make a directory");
  enter_mount_namespace();
  auto options = "size=" + std::to_string(bytes);
  if (mount("holter", path.c_str(), "tmpfs", 0, options.c_str()) != 0) give_up("mount a file system in memory");
  return path;
}

}  // namespace holter::testing
