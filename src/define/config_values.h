#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "define/config.h"

// Values of holter.yml: from their text to their place. All return kInvalidArgument, naming the value and what is
// needed, and leave the place as it was then.
namespace holter::define {

Status set_path(std::string& place, const std::string& text);
/// Paths with commas between them.
Status set_paths(std::vector<std::string>& places, const std::string& text);
Status set_size(std::uint64_t& place, const std::string& text, std::uint64_t least = 0);
Status set_duration(std::chrono::milliseconds& place, const std::string& text, std::chrono::milliseconds least);
/// "accept-new", "strict" or "off".
Status set_host_keys(std::string& place, const std::string& text);
Status set_log_level(std::string& place, const std::string& text);
Status set_log_format(std::string& place, const std::string& text);
/// "address:port", an IPv6 address in brackets. Whether the address may be listened on is for api/ to say.
/// "https://holter.example": scheme and host, perhaps a port.
Status set_url(std::string& place, const std::string& text);
/// An issuer of OpenID Connect: a URL that check_web_url() takes, without a query (Discovery 1.0, 3).
Status set_issuer(std::string& place, const std::string& text);
/// Where an HTTP API is: http:// or https://, a host, perhaps a path; without user, query and fragment.
Status set_base_url(std::string& place, const std::string& text);
/// A secret, which no message quotes.
Status set_secret(std::string& place, const std::string& text);
/// A secret that goes into a header of HTTP: of printable ASCII without blanks (RFC 6750, 2.1).
Status set_token(std::string& place, const std::string& text);
/// One line of 1 to `most` bytes of UTF-8.
Status set_line(std::string& place, const std::string& text, std::size_t most);
/// Scopes with single blanks between them (RFC 6749, 3.3), "openid" among them.
Status set_scopes(std::string& place, const std::string& text);
/// One of the words.
Status set_word(std::string& place, const std::string& text, std::initializer_list<std::string_view> words);
Status set_listen(std::string& place, const std::string& text);
/// "on" or "off"; "true" and "false" mean the same.
Status set_switch(bool& place, const std::string& text);
/// "10%", "10" or "2.5" as a share of one: 0.1, 0.1, 0.025. At least `least` and at most `most` percent.
Status set_percent(double& place, const std::string& text, double least, double most);
/// A size ("64MiB"), or a share of the machine's or container's limit ("50%").
Status set_budget(Config::Memory& memory, const std::string& text);
/// Names of actions with commas between them, or "none".
Status set_actions(std::vector<std::string>& place, const std::string& text);

/// Blocks of addresses with commas between them, or "none"; where `usual`, also "default".
Status set_blocks(std::vector<std::string>& place, const std::string& text, bool usual);

/// A connection string, which no message quotes: it may hold a password.
Status set_connection(std::string& place, const std::string& text);

/// A secret from a file of its own.
struct SecretFile {
  std::string text;       ///< without the line end behind it
  bool readable = false;  ///< by every user of the machine
};
constexpr std::size_t kMostSecretBytes = 64 * 1024;
/// Errors: kInvalidArgument (longer than kMostSecretBytes, empty, no regular file, a NUL in it), kIo; none tells any of
/// the content.
Result<SecretFile> read_secret_file(const std::string& path);

std::uint64_t parse_number(const std::string& text, std::uint64_t least, std::uint64_t most, Status& status);
template <class T>
Status set_number(T& place, const std::string& text, std::uint64_t least, std::uint64_t most) {
  Status status;
  auto value = parse_number(text, least, most, status);
  if (status) place = static_cast<T>(value);
  return status;
}

}  // namespace holter::define
