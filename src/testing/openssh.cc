#include "testing/openssh.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "base/check.h"

namespace holter::testing {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

std::string name_of_user() {
  const auto* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : "root";
}

}  // namespace

KeyPair make_ssh_key(const std::string& arguments, const std::string& passphrase) {
  std::string directory = "/tmp/holter-key-XXXXXX";
  CHECK(::mkdtemp(directory.data()) != nullptr);
  auto command = fmt::format("ssh-keygen -q {} -N '{}' -C test -f {}/key </dev/null", arguments, passphrase, directory);
  CHECK(std::system(command.c_str()) == 0);
  KeyPair pair{content(directory + "/key"), content(directory + "/key.pub")};
  fs::remove_all(directory);
  return pair;
}

OpenSsh::OpenSsh(Options options)
    : user_(name_of_user()), server_("/usr/sbin/sshd", [this, &options](const auto& directory, auto port) {
        std::error_code there;  // privilege separation wants it; a machine that runs sshd has it
        if (::geteuid() == 0) fs::create_directories("/run/sshd", there);
        fs::permissions(directory, fs::perms::owner_all);
        auto host = make_ssh_key("-t " + options.host_key_type), own = make_ssh_key("-t ed25519");
        put(directory + "/host_key", host.secret);
        put(directory + "/authorized_keys", own.open);
        key_ = own.secret;
        host_key_ = host.open.substr(0, host.open.rfind(' '));
        std::string config;
        for (const auto& line : options.more) config += line + "\n";
        config += fmt::format(
            "Port {}\nListenAddress {}\nHostKey {}/host_key\nAuthorizedKeysFile {}/authorized_keys\nPidFile none\n"
            "UsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nAllowTcpForwarding yes\nMaxStartups 500\nSubsystem sftp internal-sftp\n"
            "PrintMotd no\nPrintLastLog no\nUseDNS no\nLogLevel VERBOSE\n",
            port, options.address, directory, directory);
        put(directory + "/sshd_config", config);
        return std::vector<std::string>{"-D", "-e", "-f", directory + "/sshd_config"};
      }) {}

void OpenSsh::end_sessions() const {
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", server_.pid()));
  for (pid_t child = 0; children >> child;) ::kill(child, SIGTERM);
}

std::string OpenSsh::log() const {
  return content(server_.directory() + "/output");
}

}  // namespace holter::testing
