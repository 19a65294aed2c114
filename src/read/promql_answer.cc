#include "read/promql_answer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "expr/number_text.h"
#include "read/json_sax.h"

namespace holter::read {
namespace {

using Type = PromqlAnswer::Type;

constexpr std::size_t kMostValue = 64;      // bytes of a sample's text
constexpr std::size_t kMostTime = 1 << 10;  // and of a time's

/// Takes events of the document; what it does not know is passed over, whatever is in it.
class Reader {
 public:
  explicit Reader(memory::Account& account) : account_(account) {}

  // As JsonSax wants a Handler.
  bool wants_text() const { return skipped_ == 0; }
  bool key(std::string_view name) {
    key_ = name.substr(0, PromqlAnswer::kMostLabelText + 1);
    return true;
  }
  bool begin(JsonKind kind) {
    if (skipped_ > 0) return ++skipped_ > 0;
    const auto place = place_of(kind);
    if (place == Place::kNone || depth_ + 1 == places_.size()) {
      if (at() == Place::kSeries && key_ == "histogram") histogram_ = true;
      return ++skipped_ > 0;
    }
    places_[++depth_] = place;
    if (place == Place::kSeries) series_ = {}, histogram_ = false;
    if (place == Place::kResult) has_result_ = true;
    if (place == Place::kPoint) part_ = 0;
    return true;
  }
  bool end() {
    if (skipped_ > 0) return --skipped_, true;
    const auto place = at();
    --depth_;
    if (place == Place::kSeries) return end_series();
    if (place == Place::kPoint) return part_ == 2 ? add_point() : fail_shape("a sample is [time, \"value\"]");
    return true;
  }
  bool scalar(JsonKind kind, std::string_view text) {
    switch (skipped_ > 0 ? Place::kNone : at()) {
      case Place::kTop:
        if (key_ == "status" && kind == JsonKind::kString) status_ = cut(text);
        if (key_ == "error" && kind == JsonKind::kString) answer_.error = cut(text);
        if (key_ == "errorType" && kind == JsonKind::kString) answer_.error_type = cut(text);
        return true;
      case Place::kData:
        if (key_ == "resultType" && kind == JsonKind::kString) type_ = cut(text);
        return true;
      case Place::kWarnings:
        if (kind == JsonKind::kString && answer_.warnings.size() < PromqlAnswer::kMostWarnings)
          answer_.warnings.push_back(cut(text));
        return true;
      case Place::kMetric:
        return kind == JsonKind::kString ? add_label(text) : fail_shape("a label is a text");
      case Place::kPoint:
      case Place::kResult:  // of a scalar, which is a sample itself
        return take_part(kind, text);
      default:
        return true;
    }
  }

  Result<PromqlAnswer> finish() && {
    if (status_.empty()) return shape("it has no status");
    if (status_ != "success") {
      if (answer_.error.empty()) answer_.error = fmt::format("status '{}'", status_);
      answer_.series.clear();
      return charge_rest();
    }
    answer_.error.clear();
    answer_.error_type.clear();
    if (!has_result_) return shape("it has no result");
    if (type_ == "vector")
      answer_.type = Type::kVector;
    else if (type_ == "matrix")
      answer_.type = Type::kMatrix;
    else if (type_ == "scalar")
      answer_.type = Type::kScalar;
    else if (type_ == "string")
      answer_.type = Type::kString;
    else
      return shape(fmt::format("its resultType is '{}'", excerpt(type_, 40)));
    const bool alone = answer_.type == Type::kScalar || answer_.type == Type::kString;
    if (alone != (part_of_result_ == 2) || (alone && !answer_.series.empty()))
      return shape(fmt::format("its result is no {}", type_));
    if (alone) answer_.series.push_back({.labels = {}, .points = {std::move(scalar_)}});
    return charge_rest();
  }
  Error failure() const {
    return failure_.value_or(Error(ErrorCode::kResourceExhausted, "cannot keep the answer of the PromQL server"));
  }

 private:
  enum class Place : std::uint8_t { kNone, kRoot, kTop, kData, kResult, kSeries, kMetric, kPoint, kPoints, kWarnings };

  Place at() const { return places_[depth_]; }
  /// Where the container that begins leads to.
  Place place_of(JsonKind kind) const {
    const bool object = kind == JsonKind::kObject;
    switch (at()) {
      case Place::kRoot:
        return object ? Place::kTop : Place::kNone;
      case Place::kTop:
        if (object && key_ == "data" && !has_result_) return Place::kData;
        return !object && (key_ == "warnings" || key_ == "infos") ? Place::kWarnings : Place::kNone;
      case Place::kData:
        return !object && key_ == "result" && !has_result_ ? Place::kResult : Place::kNone;
      case Place::kResult:
        return object ? Place::kSeries : Place::kNone;
      case Place::kSeries:
        if (object) return key_ == "metric" ? Place::kMetric : Place::kNone;
        return key_ == "value" ? Place::kPoint : key_ == "values" ? Place::kPoints : Place::kNone;
      case Place::kPoints:
        return object ? Place::kNone : Place::kPoint;
      default:
        return Place::kNone;
    }
  }

