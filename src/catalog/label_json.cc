#include "catalog/label_json.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/utf8.h"

namespace holter::catalog {
namespace {

Error corrupt(std::string_view what, std::size_t at) {
  return {ErrorCode::kCorruption, fmt::format("cannot read stored {}: they are no such JSON at byte {}", what, at)};
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  out += '"';
}

void append_utf8(std::string& out, std::uint32_t c) {
  auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

/// Reads from the front; false leaves `at` where it went wrong.
class Reader {
 public:
  explicit Reader(std::string_view json) : json_(json) {}
  std::size_t at() const { return at_; }

  bool take(char c) {
    skip_blanks();
    if (at_ == json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_blanks();
    return at_ == json_.size();
  }
  bool string(std::string& out) {
    out.clear();
    if (!take('"')) return false;
    while (at_ < json_.size() && json_[at_] != '"')
      if (!character(out)) return false;
    return take_now('"');
  }
  bool number(std::uint64_t& out) {
    skip_blanks();
    const char* begin = json_.data() + at_;
    auto [end, failed] = std::from_chars(begin, json_.data() + json_.size(), out);
    if (failed != std::errc()) return false;
    at_ += static_cast<std::size_t>(end - begin);
    return true;
  }

 private:
  void skip_blanks() {
    while (at_ < json_.size() && std::string_view(" \t\r\n").contains(json_[at_])) ++at_;
  }
  bool take_now(char c) {
    if (at_ == json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool character(std::string& out) {
    if (json_[at_] == '\\') return escape(out);
    auto length = utf8_sequence(json_.substr(at_));
    if (length == 0 || static_cast<unsigned char>(json_[at_]) < 0x20) return false;
    out += json_.substr(at_, length);
    at_ += length;
    return true;
  }
  bool escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (at_ + 1 == json_.size()) return false;
    char c = json_[at_ + 1];
    if (auto found = kLetters.find(c); found != std::string_view::npos) {
      out += kMeant[found];
      at_ += 2;
      return true;
    }
    std::uint32_t code = 0;
    if (!unit(code)) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      std::uint32_t low = 0;
      if (!unit(low) || low < 0xdc00 || low > 0xdfff) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code == 0 || (code >= 0xdc00 && code <= 0xdfff)) {
      return false;
    }
    append_utf8(out, code);
    return true;
  }
  /// \uXXXX
  bool unit(std::uint32_t& out) {
    auto text = json_.substr(at_, 6);
    if (text.size() < 6 || !text.starts_with("\\u")) return false;
    auto [end, failed] = std::from_chars(text.data() + 2, text.data() + 6, out, 16);
    if (failed != std::errc() || end != text.data() + 6) return false;
    at_ += 6;
    return true;
  }

  const std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace

std::size_t end_of_json_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size(); ++at) {
    if (json[at] == '"') return at + 1;
    if (json[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

std::string labels_to_json(const model::Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    append_string(out, name);
    out += ':';
    append_string(out, value);
  }
  return out + "}";
}

Result<model::Labels> labels_from_json(std::string_view json) {
  Reader reader(json);
  auto fail = [&] { return corrupt("labels", reader.at()); };
  model::Labels labels;
  if (!reader.take('{')) return fail();
  for (bool ended = reader.take('}'); !ended; ended = reader.take('}')) {
    if (!labels.empty() && !reader.take(',')) return fail();
    auto& [name, value] = labels.emplace_back();
    if (!reader.string(name) || !reader.take(':') || !reader.string(value)) return fail();
  }
  if (!reader.at_end()) return fail();
  std::ranges::sort(labels);
  if (std::ranges::adjacent_find(labels, {}, &model::Labels::value_type::first) != labels.end()) return fail();
  return labels;
}

std::string ids_to_json(const std::vector<std::uint64_t>& ids) {
  return fmt::format("[{}]", fmt::join(ids, ","));
}

Result<std::vector<std::uint64_t>> ids_from_json(std::string_view json) {
  Reader reader(json);
  auto fail = [&] { return corrupt("ids", reader.at()); };
  std::vector<std::uint64_t> ids;
  if (!reader.take('[')) return fail();
  for (bool ended = reader.take(']'); !ended; ended = reader.take(']')) {
    if (!ids.empty() && !reader.take(',')) return fail();
    if (!reader.number(ids.emplace_back())) return fail();
  }
  if (!reader.at_end()) return fail();
  return ids;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string like_anywhere(std::string_view text) {
  std::string pattern = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace holter::catalog
