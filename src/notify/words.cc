#include <array>

#include <fmt/format.h>

#include "base/units.h"
#include "notify/template.h"

namespace holter::notify {
namespace {

bool chinese(Language language) {
  return language == Language::kChinese;
}

}  // namespace

std::string duration_word(milliseconds duration, Language language) {
  auto left = std::chrono::floor<seconds>(duration);
  if (!chinese(language)) return format_duration(left);
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::minutes;
  std::string text;
  auto take = [&](auto unit, std::string_view word) {
    auto count = left / unit;
    left %= unit;
    if (count > 0) text += fmt::format("{}{}", count, word);
  };
  take(seconds(days(1)), "天");
  take(seconds(hours(1)), "小时");
  take(seconds(minutes(1)), "分");
  if (left.count() > 0 || text.empty()) text += fmt::format("{}秒", left.count());
  return text;
}

std::string_view severity_word(model::Severity severity, Language language) {
  static constexpr std::array<std::string_view, 4> kChinese{"提示", "警告", "严重", "紧急"};
  return chinese(language) ? kChinese[static_cast<std::size_t>(severity)] : to_string(severity);
}

std::string_view status_word(bool firing, Language language) {
  if (chinese(language)) return firing ? "告警" : "已恢复";
  return firing ? "firing" : "resolved";
}

std::string_view resolution_word(model::Resolution resolution, Language language) {
  static constexpr std::array<std::string_view, model::kResolutions> kEnglish{
      "still firing",
      "recovered",
      "its row is gone",
      "its monitor was deleted",
      "its monitor was paused",
      "what it depends on is down",
      "its rule was deleted or changed",
      "resolved by hand",
      "not repeated by its source",
  };
  static constexpr std::array<std::string_view, model::kResolutions> kChinese{
      "仍在告警",           "已恢复",           "对应的数据行已消失", "监控已删除",    "监控已暂停",
      "所依赖的对象不可用", "规则已删除或变更", "人工恢复",           "来源未再次上报"};
  auto index = static_cast<std::size_t>(resolution);
  return chinese(language) ? kChinese[index] : kEnglish[index];
}

}  // namespace holter::notify
