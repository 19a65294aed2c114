#include "ruletest/series.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::ruletest {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
/// What ends a name.
constexpr std::string_view kMarks = " \t\r\n{}=!~,\"'";

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<SeriesName> read() {
    SeriesName out;
    out.name = take_name();
    if (out.name.empty()) return wrong("a name is needed");
    if (take('{')) TRY_OK(read_labels(out.labels));
    if (at_ != text_.size()) return wrong("nothing may stand behind it");
    return out;
  }

 private:
  Status read_labels(model::Labels& labels) {
    while (!take('}')) {
      auto name = take_name();
      if (name.empty()) return wrong("the name of a label is needed");
      if (std::ranges::find(labels, name, &model::Labels::value_type::first) != labels.end())
        return wrong(fmt::format("the label '{}' stands twice", excerpt(name)));
      if (labels.size() == kMostSeriesLabels)
        return Error(ErrorCode::kTooLarge,
                     fmt::format("cannot read the series: it has more than {} labels", kMostSeriesLabels));
      if (!take('=')) return wrong("'=' is needed: a series is named by what it is, not by a condition");
      TRY(auto value, take_value());
      labels.emplace_back(std::move(name), std::move(value));
      if (take(',')) continue;
      if (!take('}')) return wrong("',' or '}' is needed");
      break;
    }
    return {};
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  /// With the blanks around it.
  bool take(char mark) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != mark) return false;
    ++at_;
    skip_blanks();
    return true;
  }
  std::string take_name() {
    skip_blanks();
    auto end = std::min(text_.find_first_of(kMarks, at_), text_.size());
    auto name = std::string(text_.substr(at_, end - at_));
    at_ = end;
    skip_blanks();
    return name;
  }
  Result<std::string> take_value() {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') return wrong("a value in quotes is needed");
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == quote) {
        ++at_;
        return value;
      }
      if (c == '\\') {
        if (++at_ == text_.size()) break;
        c = text_[at_];
        if (c != 'n' && c != '\\' && c != quote) return wrong(R"(only \n, \\ and the quote can be escaped)");
        if (c == 'n') c = '\n';
      }
      value += c;
    }
    return wrong("the quote is not closed");
  }
  Error wrong(std::string_view why) const {
    return {ErrorCode::kInvalidArgument,
            fmt::format("cannot read the series '{}': column {}: {}", excerpt(text_), at_ + 1, why)};
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<SeriesName> parse_series(std::string_view text) {
  if (text.size() > kMostSeriesText)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot read the series: it has {} bytes, and {} are the most",
                                                   text.size(), kMostSeriesText));
  return Reader(text).read();
}

}  // namespace holter::ruletest
