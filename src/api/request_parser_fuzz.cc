#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "api/request_parser.h"
#include "base/check.h"

namespace {

using holter::api::Body;
using holter::api::RequestParser;

/// Status of the problem, or 200 with what the request says; nothing when bytes
/// are missing.
std::optional<std::string> read(std::string_view bytes, std::size_t piece) {
  holter::memory::Account account("bodies", nullptr, 1 << 20);
  const holter::api::ServerOptions options;
  RequestParser parser(options);
  Body content(account);
  std::string heard;
  while (!parser.done()) {
    auto taken = parser.header_done() ? parser.take_body(heard, content) : parser.take_header(heard);
    CHECK(taken.bytes <= heard.size());
    heard.erase(0, taken.bytes);
    if (taken.problem) return std::to_string(taken.problem->status);
    if (!taken.needs_more || parser.done()) continue;
    if (bytes.empty()) return std::nullopt;
    heard += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  auto head = parser.head(content);
  CHECK(head.body.size() <= options.max_content_bytes);
  return "200 " + head.method + " " + head.target + " " + std::string(head.body);
}

}  // namespace

// Whatever comes, in pieces or at once, is taken the same way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto whole = read(bytes, bytes.size() + 1);
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    auto parts = read(bytes, piece);
    CHECK(!whole || !parts || *whole == *parts);
  }
  return 0;
}
