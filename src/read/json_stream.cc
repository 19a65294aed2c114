#include "read/json_stream.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "read/json_path.h"
#include "read/json_sax.h"

namespace holter::read {
namespace {

using StepKind = JsonStep::Kind;

/// Whether a child can be judged when it comes by, without what follows.
bool streams(const JsonStep& step) {
  if (step.deep) return false;
  switch (step.kind) {
    case StepKind::kAny:
      return true;
    case StepKind::kNames:
      return step.names.size() == 1;
    case StepKind::kIndexes:
      return step.indexes.size() == 1 && step.indexes.front() >= 0;
    case StepKind::kSlice:
      return step.stride > 0 && step.from.value_or(0) >= 0 && step.to.value_or(0) >= 0;
    case StepKind::kFilter:
      return false;
  }
  return false;
}

bool needs_root(const JsonSteps& steps) {
  for (const auto& step : steps.steps)
    if (step.filter && step.filter->needs_root) return true;
  return false;
}

/// Follows the matched parts of a path through the events of a document, keeps the units in a tree, and evaluates the
/// rest of the path on each.
class Matcher {
 public:
  Matcher(std::string_view document, const JsonSteps& steps, const JsonPlan& plan, Meter& meter,
          JsonUnitResults& results)
      : steps_(steps), plan_(plan), meter_(meter), results_(results), tree_(document, meter), found_(meter) {
    while (head_ < plan.matched && steps.steps[head_].definite()) ++head_;
  }

  bool wants_text() {
    if (skipped_ > 0) return false;
    if (in_object() && !decided_) return true;  // a key
    decide();
    return kept_ > 0 ? place_ != JsonProjection::kSkip : at_ == kUnit || (at_ == plan_.matched && !plan_.each);
  }

  bool key(std::string_view name) {
    decided_ = true;
    if (kept_ == 0) {
      at_ = next_part(frames_[depth_ - 1], &name);
      return true;
    }
    place_ = plan_.kept.inside(kept_frames_[kept_ - 1].place, &name);
    if (place_ == JsonProjection::kSkip) return true;
    auto kept = tree_.keep(name);
    if (!kept) return refused();
    name_ = *kept;
    return true;
  }

  bool begin(JsonKind kind) {
    if (skipped_ > 0) {
      ++skipped_;
      return true;
    }
    decide();
    decided_ = false;
    if (kept_ > 0 ? place_ == JsonProjection::kSkip : at_ == kNowhere) {
      skipped_ = 1;
      return true;
    }
    if (kept_ > 0) return keep_container(kind);
    note_reached(kind);
    if (is_unit(kind)) return begin_unit(kind);
    frames_[depth_++] = {.kind = kind, .at = at_};
    return true;
  }

  bool end() {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    decided_ = false;
    if (kept_ == 0) {
      --depth_;
      return true;
    }
    tree_.close(kept_frames_[--kept_].node);
    return kept_ > 0 || finish_unit();
  }

  bool scalar(JsonKind kind, std::string_view text) {
    if (skipped_ > 0) return true;
    decide();
    decided_ = false;
    if (kept_ > 0) {
      if (place_ == JsonProjection::kSkip) return true;
      const auto& frame = kept_frames_[kept_ - 1];
      return tree_.leaf(kind, frame.kind == JsonKind::kObject ? name_ : std::string_view(), text, frame.node) ||
             refused();
    }
    if (at_ == kNowhere) return true;
    note_reached(kind);
    if (!is_unit(kind)) return true;
    tree_.clear();
    return tree_.leaf(kind, {}, text, JsonTree::kNone) ? finish_unit() : refused();
  }

  /// What went wrong, if anything, once the text has been read (or a false return stopped it).
  Status status() const {
    if (error_) return *error_;
    return missing();
  }

 private:
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  static constexpr std::size_t kUnit = kNowhere - 1;  // an element of a matched array
  struct Frame {
    JsonKind kind = JsonKind::kNull;
    bool taken = false;  // of members with the same name, the first
    std::size_t at = 0;  // parts that led here
    std::int64_t children = 0;
  };
  struct Kept {
    JsonKind kind = JsonKind::kNull;
    std::int32_t place = 0;
    std::uint32_t node = 0;
  };

