#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::net {

// The file format of OpenSSH's known hosts: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Pure text, so that it can be
// fuzzed.

/// One line: names, and a key that the host with such a name has. Views into the text that was read.
struct KnownHostLine {
  enum class Marker : std::uint8_t { kNone, kRevoked, kAuthority } marker = Marker::kNone;
  std::string_view names;  ///< patterns with commas between them, or one hashed name
  std::string_view type;   ///< "ssh-ed25519"
  std::string_view key;    ///< Base64
};

/// All lines that are whole: comments, empty lines, those of an unknown marker or form are passed over, and so is a
/// last line without its end. At most `most`.
std::vector<KnownHostLine> read_known_hosts(std::string_view text, std::size_t most);

/// Whether one of the line's names is `name` (as known_host_name() gives it): patterns with * and ?, the exclusion of a
/// pattern by !, and hashed names "|1|salt|HMAC-SHA1".
bool names_match(std::string_view names, std::string_view name);

/// How a host stands in the file: lower case, without brackets of an IPv6 address, "[host]:port" unless the port is 22.
std::string known_host_name(std::string_view host, std::uint16_t port);

/// Type of a public key as it goes over the wire: its first string (RFC 4253, 6.6). Errors: kProtocolViolation.
Result<std::string> key_type_of(std::string_view key);
/// "SHA256:...", as ssh-keygen -l prints it.
std::string fingerprint_of(std::string_view key);

std::string to_base64(std::string_view bytes);
/// Empty when it is none.
std::string from_base64(std::string_view text);

}  // namespace holter::net
