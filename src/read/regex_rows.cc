#include "read/regex_rows.h"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "base/utf8.h"
#include "expr/regex_pool.h"

namespace holter::read {

Result<RegexRows> RegexRows::compile(std::string_view expression, std::vector<std::string> aliases) {
  auto wrong = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the regular expression \"{}\": {}", excerpt(expression), why));
  };
  if (expression.empty()) return wrong("it is empty");
  auto compiled = expr::compile_regex(expression);
  if (!compiled) return Error(compiled.error().code(), wrong(compiled.error().message()).message());
  RegexRows rows;
  rows.expression_ = std::move(*compiled);
  const auto& names = rows.expression_->NamedCapturingGroups();
  if (names.empty()) return wrong("it has no named group such as (?P<active>[0-9]+)");
  for (const auto& alias : aliases) {
    auto found = names.find(alias);
    rows.groups_.push_back(found == names.end() ? -1 : found->second);
    rows.most_group_ = std::max(rows.most_group_, rows.groups_.back());
  }
  return rows;
}

Result<RegexRows::Summary> RegexRows::read(std::string_view text, RowSink& sink) const {
  Summary summary;
  const re2::StringPiece whole(text.data(), text.size());
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(most_group_) + 1);
  std::string scratch;
  std::size_t at = 0;
  while (at < text.size() && expression_->Match(whole, at, text.size(), re2::RE2::UNANCHORED, found.data(),
                                                static_cast<int>(found.size()))) {
    const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
    at = begin + std::max<std::size_t>(found[0].size(), 1);
    if (found[0].empty() || ++summary.matches > kMaxRows) continue;
    bool room = sink.begin_row();
    for (std::size_t i = 0; room && i < groups_.size(); ++i) {
      const auto group = groups_[i] < 0 ? re2::StringPiece() : found[static_cast<std::size_t>(groups_[i])];
      if (groups_[i] < 0 || group.data() == nullptr)
        room = sink.cell(i, std::nullopt);
      else
        room = sink.cell(i, as_utf8({group.data(), group.size()}, scratch));
    }
    if (!room) return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the regular expression: no room");
    ++summary.rows;
  }
  if (summary.matches == 0)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot find \"{}\" in the answer", excerpt(expression_->pattern())));
  return summary;
}

}  // namespace holter::read
