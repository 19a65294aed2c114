#include "app/active_hours.h"

#include <vector>

#include "model/time_window.h"

namespace holter::app {
namespace {

class Windows final : public alert::ActiveHours {
 public:
  explicit Windows(std::vector<model::TimeWindow> windows) : windows_(std::move(windows)) {}
  bool active_at(std::int64_t time_ms) const override {
    return model::any_contains(windows_, WallTime(milliseconds(time_ms)));
  }

 private:
  const std::vector<model::TimeWindow> windows_;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::shared_ptr<const alert::ActiveHours>> ActiveHours::parse(std::string_view text) const {
  std::vector<model::TimeWindow> windows;
  while (!text.empty()) {
    auto end = text.find(';');
    TRY(auto window, model::TimeWindow::parse(trimmed(text.substr(0, end))));
    windows.push_back(window);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return std::make_shared<const Windows>(std::move(windows));
}

}  // namespace holter::app
