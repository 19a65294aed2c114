#include "collect/protocols/websocket/handshake.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/units.h"
#include "collect/base64.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect::websocket {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string make_key(std::string_view sixteen_bytes) {
  return to_base64(sixteen_bytes);
}

std::string accept_of(std::string_view key) {
  auto text = fmt::format("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
  return to_base64({reinterpret_cast<const char*>(digest.data()), size});
}

const std::string_view* Head::find(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_text(key, name)) return &value;
  return nullptr;
}

Result<Head> parse_head(std::string_view text) {
  constexpr std::size_t kMostHeaders = 100;
  Head head;
  auto first = next_line(text);
  auto blank = first.find(' ');
  if (!first.starts_with("HTTP/") || blank == std::string_view::npos)
    return Error(ErrorCode::kProtocolViolation, fmt::format("this is no HTTP answer: '{}'", excerpt(first)));
  head.version = first.substr(0, blank);
  auto rest = first.substr(blank + 1);
  head.code = rest.substr(0, 3);
  if (head.code.size() != 3 || !std::ranges::all_of(head.code, [](char c) { return c >= '0' && c <= '9'; }) ||
      (rest.size() > 3 && rest[3] != ' '))
    return Error(ErrorCode::kProtocolViolation, fmt::format("this is no HTTP answer: '{}'", excerpt(first)));
  if (rest.size() > 4) head.reason = rest.substr(4);
  while (!text.empty()) {
    auto line = next_line(text);
    if (line.empty()) break;
    auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return Error(ErrorCode::kProtocolViolation, fmt::format("this is no header: '{}'", excerpt(line)));
    if (head.headers.size() == kMostHeaders)
      return Error(ErrorCode::kTooLarge, fmt::format("more than {} headers", kMostHeaders));
    head.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return head;
}

}  // namespace holter::collect::websocket