  bool in_object() const {
    if (kept_ > 0) return kept_frames_[kept_ - 1].kind == JsonKind::kObject;
    return depth_ > 0 && frames_[depth_ - 1].kind == JsonKind::kObject;
  }
  /// For the document itself and elements of arrays; members are decided by their key.
  void decide() {
    if (decided_) return;
    decided_ = true;
    if (kept_ > 0)
      place_ = plan_.kept.inside(kept_frames_[kept_ - 1].place, nullptr);
    else
      at_ = depth_ == 0 ? 0 : next_part(frames_[depth_ - 1], nullptr);
  }
  std::size_t next_part(Frame& frame, const std::string_view* name) {
    const std::int64_t index = frame.children++;
    if (frame.at == plan_.matched) return kUnit;
    const JsonStep& step = steps_.steps[frame.at];
    return selects(step, frame, index, name) ? frame.at + 1 : kNowhere;
  }
  static bool selects(const JsonStep& step, Frame& frame, std::int64_t index, const std::string_view* name) {
    switch (step.kind) {
      case StepKind::kAny:
        return true;
      case StepKind::kNames:
        if (name == nullptr || frame.taken || *name != step.names.front()) return false;
        frame.taken = true;
        return true;
      case StepKind::kIndexes:
        return name == nullptr && index == step.indexes.front();
      case StepKind::kSlice: {
        const auto from = step.from.value_or(0);
        return name == nullptr && index >= from && (!step.to || index < *step.to) && (index - from) % step.stride == 0;
      }
      case StepKind::kFilter:
        break;
    }
    return false;
  }
  bool is_unit(JsonKind kind) const {
    return at_ == kUnit || (at_ == plan_.matched && (!plan_.each || kind == JsonKind::kObject));
  }
  bool begin_unit(JsonKind kind) {
    tree_.clear();
    if (!tree_.open(kind, {}, JsonTree::kNone)) return refused();
    kept_frames_[kept_++] = {.kind = kind, .place = plan_.kept.root(), .node = 0};
    return true;
  }
  bool keep_container(JsonKind kind) {
    const auto& parent = kept_frames_[kept_ - 1];
    const std::uint32_t node = tree_.size();
    if (!tree_.open(kind, parent.kind == JsonKind::kObject ? name_ : std::string_view(), parent.node)) return refused();
    kept_frames_[kept_++] = {.kind = kind, .place = place_, .node = node};
    return true;
  }
  bool finish_unit() {
    auto done = evaluate_unit();
    if (!done) error_ = std::move(done).error();
    return !error_;
  }
  Status evaluate_unit() {
    JsonEvaluator evaluator(tree_, 0, meter_, work_);
    std::size_t rest = plan_.matched;
    if (plan_.each && rest < steps_.steps.size()) {
      TRY(bool passed, evaluator.test(*steps_.steps[rest++].filter, 0));
      if (!passed) return {};
    }
    const bool definite = head_ == plan_.matched && !plan_.each;
    TRY_OK(evaluator.run(steps_, rest, 0, definite, JsonMissing::kError, found_));
    for (std::size_t i = 0; i < found_.size(); ++i) TRY_OK(results_.value(tree_, found_[i], meter_, work_));
    return {};
  }
  bool refused() {
    error_ = meter_.refusal("keep what the path leads to");
    return false;
  }
  void note_reached(JsonKind kind) {
    if (at_ > head_ || (at_ <= reached_ && reached_kind_)) return;
    reached_ = at_;
    reached_kind_ = kind;
  }
  Status missing() const {
    if (!reached_kind_ || reached_ == steps_.steps.size()) return {};
    const bool in_rest = reached_ == plan_.matched;
    if (in_rest && !plan_.each) return {};  // the evaluation has seen to it
    const bool last = reached_ + 1 == steps_.steps.size() && steps_.function == JsonFunction::kNone;
    const JsonStep& step = steps_.steps[reached_];
    // A wildcard or slice that found something is not missing; it is looked at for the kind of value it stood at.
    return check_missing(step, reached_ + 1, last, *reached_kind_);
  }

  const JsonSteps& steps_;
  const JsonPlan& plan_;
  Meter& meter_;
  JsonUnitResults& results_;
  JsonTree tree_;
  JsonNodes found_;
  JsonWork work_;
  std::optional<Error> error_;
  std::size_t head_ = 0;  // leading parts that lead to one value
  std::size_t reached_ = 0;
  std::optional<JsonKind> reached_kind_;

  std::size_t skipped_ = 0;  // levels inside of a value that is not looked at
  bool decided_ = false;     // what the value to come is:
  std::size_t at_ = 0;       //   parts that led to it
  std::int32_t place_ = 0;   //   inside of a unit
  std::string_view name_;    //   its name there
  std::size_t depth_ = 0;
  std::size_t kept_ = 0;
  std::array<Frame, kMaxJsonDepth + 1> frames_;
  std::array<Kept, kMaxJsonDepth + 1> kept_frames_;
};

}  // namespace

JsonPlan JsonPlan::of(const JsonSteps& steps) {
  JsonPlan out;
  if (!needs_root(steps)) {
    // A function wants all values at once, so only one unit may come.
    const bool one = steps.function != JsonFunction::kNone;
    while (out.matched < steps.steps.size() && streams(steps.steps[out.matched]) &&
           (!one || steps.steps[out.matched].definite()))
      ++out.matched;
    if (!one && out.matched < steps.steps.size()) {
      const JsonStep& next = steps.steps[out.matched];
      out.each = next.kind == StepKind::kFilter && !next.deep;
    }
  }
  return out;
}

JsonPlan JsonPlan::of(const JsonSteps& steps, const JsonProjection& columns) {
  JsonPlan out = of(steps);
  // Only where the units are the rows themselves, perhaps after a filter.
  const std::size_t filters = out.each ? 1 : 0;
  if (out.matched + filters != steps.steps.size() || steps.function != JsonFunction::kNone) return out;
  out.kept = columns;
  if (out.each) out.kept.add(*steps.steps[out.matched].filter, 0);
  return out;
}

Status stream_json(std::string_view document, const JsonSteps& steps, const JsonPlan& plan, memory::Account& account,
                   JsonUnitResults& results) {
  if (document.size() > JsonPath::kMaxDocument)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot read the JSON document: it has {} bytes; {} is the most",
                                                   document.size(), JsonPath::kMaxDocument));
  Meter meter(account, JsonPath::kMaxHeldBytes);
  Matcher matcher(document, steps, plan, meter, results);
  TRY(bool whole, scan_json(document, matcher, meter));
  (void)whole;  // the matcher knows why it stopped
  return matcher.status();
}

}  // namespace holter::read
