#include "testing/net_namespace.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace holter::testing {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "cannot %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

}  // namespace

void enter_net_namespace() {
  if (unshare(CLONE_NEWNET) != 0) {
    auto uid = getuid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
      give_up("make a network namespace (run as root, or allow user namespaces)");
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) give_up("bring up lo in the network namespace");
  close(fd);
}

void set_sysctl(const std::string& path, const std::string& value) {
  std::ofstream file("/proc/sys/" + path);
  file << value << std::flush;
  if (!file) give_up("write /proc/sys/" + path);
}

}  // namespace holter::testing
