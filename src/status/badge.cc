#include "status/badge.h"

#include <cmath>

#include <fmt/format.h>

#include "status/buckets.h"
#include "status/xml.h"

namespace holter::status {
namespace {

// White on each is 4.5:1 and more (WCAG 2.2, 1.4.3); the words say it to who cannot tell the colours.
constexpr std::string_view kColours[] = {"#1a7f37", "#2f5fa8", "#5f6670", "#9a4a00", "#b3261e"};
constexpr std::string_view kWords[] = {"operational", "maintenance", "no data", "degraded", "outage"};
constexpr std::string_view kChinese[] = {"正常", "维护中", "无数据", "部分异常", "中断"};

bool is_chinese(std::string_view language) {
  return language == "zh" || language.starts_with("zh-");
}

/// The first characters, at most kMostBadgeText; what is no UTF-8 counts byte by byte.
std::string_view cut(std::string_view text) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size() && count < kMostBadgeText; ++count)
    at += decode_utf8(text.substr(at)).bytes;
  return text.substr(0, at);
}

/// In tenths of a px.
unsigned width_of(std::uint32_t code) {
  constexpr std::string_view kNarrow = "ijlI|.,:;'!()[]fJrt /\\-`", kWide = "mwMW@%&";
  if (code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
                         (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) ||
                         (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300))
    return 110;
  if (code >= 0x80) return 75;
  auto c = static_cast<char>(code);
  if (kNarrow.contains(c)) return 45;
  if (kWide.contains(c)) return 105;
  return c >= 'A' && c <= 'Z' ? 78 : 69;
}

}  // namespace

unsigned text_width(std::string_view text) {
  unsigned tenths = 0;
  text = cut(text);
  for (std::size_t at = 0; at < text.size();) {
    auto [code, bytes] = decode_utf8(text.substr(at));
    tenths += width_of(code == kNoCodePoint ? 0xfffd : code);
    at += bytes;
  }
  return (tenths + 9) / 10;
}

Badge status_badge(std::string_view label, State state, std::string_view language) {
  auto at = static_cast<std::size_t>(state);
  return {std::string(label), std::string(is_chinese(language) ? kChinese[at] : kWords[at]), kColours[at]};
}

Badge uptime_badge(std::string_view label, std::optional<double> availability, std::string_view language) {
  constexpr double kGood = 0.995, kFair = 0.95;
  auto state = !availability            ? State::kUnknown
               : *availability >= kGood ? State::kOperational
               : *availability >= kFair ? State::kDegraded
                                        : State::kOutage;
  auto at = static_cast<std::size_t>(state);
  auto value = !availability && is_chinese(language) ? std::string(kChinese[at]) : percent_text(availability);
  return {std::string(label), std::move(value), kColours[at]};
}

std::string write_badge(const Badge& badge) {
  constexpr unsigned kPad = 6, kHeight = 20, kBaseline = 14;
  auto label = cut(badge.label), value = cut(badge.value);
  auto left = text_width(label) + 2 * kPad, right = text_width(value) + 2 * kPad, all = left + right;
  std::string name, label_text, value_text;
  append_xml(label_text, label);
  append_xml(value_text, value);
  name = label_text + ": " + value_text;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "aria-label=\"{2}\">\n<title>{2}</title>\n",
      all, kHeight, name);
  out += fmt::format(
      "<path d=\"M4 0H{0}V{1}H4A4 4 0 0 1 0 {2}V4A4 4 0 0 1 4 0Z\" fill=\"#3d444d\"/>\n"
      "<path d=\"M{0} 0H{3}A4 4 0 0 1 {4} 4V{2}A4 4 0 0 1 {3} {1}H{0}Z\" fill=\"{5}\"/>\n",
      left, kHeight, kHeight - 4, all - 4, all, badge.colour);
  out +=
      "<g fill=\"#fff\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\" "
      "text-anchor=\"middle\">\n";
  out += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>\n", left / 2, kBaseline, label_text);
  out += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>\n", left + right / 2, kBaseline, value_text);
  out += "</g>\n</svg>\n";
  return out;
}

}  // namespace holter::status
