#include "net/known_hosts_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace holter::net {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kMostLine = 16 * 1024;

/// Cuts off the next word of a line.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  auto word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

/// * is any text, ? any character. In time of the product of the lengths: after a mismatch only the last * is tried
/// anew.
bool pattern_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, after_star = 0;
  auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool hash_matches(std::string_view hashed, std::string_view name) {
  auto bar = hashed.find('|');
  if (bar == std::string_view::npos) return false;
  auto salt = from_base64(hashed.substr(0, bar)), wanted = from_base64(hashed.substr(bar + 1));
  constexpr std::size_t kSha1 = 20;
  if (salt.empty() || wanted.size() != kSha1) return false;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha1(), salt.data(), static_cast<int>(salt.size()), reinterpret_cast<const unsigned char*>(name.data()),
           name.size(), digest.data(), &size) == nullptr)
    return false;
  return size == kSha1 && CRYPTO_memcmp(digest.data(), wanted.data(), kSha1) == 0;
}

}  // namespace

std::vector<KnownHostLine> read_known_hosts(std::string_view text, std::size_t most) {
  using Marker = KnownHostLine::Marker;
  std::vector<KnownHostLine> lines;
  for (auto end = text.find('\n'); end != std::string_view::npos && lines.size() < most; end = text.find('\n')) {
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kMostLine) continue;
    KnownHostLine known;
    auto word = next_word(line);
    if (word.starts_with('@')) {
      if (word != "@revoked" && word != "@cert-authority") continue;
      known.marker = word == "@revoked" ? Marker::kRevoked : Marker::kAuthority;
      word = next_word(line);
    }
    known.names = word;
    known.type = next_word(line);
    known.key = next_word(line);
    if (known.names.empty() || known.names.starts_with('#') || known.key.empty()) continue;
    lines.push_back(known);
  }
  return lines;
}

bool names_match(std::string_view names, std::string_view name) {
  constexpr std::string_view kHashMark = "|1|";
  if (names.starts_with(kHashMark)) return hash_matches(names.substr(kHashMark.size()), name);
  bool found = false;
  while (!names.empty()) {
    auto pattern = names.substr(0, names.find(','));
    names.remove_prefix(std::min(pattern.size() + 1, names.size()));
    bool excluded = pattern.starts_with('!');
    if (excluded) pattern.remove_prefix(1);
    if (pattern.empty() || !pattern_matches(pattern, name)) continue;
    if (excluded) return false;
    found = true;
  }
  return found;
}

std::string known_host_name(std::string_view host, std::uint16_t port) {
  constexpr std::uint16_t kUsual = 22;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::string name(host);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return port == kUsual ? name : fmt::format("[{}]:{}", name, port);
}

Result<std::string> key_type_of(std::string_view key) {
  constexpr std::size_t kMostType = 64;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < 4 && i < key.size(); ++i) size = size << 8 | static_cast<unsigned char>(key[i]);
  auto rest = key.substr(std::min<std::size_t>(4, key.size()));
  bool good = size > 0 && size <= kMostType && size <= rest.size() &&
              std::ranges::all_of(rest.substr(0, size), [](unsigned char c) { return std::isgraph(c) != 0; });
  if (!good) return Error(ErrorCode::kProtocolViolation, "cannot read the type of a host key");
  return std::string(rest.substr(0, size));
}

std::string fingerprint_of(std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return "SHA256:?";
  auto text = to_base64({reinterpret_cast<const char*>(digest.data()), size});
  return "SHA256:" + text.substr(0, text.find('='));
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL writes a zero behind it
  auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                              reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kMostLine) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                              reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;  // which OpenSSL counts as zeros
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace holter::net
