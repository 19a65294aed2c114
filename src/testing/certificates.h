#pragma once

#include <chrono>
#include <string>

namespace holter::testing {

/// A certificate and its key as PEM texts.
struct Certificate {
  std::string certificate;  ///< followed by the issuer's, when there is one
  std::string key;
};

struct CertificateOptions {
  std::string common_name = "localhost";
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";  ///< as OpenSSL writes them
  std::chrono::seconds valid_from{-3600};                               ///< from now
  std::chrono::seconds valid_until{86400};
  bool authority = false;
};

/// Makes a certificate: signed by `issuer`, or by itself (nullptr).
Certificate make_certificate(const CertificateOptions& options, const Certificate* issuer = nullptr);

/// Writes `text` to a new file below the temporary directory and removes it at the end.
class TempFile {
 public:
  explicit TempFile(const std::string& text);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace holter::testing
