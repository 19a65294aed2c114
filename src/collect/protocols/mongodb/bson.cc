#include "collect/protocols/mongodb/bson.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"

namespace holter::collect::mongodb {
namespace {

enum Type : std::uint8_t {
  kDouble = 0x01,
  kString = 0x02,
  kDocument = 0x03,
  kArray = 0x04,
  kBinary = 0x05,
  kUndefined = 0x06,
  kObjectId = 0x07,
  kBoolean = 0x08,
  kDate = 0x09,
  kNull = 0x0a,
  kRegex = 0x0b,
  kPointer = 0x0c,
  kCode = 0x0d,
  kSymbol = 0x0e,
  kCodeWithScope = 0x0f,
  kInt32 = 0x10,
  kTimestamp = 0x11,
  kInt64 = 0x12,
  kDecimal = 0x13,
  kMaxKey = 0x7f,
  kMinKey = 0xff
};

static_assert(std::endian::native == std::endian::little, "BSON is, and this reads it as it stands");

template <class T>
T load(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}
template <class T>
std::string store(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

Error violation(std::string_view why) {
  return {ErrorCode::kProtocolViolation, fmt::format("cannot read the document: {}", why)};
}

/// Bytes of a value of `type` at the front of `rest`, not held against its size; 0 when it has none.
Result<std::size_t> value_size(std::uint8_t type, std::string_view rest) {
  auto counted = [&](std::size_t least, std::size_t more) -> Result<std::size_t> {
    if (rest.size() < 4) return violation("it ends within a length");
    auto length = load<std::int32_t>(rest);
    if (length < static_cast<std::int32_t>(least)) return violation(fmt::format("a length of {}", length));
    return static_cast<std::size_t>(length) + more;
  };
  switch (type) {
    case kUndefined:
    case kNull:
    case kMinKey:
    case kMaxKey:
      return std::size_t{0};
    case kBoolean:
      return std::size_t{1};
    case kInt32:
      return std::size_t{4};
    case kDouble:
    case kDate:
    case kTimestamp:
    case kInt64:
      return std::size_t{8};
    case kObjectId:
      return std::size_t{12};
    case kDecimal:
      return std::size_t{16};
    case kString:
    case kCode:
    case kSymbol:
      return counted(1, 4);
    case kPointer:
      return counted(1, 4 + 12);
    case kBinary:
      return counted(0, 4 + 1);
    case kDocument:
    case kArray:
    case kCodeWithScope:
      return counted(5, 0);
    case kRegex: {
      auto pattern = rest.find('\0');
      auto options = pattern == std::string_view::npos ? pattern : rest.find('\0', pattern + 1);
      if (options == std::string_view::npos) return violation("it ends within an expression");
      return options + 1;
    }
    default:
      return violation(fmt::format("a value of type 0x{:02x}", type));
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  auto text = fmt::format("{}", value);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

std::string date_text(std::int64_t ms) {
  constexpr std::int64_t kYear1 = -62'135'596'800'000, kYear10000 = 253'402'300'800'000;
  if (ms < kYear1 || ms >= kYear10000) return fmt::format("{}", ms);
  return fmt::format("\"{}\"",
                     format_time(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms))));
}

std::string hex_text(std::string_view bytes) {
  std::string text = "\"";
  for (char byte : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return text + '"';
}

/// Documents within documents, on the stack no deeper than kMostDepth.
class JsonWriter {
 public:
  explicit JsonWriter(net::ChargedText& out) : out_(out) {}

  Status document(std::string_view bytes, bool array, int depth) {
    if (depth > kMostDepth) return violation(fmt::format("more than {} documents stand in each other", kMostDepth));
    TRY(auto reader, BsonReader::of(bytes));
    TRY_OK(out_.append(array ? "[" : "{"));
    for (bool first = true;; first = false) {
      TRY(auto member, reader.next());
      if (!member) break;
      if (!first) TRY_OK(out_.append(","));
      if (!array) {
        TRY_OK(quoted(member->name));
        TRY_OK(out_.append(":"));
      }
      TRY_OK(value(*member, depth));
    }
    return out_.append(array ? "]" : "}");
  }

 private:
  Status value(const BsonMember& member, int depth) {
    const auto& bytes = member.bytes;
    switch (member.type) {
      case kDouble:
        return out_.append(number_text(load<double>(bytes)));
      case kInt32:
        return out_.append(fmt::format("{}", load<std::int32_t>(bytes)));
      case kInt64:
        return out_.append(fmt::format("{}", load<std::int64_t>(bytes)));
      case kTimestamp:
        return out_.append(
            fmt::format("{{\"t\":{},\"i\":{}}}", load<std::uint32_t>(bytes.substr(4)), load<std::uint32_t>(bytes)));
      case kDate:
        return out_.append(date_text(load<std::int64_t>(bytes)));
      case kBoolean:
        return out_.append(bytes[0] != 0 ? "true" : "false");
      case kString:
        return quoted(*member.text());
      case kCode:
      case kSymbol:
        return quoted(bytes.substr(4, bytes.size() - 5));
      case kRegex:
        return quoted(bytes.substr(0, bytes.find('\0')));
      case kDocument:
      case kArray:
        return document(bytes, member.type == kArray, depth + 1);
      case kBinary:
        return out_.append(hex_text(*member.binary()));
      case kObjectId:
      case kDecimal:
        return out_.append(hex_text(bytes));
      default:  // null, undefined, and what no command's answer holds
        return out_.append("null");
    }
  }

  /// Foreign text made fit for JSON: what is no UTF-8 becomes U+FFFD.
  Status quoted(std::string_view text) {
    TRY_OK(out_.append("\""));
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size();) {
      auto c = static_cast<std::uint8_t>(text[i]);
      auto length = utf8_sequence(text.substr(i));
      bool as_it_is = length > 0 && c >= 0x20 && c != '"' && c != '\\';
      if (!as_it_is) {
        TRY_OK(out_.append(text.substr(plain, i - plain)));
        TRY_OK(out_.append(fmt::format("\\u{:04x}", length > 0 ? c : 0xfffd)));
        plain = i + 1;
      }
      i += std::max<std::size_t>(length, 1);
    }
    TRY_OK(out_.append(text.substr(plain)));
    return out_.append("\"");
  }

  net::ChargedText& out_;
};

}  // namespace

void BsonWriter::begin(char type, std::string_view name) {
  members_ += type;
  members_.append(name) += '\0';
}
BsonWriter& BsonWriter::add(std::string_view name, std::string_view text) {
  begin(kString, name);
  members_.append(store(static_cast<std::int32_t>(text.size() + 1))).append(text) += '\0';
  return *this;
}
BsonWriter& BsonWriter::add(std::string_view name, std::int32_t value) {
  begin(kInt32, name);
  members_ += store(value);
  return *this;
}
BsonWriter& BsonWriter::add(std::string_view name, bool value) {
  begin(kBoolean, name);
  members_ += static_cast<char>(value ? 1 : 0);
  return *this;
}
BsonWriter& BsonWriter::add_binary(std::string_view name, std::string_view bytes) {
  begin(kBinary, name);
  members_ += store(static_cast<std::int32_t>(bytes.size()));
  members_ += '\0';  // the generic subtype
  members_.append(bytes);
  return *this;
}
BsonWriter& BsonWriter::add(std::string_view name, const BsonWriter& document) {
  begin(kDocument, name);
  members_ += document.document();
  return *this;
}
std::string BsonWriter::document() const {
  return store(static_cast<std::int32_t>(4 + members_.size() + 1)) + members_ + '\0';
}

std::optional<std::string_view> BsonMember::text() const {
  if (type != kString) return std::nullopt;
  return bytes.substr(4, bytes.size() - 5);
}
std::optional<std::string_view> BsonMember::binary() const {
  if (type != kBinary) return std::nullopt;
  return bytes.substr(5);
}
std::optional<double> BsonMember::number() const {
  switch (type) {
    case kDouble:
      return load<double>(bytes);
    case kInt32:
      return load<std::int32_t>(bytes);
    case kInt64:
      return static_cast<double>(load<std::int64_t>(bytes));
    case kBoolean:
      return bytes[0] != 0 ? 1 : 0;
    default:
      return std::nullopt;
  }
}

Result<BsonReader> BsonReader::of(std::string_view document) {
  if (document.size() < 5 || load<std::int32_t>(document) < 5 ||
      static_cast<std::size_t>(load<std::int32_t>(document)) != document.size() || document.back() != '\0')
    return violation(fmt::format("its length is not that of its {} bytes", document.size()));
  return BsonReader(document.substr(4, document.size() - 5));
}

Result<std::optional<BsonMember>> BsonReader::next() {
  if (rest_.empty()) return std::optional<BsonMember>();
  BsonMember member{.type = static_cast<std::uint8_t>(rest_[0])};
  auto end = rest_.find('\0', 1);
  if (end == std::string_view::npos) return violation("it ends within a name");
  member.name = rest_.substr(1, end - 1);
  rest_.remove_prefix(end + 1);
  TRY(auto size, value_size(member.type, rest_));
  if (size > rest_.size()) return violation(fmt::format("it ends within '{}'", excerpt(member.name)));
  member.bytes = rest_.substr(0, size);
  bool is_text = member.type == kString || member.type == kCode || member.type == kSymbol;
  if (is_text && member.bytes.back() != '\0')
    return violation(fmt::format("the text '{}' has no end", excerpt(member.name)));
  rest_.remove_prefix(size);
  return std::optional(member);
}

Result<std::optional<BsonMember>> find_member(std::string_view document, std::string_view name) {
  TRY(auto reader, BsonReader::of(document));
  while (true) {
    TRY(auto member, reader.next());
    if (!member || member->name == name) return member;
  }
}

Status append_json(std::string_view document, net::ChargedText& out) {
  return JsonWriter(out).document(document, false, 1);
}

}  // namespace holter::collect::mongodb
