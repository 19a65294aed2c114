#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::collect::redis {

inline constexpr std::size_t kMostReplyBytes = 4 << 20;
inline constexpr std::size_t kMostLines = 20'000;
inline constexpr std::size_t kMostNodes = 256;

/// First line of a reply (RESP2): a kind, and a text, a number, or the length of the text that follows.
struct ReplyHead {
  enum class Kind : std::uint8_t { kText, kError, kInteger, kBulk, kNull } kind = Kind::kText;
  std::string_view text;   ///< without the mark; points into the line
  std::size_t length = 0;  ///< kBulk: at most kMostReplyBytes
};
/// Errors: kProtocolViolation for what is no reply, or one of another kind (none of our questions is answered by an
/// array); kTooLarge.
Result<ReplyHead> parse_head(std::string_view line);

/// A command as it is sent: an array of texts with their lengths, so that a text may hold anything.
std::string write_command(const std::vector<std::string_view>& words);

/// The pairs of an answer to INFO or CLUSTER INFO, in its order: `key:value` up to the first colon. Lines without one,
/// empty values, and lines that begin with '#' are left out. Errors: kTooLarge for more than kMostLines.
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
Result<Pairs> parse_info(std::string_view text);

/// A node of a cluster, as CLUSTER NODES lists it.
struct Node {
  std::string host;  ///< empty: the node does not know its own address
  std::uint16_t port = 0;
  bool usable = true;  ///< it has an address and has not failed
};
/// Errors: kProtocolViolation, kTooLarge for more than kMostNodes.
Result<std::vector<Node>> parse_nodes(std::string_view text);

}  // namespace holter::collect::redis