  static std::string cut(std::string_view text) { return excerpt(text, PromqlAnswer::kMostMessage); }
  static Error shape(std::string_view why) {
    return {ErrorCode::kProtocolViolation, fmt::format("cannot read the answer as one of Prometheus' API: {}", why)};
  }
  bool fail_shape(std::string_view why) {
    failure_ = shape(why);
    return false;
  }
  bool fail_limit(std::string_view what, std::size_t most) {
    failure_ = Error(ErrorCode::kTooLarge,
                     fmt::format("cannot take an answer with more than {} {}: ask for less", most, what));
    return false;
  }

  bool add_label(std::string_view value) {
    constexpr auto kMost = PromqlAnswer::kMostLabelText;
    if (key_.size() > kMost || value.size() > kMost) return fail_limit("bytes in a label", kMost);
    if (series_.labels.size() == PromqlAnswer::kMostLabels)
      return fail_limit("labels of a series", PromqlAnswer::kMostLabels);
    std::string name_text, value_text;
    const auto name = as_utf8(key_, name_text);
    auto place = std::ranges::lower_bound(series_.labels, name, {}, &model::Labels::value_type::first);
    if (place == series_.labels.end() || place->first != name)
      series_.labels.emplace(place, name, as_utf8(value, value_text));
    return true;
  }

  /// Of [time, "value"].
  bool take_part(JsonKind kind, std::string_view text) {
    auto& part = at() == Place::kResult ? part_of_result_ : part_;
    auto& point = at() == Place::kResult ? scalar_ : point_;
    ++part;
    if (part == 1 && kind == JsonKind::kNumber && text.size() < kMostTime) {
      const auto seconds = expr::parse_number(text);
      const double ms = seconds ? seconds->as_double() * 1000 : NAN;
      if (!(std::abs(ms) < 9e15)) return fail_shape("the time of a sample is out of range");
      point.time_ms = std::llround(ms);
      return true;
    }
    if (part != 2 || kind != JsonKind::kString) return fail_shape("a sample is [time, \"value\"]");
    // A text that is a result by itself is no sample; nobody takes it for one.
    std::string scratch;
    point.value = as_utf8(text.substr(0, kMostValue), scratch);
    return true;
  }
  bool add_point() {
    if (++points_ > PromqlAnswer::kMostPoints) return fail_limit("samples", PromqlAnswer::kMostPoints);
    series_.points.push_back(std::exchange(point_, {}));
    // A long series is on the account while it grows.
    return charge(sizeof(PromqlPoint) * 2 + 16);
  }

  bool end_series() {
    if (histogram_ && series_.points.empty()) series_.points.emplace_back();
    if (series_.points.empty()) return true;
    if (answer_.series.size() == PromqlAnswer::kMostSeries) return fail_limit("series", PromqlAnswer::kMostSeries);
    std::size_t bytes = 2 * sizeof(PromqlSeries);
    for (const auto& [name, value] : series_.labels)
      bytes += 2 * sizeof(model::Labels::value_type) + name.size() + value.size();
    if (!charge(bytes)) return false;
    answer_.series.push_back(std::move(series_));
    return true;
  }
  bool charge(std::size_t bytes) {
    const auto all = answer_.reserved.bytes() + bytes;
    if (all > PromqlAnswer::kMostBytes) return fail_limit("bytes", PromqlAnswer::kMostBytes);
    if (answer_.reserved.bytes() == 0) {
      auto first = account_.reserve(bytes);
      if (first)
        answer_.reserved = std::move(*first);
      else
        failure_ = first.error();
      return first.has_value();
    }
    if (answer_.reserved.resize(all)) return true;
    failure_ = account_.refusal(bytes);
    return false;
  }
  Result<PromqlAnswer> charge_rest() {
    if (!charge((PromqlAnswer::kMostWarnings + 4) * PromqlAnswer::kMostMessage)) return *failure_;
    return std::move(answer_);
  }

  memory::Account& account_;
  PromqlAnswer answer_;
  std::optional<Error> failure_;
  std::array<Place, 8> places_{Place::kRoot};
  std::size_t depth_ = 0, skipped_ = 0;
  std::string key_, status_, type_;
  PromqlSeries series_;
  PromqlPoint point_, scalar_;
  unsigned part_ = 0, part_of_result_ = 0;
  std::size_t points_ = 0;
  bool histogram_ = false, has_result_ = false;
};

}  // namespace

Result<PromqlAnswer> read_promql(std::string_view document, memory::Account& account) {
  try {
    Reader reader(account);
    Meter meter(account, std::size_t{1} << 20);  // of one text with escapes
    auto whole = scan_json(document, reader, meter);
    if (!whole) return std::move(whole).error();
    if (!*whole) return reader.failure();
    return std::move(reader).finish();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kResourceExhausted, "cannot keep the answer of the PromQL server: out of memory");
  }
}

}  // namespace holter::read
