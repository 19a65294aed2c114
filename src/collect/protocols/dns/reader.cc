#include "collect/protocols/dns/reader.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include "collect/hex.h"

namespace holter::collect::dns {
namespace {

constexpr std::size_t kMostName = 255;

/// As zone files write it (RFC 1035, section 5.1).
void add_label(std::string& name, std::string_view label) {
  for (char c : label) {
    auto byte = static_cast<unsigned char>(c);
    if (byte <= 32 || byte >= 127)
      name += fmt::format("\\{:03}", byte);
    else if (c == '.' || c == '\\' || c == '"')
      name += fmt::format("\\{}", c);
    else
      name += c;
  }
  name += '.';
}

}  // namespace

Error Reader::cut_short() const {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot read the message: it ends too soon, at byte {}", at_)};
}

Result<std::string_view> Reader::take(std::size_t count) {
  if (message_.size() - at_ < count) return cut_short();
  auto bytes = message_.substr(at_, count);
  at_ += count;
  return bytes;
}

Result<std::uint16_t> Reader::number16() {
  TRY(auto bytes, take(2));
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]));
}

Result<std::uint32_t> Reader::number32() {
  TRY(std::uint32_t high, number16());
  TRY(std::uint32_t low, number16());
  return high << 16 | low;
}

Result<std::string> Reader::name() {
  std::string name;
  std::size_t wire = 0, at = at_, least = at_;
  bool jumped = false;
  while (true) {
    if (at >= message_.size()) return cut_short();
    std::size_t length = static_cast<unsigned char>(message_[at]);
    if (length >= 0xc0) {
      if (at + 1 >= message_.size()) return cut_short();
      auto to = (length & 0x3f) << 8 | static_cast<unsigned char>(message_[at + 1]);
      if (to >= least)
        return Error(ErrorCode::kProtocolViolation,
                     fmt::format("cannot read the name at byte {}: it points forward, to {}", at, to));
      if (!jumped) at_ = at + 2;
      jumped = true;
      at = least = to;
      continue;
    }
    if (length > 63)
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("cannot read the name at byte {}: a part of {}", at, length));
    if (message_.size() - at <= length) return cut_short();
    wire += length + 1;
    if (wire > kMostName)
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("cannot read the name at byte {}: over {} bytes", at, kMostName));
    if (length > 0) add_label(name, message_.substr(at + 1, length));
    at += length + 1;
    if (length == 0) break;
  }
  if (!jumped) at_ = at;
  return name.empty() ? std::string(".") : name;
}

Result<std::string> Reader::quoted_text(std::size_t end) {
  std::string text;
  while (at_ < end) {
    TRY(auto size, take(1));
    auto length = static_cast<std::size_t>(static_cast<unsigned char>(size[0]));
    if (end - at_ < length) return cut_short();
    TRY(auto bytes, take(length));
    std::string part;
    add_label(part, bytes);
    part.pop_back();
    std::string plain;  // within quotes blanks and dots stand for themselves
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part.compare(i, 4, "\\032") == 0) {
        plain += ' ';
        i += 3;
      } else if (part.compare(i, 2, "\\.") == 0) {
        plain += '.';
        ++i;
      } else {
        plain += part[i];
      }
    }
    text += fmt::format("{}\"{}\"", text.empty() ? "" : " ", plain);
  }
  return text;
}

Result<std::string> Reader::known_data(std::uint16_t type, std::size_t end) {
  switch (type) {
    case 2:
    case 5:
    case 12:
    case 39:
      return name();
    case 15: {
      TRY(auto preference, number16());
      TRY(auto host, name());
      return fmt::format("{} {}", preference, host);
    }
    case 33: {
      TRY(auto priority, number16());
      TRY(auto weight, number16());
      TRY(auto port, number16());
      TRY(auto host, name());
      return fmt::format("{} {} {} {}", priority, weight, port, host);
    }
    case 6: {
      TRY(auto server, name());
      TRY(auto mail, name());
      auto text = server + " " + mail;
      for (int i = 0; i < 5; ++i) {
        TRY(auto number, number32());
        text += fmt::format(" {}", number);
      }
      return text;
    }
    case 257: {
      TRY(auto head, take(2));
      auto length = static_cast<std::size_t>(static_cast<unsigned char>(head[1]));
      if (end - at_ < length) return cut_short();
      TRY(auto tag, take(length));
      TRY(auto value, take(end - at_));
      std::string text;
      add_label(text, tag);
      text.back() = ' ';
      text += '"';
      for (char c : value)
        text += c >= 32 && c < 127 ? std::string(1, c) : fmt::format("\\{:03}", static_cast<unsigned char>(c));
      return fmt::format("{} {}\"", static_cast<unsigned char>(head[0]), text);
    }
    default:
      return quoted_text(end);
  }
}

Result<std::string> Reader::record_data(std::uint16_t type, std::size_t length) {
  if (message_.size() - at_ < length) return cut_short();
  auto data = message_.substr(at_, length);
  auto end = at_ + length;
  constexpr std::uint16_t kParsed[] = {2, 5, 6, 12, 13, 15, 16, 33, 39, 99, 257};
  std::string text;
  if ((type == 1 && length == 4) || (type == 28 && length == 16)) {
    if (type == 1) {
      boost::asio::ip::address_v4::bytes_type bytes;
      std::ranges::copy(data, bytes.begin());
      text = boost::asio::ip::address_v4(bytes).to_string();
    } else {
      boost::asio::ip::address_v6::bytes_type bytes;
      std::ranges::copy(data, bytes.begin());
      text = boost::asio::ip::address_v6(bytes).to_string();
    }
    at_ = end;
    return text;
  }
  if (std::ranges::find(kParsed, type) == std::end(kParsed)) {
    auto digits = to_hex(data);
    std::erase(digits, '\n');
    at_ = end;
    return fmt::format("\\# {} {}", length, digits);
  }
  TRY(text, known_data(type, end));
  if (at_ != end)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read a record of type {}: its data end at byte {} and not at {}", type, at_, end));
  return text;
}

}  // namespace holter::collect::dns
