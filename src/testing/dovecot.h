#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "testing/certificates.h"
#include "testing/real_server.h"
#include "testing/scripted_peer.h"

namespace holter::testing {

/// The real Dovecot with one user, "ann" with the password "secret", whose mail lies in a temporary directory.
class Dovecot {
 public:
  /// `protocol` is imap or pop3.
  explicit Dovecot(const std::string& protocol)
      : certificate_(make_certificate({})),
        certificate_file_(certificate_.certificate),
        key_file_(certificate_.key),
        tls_port_(unused_port()),
        server_("/usr/sbin/dovecot", [this, &protocol](const auto& directory, auto port) {
          directory_ = directory;
          std::ofstream(directory + "/users") << "ann:{PLAIN}secret\n";
          std::ofstream(directory + "/dovecot.conf") << configuration(protocol, port);
          return std::vector<std::string>{"-F", "-c", directory + "/dovecot.conf"};
        }) {}

  bool running() const { return server_.running(); }
  std::uint16_t port() const { return server_.port(); }
  std::uint16_t tls_port() const { return tls_port_; }
  const std::string& certificate() const { return certificate_.certificate; }
  /// Puts a message into the mailbox (a Maildir folder).
  void deliver(const std::string& message) {
    auto folder = directory_ + "/mail/new";
    (void)std::system(fmt::format("mkdir -p {0}/mail/new {0}/mail/cur {0}/mail/tmp", directory_).c_str());
    auto file = fmt::format("{}/{}.{}.test", folder, 1'700'000'000 + delivered_, delivered_);
    ++delivered_;
    std::ofstream(file) << message;
    (void)std::system(fmt::format("chown -R mail {}/mail", directory_).c_str());
  }

 private:
  std::string configuration(const std::string& protocol, std::uint16_t port) const {
    auto other = protocol == "imap" ? "imaps" : "pop3s";
    return fmt::format(R"(protocols = {0}
base_dir = {3}/run
state_dir = {3}/state
listen = 127.0.0.1
log_path = /dev/stderr
ssl = yes
ssl_cert = <{4}
ssl_key = <{5}
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{3}/mail
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {3}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={3}
}}
service {0}-login {{
  chroot =
  inet_listener {0} {{
    port = {1}
  }}
  inet_listener {6} {{
    port = {2}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
)",
                       protocol, port, tls_port_, directory_, certificate_file_.path(), key_file_.path(), other);
  }

  Certificate certificate_;
  TempFile certificate_file_, key_file_;
  std::uint16_t tls_port_;
  std::string directory_;
  int delivered_ = 0;
  RealServer server_;
};

}  // namespace holter::testing
