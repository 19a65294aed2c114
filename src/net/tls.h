#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace holter::net {

/// How a TLS session is set up.
struct TlsOptions {
  bool verify = true;       ///< chain, dates and name of the peer; false: any certificate will do
  std::string server_name;  ///< name or address that the certificate must have; a name is also sent (SNI)
  std::string ca_file;      ///< PEM file of trusted authorities; empty: the system's
  std::string certificate_file, key_file;  ///< PEM files of our own certificate; empty: none
  std::string ca_text;                     ///< PEM text of authorities that are trusted besides those
  std::string certificate_text, key_text;  ///< PEM texts in place of the files; empty: the files count
  bool only_tls13 = false;                 ///< no older version

  bool operator==(const TlsOptions&) const = default;
};

/// One certificate that the peer has sent.
struct PeerCertificate {
  std::string subject, issuer;  ///< RFC 2253
  std::string serial;           ///< hexadecimal
  std::string names;            ///< alternative names (DNS and IP), separated by ", "
  std::chrono::sys_seconds not_before{}, not_after{};
};

/// What sessions with equal options share: trusted authorities are parsed once, since the system's take 0.8 MiB.
/// At most kMost are kept; the one made first goes when there is one more, and sessions that use it keep it alive.
/// Threads: one shard's.
class TlsContexts {
 public:
  static constexpr std::size_t kMost = 16;

  /// Errors: kInvalidArgument for files and texts that cannot be used, naming them, and for keys with a pass phrase;
  /// kResourceExhausted.
  Result<std::shared_ptr<boost::asio::ssl::context>> get(const TlsOptions& options);
  /// Forgets them; files are read again.
  void clear() { kept_.clear(); }
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<boost::asio::ssl::context> context;
  };
  std::vector<Kept> kept_;
};

}  // namespace holter::net
