#include "collect/expand.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "model/marked_name.h"

namespace holter::collect {
namespace {

using model::Node;

constexpr std::string_view kMark = "^o^";

std::optional<model::MarkedName> find_reference(std::string_view text, std::size_t from = 0) {
  return model::find_marked_name(text, kMark, from);
}

const std::optional<std::string>* find_variable(const Variables& variables, std::string_view name) {
  auto found = std::ranges::find(variables, name, &Variables::value_type::first);
  return found == variables.end() ? nullptr : &found->second;
}

/// Follows an expression byte by byte: is the next one inside quotes?
class Quotes {
 public:
  void pass(std::string_view text) {
    for (char c : text) {
      if (escaped_)
        escaped_ = false;
      else if (quote_ != '\0' && c == '\\')
        escaped_ = true;
      else if (c == quote_)
        quote_ = '\0';
      else if (quote_ == '\0' && (c == '"' || c == '\''))
        quote_ = c;
    }
  }
  bool inside() const { return quote_ != '\0'; }

 private:
  char quote_ = '\0';
  bool escaped_ = false;
};

/// `value` as it stands between quotes of an expression. A `#` behind a backslash gets another form, since `\#` is a
/// `#` in a definition.
void append_escaped(std::string& out, std::string_view value) {
  for (char c : value) {
    if (c == '#' && out.ends_with('\\'))
      out += "\\u0023";
    else if (c == '\\' || c == '"' || c == '\'')
      (out += '\\') += c;
    else
      out += c;
  }
}

enum class Splice : std::uint8_t { kRaw, kExpression };

/// nullopt: the whole text is a reference without a value.
std::optional<std::string> replace(const std::string& in, const Variables& variables, Splice splice) {
  auto found = find_reference(in);
  if (!found) return in;
  if (found->begin == 0 && found->end == in.size()) {
    const auto* value = find_variable(variables, found->name);
    return value == nullptr ? std::optional(in) : *value;
  }
  std::string out;
  Quotes quotes;
  std::size_t from = 0;
  for (; found; found = find_reference(in, from)) {
    auto before = std::string_view(in).substr(from, found->begin - from);
    out += before;
    quotes.pass(before);
    const auto* value = find_variable(variables, found->name);
    if (value == nullptr)
      out.append(in, found->begin, found->end - found->begin);
    else if (*value && splice == Splice::kExpression && quotes.inside())
      append_escaped(out, **value);
    else if (*value)
      out += **value;
    from = found->end;
  }
  return out.append(in, from);
}

Node replace(const Node& in, const Variables& variables) {
  Node out{.kind = in.kind, .keys = in.keys};
  if (in.kind == Node::Kind::kText) {
    if (auto value = replace(in.text, variables, Splice::kRaw))
      out.text = std::move(*value);
    else
      out.kind = Node::Kind::kNull;
  }
  out.items.reserve(in.items.size());
  for (const auto& item : in.items) out.items.push_back(replace(item, variables));
  return out;
}

template <class Visit>
void each_text(const Node& node, Visit& visit) {
  if (node.kind == Node::Kind::kText) visit(node.text);
  for (const auto& item : node.items) each_text(item, visit);
}

/// Every text of a set in which references are replaced.
template <class Visit>
void each_text(const model::ResolvedSet& set, Visit visit) {
  each_text(set.block, visit);
  for (const auto& alias : set.aliases) visit(alias);
  for (const auto& c : set.calculates) {
    visit(c.field);
    visit(c.expression);
  }
  for (const auto& u : set.units) {
    visit(u.field);
    visit(u.from);
    visit(u.to);
  }
  for (const auto& filter : set.filters) visit(filter);
}

std::size_t bytes_of(const std::string& text) {
  static const std::size_t kInside = std::string().capacity();
  return sizeof(std::string) + (text.capacity() > kInside ? text.capacity() + 1 : 0);
}

std::size_t bytes_of(const Node& node) {
  auto sum = sizeof(Node) + bytes_of(node.text);
  for (const auto& key : node.keys) sum += bytes_of(key);
  for (const auto& item : node.items) sum += bytes_of(item);
  return sum;
}

}  // namespace

std::vector<std::string> references(const model::ResolvedSet& set) {
  std::vector<std::string> names;
  each_text(set, [&names](const std::string& text) {
    for (auto found = find_reference(text); found; found = find_reference(text, found->end))
      if (std::ranges::find(names, found->name) == names.end()) names.emplace_back(found->name);
  });
  return names;
}

model::ResolvedSet substitute(const model::ResolvedSet& set, const Variables& variables) {
  auto raw = [&](const std::string& in) { return replace(in, variables, Splice::kRaw).value_or(""); };
  model::ResolvedSet out{.set = set.set};
  for (const auto& alias : set.aliases) out.aliases.push_back(raw(alias));
  for (const auto& c : set.calculates)
    out.calculates.push_back({raw(c.field), replace(c.expression, variables, Splice::kExpression).value_or("")});
  for (const auto& u : set.units) out.units.push_back({raw(u.field), raw(u.from), raw(u.to)});
  for (const auto& filter : set.filters)
    out.filters.push_back(replace(filter, variables, Splice::kExpression).value_or(""));
  out.block = replace(set.block, variables);
  return out;
}

std::size_t bytes_of(const model::ResolvedSet& set) {
  auto sum = sizeof(set) + bytes_of(set.block);
  for (const auto& alias : set.aliases) sum += bytes_of(alias);
  for (const auto& c : set.calculates) sum += bytes_of(c.field) + bytes_of(c.expression);
  for (const auto& u : set.units) sum += bytes_of(u.field) + bytes_of(u.from) + bytes_of(u.to);
  for (const auto& filter : set.filters) sum += bytes_of(filter);
  return sum;
}

// --- Environment ---

std::optional<std::size_t> Environment::Given::column(std::string_view name) const {
  auto found = std::ranges::find(names, name);
  return found == names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - names.begin()));
}

