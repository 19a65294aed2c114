#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testing/real_server.h"

namespace holter::testing {

/// OpenSSH's sshd with a host key of its own, which takes the calling user (root in a container) with a key.
class OpenSsh {
 public:
  struct Options {
    std::string host_key_type = "ed25519";
    std::vector<std::string> more;  ///< lines of sshd_config; the first value of a keyword counts, so these are first
    std::string address = "127.0.0.1";
  };
  OpenSsh() : OpenSsh(Options{}) {}
  explicit OpenSsh(Options options);

  bool running() const { return server_.running(); }
  std::uint16_t port() const { return server_.port(); }
  const std::string& user() const { return user_; }
  /// A private key that it takes, as text in OpenSSH's format.
  const std::string& key() const { return key_; }
  /// The line that it would have in a file of known hosts, without the host: "ssh-ed25519 AAAA...".
  const std::string& host_key() const { return host_key_; }
  /// Ends the connections that there are, by their processes' ids; the server goes on.
  void end_sessions() const;
  /// What sshd has logged.
  std::string log() const;
  const std::string& directory() const { return server_.directory(); }

 private:
  std::string user_, key_, host_key_;
  RealServer server_;
};

/// A new private key. `arguments` of ssh-keygen, such as "-t rsa -m PEM"; with a passphrase it is encrypted.
struct KeyPair {
  std::string secret, open;
};
KeyPair make_ssh_key(const std::string& arguments, const std::string& passphrase = "");

}  // namespace holter::testing
