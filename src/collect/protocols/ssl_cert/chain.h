#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/tls.h"

namespace holter::collect::ssl_cert {

/// What a peer has sent, and when.
struct Chain {
  std::vector<net::PeerCertificate> certificates;
  std::chrono::sys_seconds now{};
};

/// As a recording has it: a line "now: <RFC 3339 time>", then for each certificate lines subject, issuer, serial,
/// names, not_before and not_after, and an empty line.
std::string write_chain(const Chain& chain);
/// Errors: kProtocolViolation, naming the line; kTooLarge for more than 16 certificates.
Result<Chain> parse_chain(std::string_view text);

/// The values of a certificate's row, by alias.
std::vector<std::pair<std::string_view, std::string>> values_of(const net::PeerCertificate& certificate,
                                                                std::chrono::sys_seconds now);

}  // namespace holter::collect::ssl_cert