bool Environment::charge(std::size_t bytes) {
  auto wanted = charged_.bytes() + bytes;
  if (charged_.bytes() > 0) return charged_.resize(wanted);
  for (auto* account : {&account_, reserve_}) {
    if (account == nullptr || !account->try_reserve(wanted)) continue;
    charged_ = account->adopt(wanted);
    return true;
  }
  return false;
}

Status Environment::read(const Layout& layout, const RawTable& table, std::span<const std::string> names,
                         std::size_t most, Layout::Scratch& scratch, WallTime now, Given& given) {
  auto refused = [&] {
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot keep the rows of {} for later sets: the memory account {} is full",
                             given.set->name, account_.name()));
  };
  auto grow = [&](std::size_t bytes) {
    if (!charge(bytes)) return false;
    given.bytes += bytes;
    return true;
  };
  std::vector<std::size_t> fields;
  for (std::size_t i = 0; i < layout.fields().size(); ++i) {
    if (std::ranges::find(names, layout.fields()[i].name) == names.end()) continue;
    fields.push_back(i);
    given.names.push_back(layout.fields()[i].name);
  }
  auto kept = std::min(table.rows(), most);
  if (!grow(sizeof(Given) + fields.size() * 2 * sizeof(std::string) +
            kept * fields.size() * sizeof(std::optional<std::string>)))
    return refused();
  if (!scratch.prepare(layout, now)) return refused();
  given.values.reserve(kept * fields.size());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (layout.filtered() && !layout.keeps(table, row, scratch)) continue;
    if (++given.rows > most) continue;  // counted only
    for (auto index : fields) {
      const auto& field = layout.fields()[index];
      auto value = layout.value(table, row, index, scratch);
      if (value.is_null) {
        given.values.emplace_back();
        continue;
      }
      auto text = field.number ? fmt::format("{}", value.number) : std::string(value.text);
      if (text.size() > kLongestValue)
        return Error(ErrorCode::kTooLarge,
                     fmt::format("cannot keep {} of {} for later sets: {} bytes in row {}, at most {} are taken",
                                 field.name, given.set->name, text.size(), row + 1, kLongestValue));
      if (!grow(text.size())) return refused();
      given.values.emplace_back(std::move(text));
    }
  }
  return {};
}

Environment::Given* Environment::find(const model::SetDef& set) {
  auto found = std::ranges::find(given_, &set, &Given::set);
  return found == given_.end() ? nullptr : &*found;
}

/// Takes `given` into the list, in place of what the same set gave before.
void Environment::put(Given&& given) {
  auto* same = find(*given.set);
  if (same == nullptr) {
    given_.push_back(std::move(given));
    return;
  }
  auto freed = same->bytes;
  *same = std::move(given);
  (void)charged_.resize(charged_.bytes() - freed);  // becoming smaller is never refused
}

