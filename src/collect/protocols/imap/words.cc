#include "collect/protocols/imap/words.h"

#include <cstdint>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect::imap {
namespace {

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Takes one code point off the text.
std::uint32_t next_point(std::string_view& text) {
  auto first = static_cast<unsigned char>(text[0]);
  int more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 && first < 0xe0 ? 1 : 0;
  if (first >= 0xf5 || (first >= 0x80 && more == 0)) {
    text.remove_prefix(1);
    return 0xfffd;
  }
  std::uint32_t point = more == 0 ? first : first & (0x3f >> more);
  text.remove_prefix(1);
  for (; more > 0; --more) {
    if (text.empty() || (static_cast<unsigned char>(text[0]) & 0xc0) != 0x80) return 0xfffd;
    point = point << 6 | (static_cast<unsigned char>(text[0]) & 0x3f);
    text.remove_prefix(1);
  }
  return point > 0x10ffff ? 0xfffd : point;
}

/// Gathers UTF-16 and writes it as digits of six bits between '&' and '-'.
class Shifted {
 public:
  explicit Shifted(std::string& out) : out_(out) {}
  void add(std::uint32_t point) {
    if (!open_) out_ += '&';
    open_ = true;
    if (point < 0x10000) return put(point);
    put(0xd800 + ((point - 0x10000) >> 10));
    put(0xdc00 + ((point - 0x10000) & 0x3ff));
  }
  void close() {
    if (!open_) return;
    if (held_ > 0) out_ += kDigits[bits_ << (6 - held_) & 63];
    out_ += '-';
    open_ = false;
    bits_ = 0;
    held_ = 0;
  }

 private:
  void put(std::uint32_t unit) {
    bits_ = bits_ << 16 | unit;
    held_ += 16;
    while (held_ >= 6) {
      held_ -= 6;
      out_ += kDigits[bits_ >> held_ & 63];
    }
    bits_ &= (1U << held_) - 1;
  }
  std::string& out_;
  std::uint32_t bits_ = 0;
  int held_ = 0;
  bool open_ = false;
};

}  // namespace

std::string encode_folder(std::string_view name) {
  std::string out;
  Shifted shifted(out);
  while (!name.empty()) {
    auto point = next_point(name);
    if (point < 0x20 || point > 0x7e) {
      shifted.add(point);
      continue;
    }
    shifted.close();
    out += static_cast<char>(point);
    if (point == '&') out += '-';
  }
  shifted.close();
  return out;
}

Result<std::vector<std::pair<std::string_view, std::string_view>>> find_counts(std::string_view heard) {
  std::vector<std::pair<std::string_view, std::string_view>> counts;
  constexpr std::string_view kMark = "* STATUS ";
  constexpr std::size_t kMostCounts = 16;
  while (!heard.empty()) {
    auto line = next_line(heard);
    if (!same_text(line.substr(0, kMark.size()), kMark)) continue;
    // The folder's name may have brackets of its own: the list is the last.
    auto open = line.rfind('('), close = line.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("cannot read the state of the folder: '{}'", excerpt(line)));
    auto list = line.substr(open + 1, close - open - 1);
    while (!list.empty() && counts.size() < kMostCounts) {
      auto name = list.substr(0, list.find(' '));
      list.remove_prefix(std::min(list.size(), name.size() + 1));
      auto count = list.substr(0, list.find(' '));
      list.remove_prefix(std::min(list.size(), count.size() + 1));
      if (!count.empty()) counts.emplace_back(name, count);
    }
    break;
  }
  return counts;
}

}  // namespace holter::collect::imap
