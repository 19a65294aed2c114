#include "read/json_apply.h"

#include <functional>
#include <limits>
#include <optional>

#include "expr/number_text.h"
#include "read/json_sax.h"

namespace holter::read {
namespace {

using Found = expr::JsonLookup::Found;
using expr::Value;

/// Follows names down to a value. A container that is the value is written into the arena as JSON without blanks.
class Lookup {
 public:
  Lookup(std::string_view document, std::span<const std::string_view> path, expr::TextArena& arena, Value& value)
      : document_(document), path_(path), arena_(arena), value_(value) {}

  Found found() const { return found_; }
  bool too_large() const { return found_ == Found::kTooLarge; }

  bool wants_text() const { return skipped_ == 0; }
  bool key(std::string_view name) {
    if (writing_ > 0) return comma() && quoted(name) && write(":");
    matched_ = !passed_[open_ - 1] && name == path_[open_ - 1];
    if (matched_) passed_[open_ - 1] = true;
    return true;
  }
  bool begin(JsonKind kind) {
    if (skipped_ > 0) return ++skipped_ != 0;
    if (writing_ > 0) return element() && open_text(kind);
    if (path_.empty() || (open_ > 0 && !matched_)) return skip();
    matched_ = false;
    if (open_ == path_.size() && open_ > 0) {
      found_ = Found::kValue;
      return open_text(kind);
    }
    if (kind == JsonKind::kArray) {
      found_ = Found::kNoObject;
      return skip();
    }
    passed_[open_++] = false;
    found_ = open_ == path_.size() ? Found::kMissing : Found::kNoObject;
    return true;
  }
  bool end() {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    if (writing_ == 0) {
      --open_;
      return true;
    }
    first_ = false;
    if (!write(kinds_[--writing_] == JsonKind::kObject ? "}" : "]")) return false;
    if (writing_ == 0) value_ = Value::of(text_);
    return true;
  }
  bool scalar(JsonKind kind, std::string_view text) {
    if (skipped_ > 0) return true;
    if (writing_ > 0) return element() && write_scalar(kind, text);
    if (!matched_) return true;
    matched_ = false;
    if (open_ != path_.size()) return true;  // an object should be here
    found_ = Found::kValue;
    return set(kind, text);
  }

 private:
  bool skip() {
    skipped_ = 1;
    return true;
  }
  bool full() {
    found_ = Found::kTooLarge;
    return false;
  }
  bool write(std::string_view text) {
    auto joined = arena_.join(text_, text);
    if (!joined) return full();
    text_ = *joined;
    return true;
  }
  bool open_text(JsonKind kind) {
    kinds_[writing_++] = kind;
    first_ = true;
    return write(kind == JsonKind::kObject ? "{" : "[");
  }
  bool comma() {
    if (!first_ && !write(",")) return false;
    first_ = false;
    return true;
  }
  /// An element of an array needs a comma; a member has had it before its name.
  bool element() { return kinds_[writing_ - 1] == JsonKind::kObject || comma(); }
  bool quoted(std::string_view text) {
    if (text.size() > expr::TextArena::kCapacity) return full();
    scratch_.clear();
    append_json_string(text, scratch_);
    return write(scratch_);
  }
  static std::string_view word(JsonKind kind) {
    return kind == JsonKind::kNull ? "null" : kind == JsonKind::kTrue ? "true" : "false";
  }
  bool write_scalar(JsonKind kind, std::string_view text) {
    if (kind == JsonKind::kString) return quoted(text);
    return write(kind == JsonKind::kNumber ? text : word(kind));
  }
  bool set(JsonKind kind, std::string_view text) {
    if (kind == JsonKind::kTrue || kind == JsonKind::kFalse) value_ = Value::of(kind == JsonKind::kTrue);
    if (kind == JsonKind::kNull) value_ = Value();
    if (kind == JsonKind::kNumber) value_ = expr::parse_number(text).value_or(Value());
    if (kind != JsonKind::kString) return true;
    const std::less_equal<> not_after;
    if (text.empty() || (not_after(document_.data(), text.data()) &&
                         not_after(text.data() + text.size(), document_.data() + document_.size()))) {
      value_ = Value::of(text);
      return true;
    }
    auto copy = arena_.copy(text);
    if (!copy) return full();
    value_ = Value::of(*copy);
    return true;
  }

  const std::string_view document_;
  const std::span<const std::string_view> path_;
  expr::TextArena& arena_;
  Value& value_;
  Found found_ = Found::kNoObject;
  std::size_t skipped_ = 0;
  std::size_t open_ = 0;  // objects of the path we are in
  bool matched_ = false;  // the value to come is the one that the path names
  bool passed_[kMaxJsonDepth + 1] = {};
  std::size_t writing_ = 0;  // levels of the value that becomes text
  bool first_ = true;
  JsonKind kinds_[kMaxJsonDepth + 1] = {};
  std::string_view text_;
  std::string scratch_;
};

bool is_object(std::string_view document) {
  auto first = document.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && document[first] == '{';
}

}  // namespace

Found JsonApply::lookup(std::string_view document, std::span<const std::string_view> path, expr::TextArena& arena,
                        Value& value) const {
  if (!is_object(document)) return Found::kNoObject;
  if (path.size() > kMaxJsonDepth || document.size() >= std::numeric_limits<std::uint32_t>::max())
    return Found::kTooLarge;
  Meter meter(account_, 4 * expr::TextArena::kCapacity);
  Value found;
  Lookup lookup(document, path, arena, found);
  auto whole = scan_json(document, lookup, meter);
  if (!whole && whole.error().code() == ErrorCode::kProtocolViolation) return Found::kNoObject;
  if (!whole || lookup.too_large()) return Found::kTooLarge;
  if (path.empty()) {
    value = Value::of(document);
    return Found::kValue;
  }
  if (lookup.found() == Found::kValue) value = found;
  return lookup.found();
}

}  // namespace holter::read