Status Environment::add(const model::SetDef& set, const Layout& layout, const RawTable& table,
                        std::span<const std::string> names, Layout::Scratch& scratch, WallTime now, Add how) {
  auto* before = how == Add::kAppend ? find(set) : nullptr;
  if (before != nullptr && before->failed) return {};  // it stays so
  Given given{.set = &set};
  auto undo = [&] { (void)charged_.resize(charged_.bytes() - given.bytes); };  // becoming smaller is never refused
  try {
    auto most = before == nullptr ? kMostRows : kMostRows - std::min(before->rows, kMostRows);
    if (auto kept = read(layout, table, names, most, scratch, now, given); !kept) {
      undo();
      given.bytes = 0;
      auto code = kept.error().code() == ErrorCode::kResourceExhausted ? model::ResultCode::kUnavailable
                                                                       : model::ResultCode::kFail;
      add_failed(set, code, kept.error().message());
      return kept;
    }
    if (before == nullptr)
      given_.reserve(given_.size() + 1);
    else
      before->values.reserve(before->values.size() + given.values.size());
  } catch (...) {
    undo();
    throw;
  }
  if (before == nullptr) {
    put(std::move(given));
    return {};
  }
  before->rows += given.rows;
  before->bytes += given.bytes;
  for (auto& value : given.values) before->values.push_back(std::move(value));
  return {};
}

void Environment::add_failed(const model::SetDef& set, model::ResultCode code, std::string_view message) {
  put({.set = &set, .failed = true, .code = code, .message = excerpt(message, 200)});
}

std::optional<std::size_t> Environment::source_of(std::string_view name, int level) const {
  auto could_give = [name](const Given& given) {
    if (!given.failed) return given.column(name).has_value();
    return std::ranges::find(given.set->fields, name, &model::FieldDef::field) != given.set->fields.end();
  };
  auto better = [](const Given& a, const Given& b) {
    if (a.set->priority != b.set->priority) return a.set->priority > b.set->priority;
    auto rank = [](const Given& given) { return given.failed ? 2 : given.rows == 0 ? 1 : 0; };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return std::less<>()(a.set, b.set);  // sets of a definition lie in one array, in its order
  };
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < given_.size(); ++i)
    if (given_[i].set->priority < level && could_give(given_[i]) && (!best || better(given_[i], given_[*best])))
      best = i;
  return best;
}

Result<Environment::Runs> Environment::runs(std::span<const std::string> names, int level) const {
  Runs runs{.count = 1, .rows = 1};
  std::string_view driver;
  for (const auto& name : names) {
    auto source = source_of(name, level);
    if (!source)
      return Error(ErrorCode::kNotFound,
                   fmt::format("cannot ask: no set of an earlier level has given ^o^{}^o^", excerpt(name)));
    const auto& given = given_[*source];
    if (given.failed)
      return Error(
          given.code == model::ResultCode::kUnavailable ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable,
          fmt::format("cannot ask: ^o^{}^o^ is of {}, which failed: {}", excerpt(name), given.set->name,
                      given.message));
    runs.sources.emplace_back(name, *source);
    if (given.rows == 1) continue;
    if (!runs.of.empty() && runs.of != given.set->name)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot ask: ^o^{}^o^ is of {} and ^o^{}^o^ of {}, and both have several rows",
                               excerpt(driver), runs.of, excerpt(name), given.set->name));
    driver = name;
    runs.of = given.set->name;
    runs.rows = given.rows;
    runs.count = std::min(given.rows, kMostRows);
  }
  return runs;
}

std::string Environment::Runs::note() const {
  if (count == 0) return fmt::format("asked for none: {} has no rows", of);
  return count < rows ? fmt::format("asked for the first {} of {} rows of {}", count, rows, of) : std::string();
}

Variables Environment::variables(const Runs& runs, std::size_t index) const {
  Variables out;
  out.reserve(runs.sources.size());
  for (const auto& [name, source] : runs.sources) {
    const auto& given = given_[source];
    auto row = given.rows == 1 ? 0 : index;
    out.emplace_back(name, given.values[row * given.names.size() + *given.column(name)]);
  }
  return out;
}

void Environment::clear() {
  given_.clear();
  charged_.reset();
}

}  // namespace holter::collect
