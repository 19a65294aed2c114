#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace boost::asio::ssl {
class context;
}

namespace holter::api {

/// PEM files; empty: no TLS.
struct TlsFiles {
  std::string certificate, key;
};

/// The certificate of the server, and how its sessions are set up: TLS 1.2 and newer, forward secrecy, ALPN "http/1.1"
/// (RFC 7301), no renegotiation, no resumption. Follows its files: what is new counts for connections that come, and
/// what is wrong leaves the old one in use. Threads: one at a time.
class ServerTls {
 public:
  /// Errors: kInvalidArgument "cannot serve TLS: ...", naming the file.
  static Result<std::unique_ptr<ServerTls>> open(TlsFiles files);

  std::shared_ptr<boost::asio::ssl::context> context() const { return context_; }
  /// Reads the files again. Errors: as open(); the old certificate stays in use.
  Status reload();
  /// To be called every few seconds: reads the files again once they have changed and two looks are alike, so that
  /// nobody is writing them. True when a new certificate is in use. Errors: as open(), once for each change.
  Result<bool> follow();

 private:
  explicit ServerTls(TlsFiles files) : files_(std::move(files)) {}
  std::uint64_t fingerprint() const;

  const TlsFiles files_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::uint64_t tried_ = 0, seen_ = 0;  ///< fingerprints of the files: as read last, and at the last look
};

}  // namespace holter::api
