#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "read/json_filter_parser.h"
#include "read/json_path.h"
#include "read/json_steps.h"

namespace holter::read {
namespace {

constexpr std::size_t kMaxSteps = 64;
constexpr std::size_t kMaxUnion = 256;

struct NamedFunction {
  std::string_view name;
  JsonFunction function;
};
constexpr NamedFunction kFunctions[] = {{"length", JsonFunction::kLength}, {"size", JsonFunction::kLength},
                                        {"min", JsonFunction::kMin},       {"max", JsonFunction::kMax},
                                        {"avg", JsonFunction::kAvg},       {"sum", JsonFunction::kSum}};

/// `[...]` at the cursor, up to and including the bracket that closes it.
class BracketParser {
 public:
  BracketParser(JsonCursor& cursor, JsonStep& step) : at_(cursor), step_(step) {}

  Status parse() {
    at_.take('[');
    at_.skip_blanks();
    if (at_.take('?')) {
      TRY_OK(parse_filter_step());
    } else if (at_.take('*')) {
      step_.kind = JsonStep::Kind::kAny;
    } else if (at_.peek() == '\'' || at_.peek() == '"') {
      TRY_OK(parse_names());
    } else if (at_.peek() == ':' || at_.peek() == '-' || is_number_ahead()) {
      TRY_OK(parse_numbers());
    } else {
      TRY_OK(parse_bare_name());
    }
    at_.skip_blanks();
    if (!at_.take(']')) return at_.error("expected ']'");
    return {};
  }

 private:
  Status parse_filter_step() {
    step_.kind = JsonStep::Kind::kFilter;
    TRY(auto filter, parse_json_filter(at_));
    step_.filter = std::make_shared<const JsonFilter>(std::move(filter));
    return {};
  }

  Status parse_names() {
    step_.kind = JsonStep::Kind::kNames;
    do {
      at_.skip_blanks();
      TRY(auto name, at_.quoted());
      if (step_.names.size() == kMaxUnion) return at_.error("more than 256 names in a union");
      step_.names.push_back(std::move(name));
      at_.skip_blanks();
    } while (at_.take(','));
    return {};
  }

  Status parse_numbers() {
    step_.kind = JsonStep::Kind::kIndexes;
    if (at_.peek() != ':') {
      do {
        at_.skip_blanks();
        TRY(auto index, at_.integer());
        if (step_.indexes.size() == kMaxUnion) return at_.error("more than 256 indexes in a union");
        step_.indexes.push_back(index);
        at_.skip_blanks();
      } while (at_.take(','));
      if (at_.peek() != ':') return {};
      if (step_.indexes.size() > 1) return at_.error("a slice in a union is not known");
      step_.from = step_.indexes.front();
      step_.indexes.clear();
    }
    step_.kind = JsonStep::Kind::kSlice;
    at_.take(':');
    at_.skip_blanks();
    if (at_.peek() != ']' && at_.peek() != ':') {
      TRY(step_.to, at_.integer());
      at_.skip_blanks();
    }
    if (at_.take(':')) {
      at_.skip_blanks();
      if (at_.peek() != ']') {
        TRY(step_.stride, at_.integer());
      }
      if (step_.stride == 0) return at_.error("a slice cannot go in steps of 0");
    }
    return {};
  }

  /// `[name]` is no JSONPath, but definitions have it.
  Status parse_bare_name() {
    step_.kind = JsonStep::Kind::kNames;
    auto name = at_.until("]");
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.empty()) return at_.error("expected a name, an index, '*' or '?(' in the brackets");
    if (name.contains('[') || name.contains(',')) return at_.error("a name in a union, or with '[', needs quotes");
    step_.names.emplace_back(name);
    return {};
  }

  bool is_number_ahead() const {
    auto inside = at_.rest().substr(0, at_.rest().find(']'));
    return !inside.empty() && inside.find_first_not_of("0123456789 ,:-") == std::string_view::npos;
  }

  JsonCursor& at_;
  JsonStep& step_;
};

Status parse_function(JsonCursor& at, std::string_view name, JsonSteps& out) {
  for (const auto& known : kFunctions)
    if (known.name == name) out.function = known.function;
  if (out.function == JsonFunction::kNone)
    return at.error(fmt::format("unknown function {}(); there are length, min, max, avg, sum", excerpt(name, 40)));
  at.take('(');
  at.skip_blanks();
  if (!at.take(')')) return at.error(fmt::format("{}() takes no arguments", name));
  return {};
}

}  // namespace

Result<JsonSteps> parse_json_steps(JsonCursor& at, std::string_view stops) {
  JsonSteps out;
  const bool bare = at.peek() != '$' && at.peek() != '@';  // `a.b` means `$.a.b`
  if (!bare) out.from_root = at.next() == '$';
  bool name_may_follow = bare;  // also after `*`: `$.*name` means `$.*.name`
  while (!at.at_end() && !stops.contains(at.peek())) {
    JsonStep step;
    const bool dot = at.take('.');
    step.deep = dot && at.take('.');
    if (!dot && at.peek() != '[' && !name_may_follow) return at.error("expected '.' or '['");
    name_may_follow = false;
    if (at.peek() == '[') {
      TRY_OK(BracketParser(at, step).parse());
    } else if (at.take('*')) {
      name_may_follow = at.peek() != '(';
    } else {
      step.kind = JsonStep::Kind::kNames;
      const auto name = at.until(stops.empty() ? ".[(" : stops.contains(')') ? ".[()=!<>&| ,\t" : ".[(");
      if (name.empty()) return at.error("expected a name, '*' or '[' after '.'");
      if (at.peek() == '(') {
        TRY_OK(parse_function(at, name, out));
        if (step.deep) return at.error("a function cannot stand after '..'");
        if (!at.at_end() && !stops.contains(at.peek())) return at.error("a function must be the last part of a path");
        break;
      }
      step.names.emplace_back(name);
    }
    if (out.steps.size() == kMaxSteps) return at.error("a path has 64 parts at most");
    out.steps.push_back(std::move(step));
  }
  return out;
}

Result<JsonSteps> parse_json_path(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  JsonCursor at(text);
  at.skip_blanks();
  if (text.size() > JsonPath::kMaxText) return at.error("it is longer than 4096 bytes");
  if (at.at_end()) return at.error("it is empty");
  if (at.peek() == '@') return at.error("'@' is for filters only; a path begins with '$'");
  return parse_json_steps(at, "");
}

}  // namespace holter::read
