#include "collect/protocols/redis/reply.h"

#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/stream_probe.h"

namespace holter::collect::redis {
namespace {

std::string_view next_word(std::string_view& text) {
  auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

bool has_flag(std::string_view flags, std::string_view flag) {
  while (!flags.empty()) {
    auto each = flags.substr(0, flags.find(','));
    if (each == flag) return true;
    flags.remove_prefix(std::min(flags.size(), each.size() + 1));
  }
  return false;
}

Error no_node(std::string_view line) {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot read the nodes of the cluster: '{}'", excerpt(line))};
}

}  // namespace

Result<ReplyHead> parse_head(std::string_view line) {
  using Kind = ReplyHead::Kind;
  auto wrong = [line](const char* why) {
    return Error(ErrorCode::kProtocolViolation, fmt::format("{}: '{}'", why, excerpt(line)));
  };
  if (line.empty()) return wrong("this is no reply of the Redis protocol");
  ReplyHead head{.text = line.substr(1)};
  switch (line[0]) {
    case '+':
      return head;
    case '-':
      head.kind = Kind::kError;
      return head;
    case ':':
      head.kind = Kind::kInteger;
      return head;
    case '$':
      break;
    default:
      return wrong(line[0] == '*' ? "a reply of this kind was not expected" : "this is no reply of the Redis protocol");
  }
  if (head.text == "-1") {
    head.kind = Kind::kNull;
    return head;
  }
  auto [end, failure] = std::from_chars(head.text.data(), head.text.data() + head.text.size(), head.length);
  if (failure != std::errc{} || end != head.text.data() + head.text.size())
    return wrong("this is no length of a reply");
  if (head.length > kMostReplyBytes)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("a reply of {} is more than {}", format_size(head.length), format_size(kMostReplyBytes)));
  head.kind = Kind::kBulk;
  return head;
}

std::string write_command(const std::vector<std::string_view>& words) {
  auto text = fmt::format("*{}\r\n", words.size());
  for (auto word : words) {
    text += fmt::format("${}\r\n", word.size());
    text += word;
    text += "\r\n";
  }
  return text;
}

Result<Pairs> parse_info(std::string_view text) {
  Pairs pairs;
  std::size_t lines = 0;
  while (!text.empty()) {
    auto line = next_line(text);
    if (++lines > kMostLines)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read INFO: more than {} lines", kMostLines));
    auto colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos || colon + 1 == line.size()) continue;
    pairs.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  return pairs;
}

Result<std::vector<Node>> parse_nodes(std::string_view text) {
  std::vector<Node> nodes;
  while (!text.empty()) {
    auto line = next_line(text);
    if (line.empty()) continue;
    auto rest = line;
    next_word(rest);  // its id
    auto address = next_word(rest);
    auto flags = next_word(rest);
    // "ip:port@busport", since 7.0 followed by ",hostname" and more.
    address = address.substr(0, address.find(','));
    address = address.substr(0, address.find('@'));
    auto colon = address.rfind(':');
    if (colon == std::string_view::npos || flags.empty()) return no_node(line);
    Node node{.host = std::string(address.substr(0, colon))};
    unsigned port = 0;
    auto digits = address.substr(colon + 1);
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || port > 65535) return no_node(line);
    node.port = static_cast<std::uint16_t>(port);
    node.usable = port != 0 && !has_flag(flags, "fail") && !has_flag(flags, "noaddr") && !has_flag(flags, "handshake");
    if (nodes.size() == kMostNodes)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read the nodes of the cluster: more than {}", kMostNodes));
    nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace holter::collect::redis
