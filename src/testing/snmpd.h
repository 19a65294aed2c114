#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "testing/real_server.h"

namespace holter::testing {

/// The real agent of net-snmp, with the community "public", and users of version 3 whose passphrases are "auth secret"
/// and "priv secret": "plain" (no security), "MD5", "SHA", "SHA-224", ... (authentication), and "<auth>/<privacy>" for
/// each of privacies(). The context "mirror" has the group system only. Its own configuration, state and MIBs: nothing
/// of the machine is read.
class Snmpd {
 public:
  static constexpr const char* kEngineId = "0x80001f8804686f6c746572";  // given, so that a test knows it

  /// On a port of its own, unless one is given.
  explicit Snmpd(int boots = 1, std::uint16_t fixed_port = 0, std::string engine_id = kEngineId)
      : server_("/usr/sbin/snmpd", [this, boots, fixed_port, engine_id](const auto& directory, auto free_port) {
          port_ = fixed_port != 0 ? fixed_port : free_port;
          std::ofstream(directory + "/snmpd.conf") << configuration(port_, engine_id);
          std::filesystem::create_directories(directory + "/state");
          // The agent adds one to the boots that it finds.
          std::ofstream(directory + "/state/snmpd.conf")
              << fmt::format("engineBoots {}\noldEngineID {}\n", boots - 1, engine_id);
          return std::vector<std::string>{
              "-f",
              "-C",
              "-c",
              directory + "/snmpd.conf," + directory + "/state/snmpd.conf",
              "-Lo",
              "-m",
              "",
              "-I",
              "-smux",
              "--persistentDir=" + directory + "/state",
              "-p",
              directory + "/pid",
              fmt::format("udp:127.0.0.1:{}", port_),
              fmt::format("udp6:[::1]:{}", port_),
              fmt::format("tcp:127.0.0.1:{}", free_port)};  // by which it is seen to be ready
        }) {}

  bool running() const { return server_.running(); }
  std::uint16_t port() const { return port_; }
  const std::string& directory() const { return server_.directory(); }

  static std::vector<std::string> auths() { return {"MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"}; }
  static std::vector<std::string> privacies() { return {"DES", "AES", "AES-192", "AES-256"}; }

 private:
  static std::string configuration(std::uint16_t port, const std::string& engine_id) {
    std::string text = fmt::format(R"(exactEngineID {}
rocommunity public 127.0.0.1
rocommunity6 public ::1
sysName holter-test
sysLocation a rack
sysContact nobody
createUser plain
rouser plain noauth
proxy -Cn mirror -v 2c -c public 127.0.0.1:{} .1.3.6.1.2.1.1
)",
                                   engine_id, port);
    for (const auto& auth : auths()) {
      text += fmt::format("createUser {0} {0} \"auth secret\"\nrouser {0} auth\n", auth);
      for (const auto& privacy : privacies())
        text += fmt::format("createUser {0}/{1} {0} \"auth secret\" {1} \"priv secret\"\nrouser {0}/{1} priv\n", auth,
                            privacy);
    }
    return text;
  }

  std::uint16_t port_ = 0;
  RealServer server_;
};

}  // namespace holter::testing
