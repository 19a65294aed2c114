#include "collect/script_rows.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/stream_probe.h"
#include "net/http_charset.h"

namespace holter::collect {
namespace {

using model::ResultCode;
using ParseType = ScriptLayout::ParseType;

constexpr std::string_view kWhite = " \t\n\v\f\r";
constexpr std::string_view kResponseTime = "responseTime";
constexpr std::size_t kMostColumns = 4096;

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kWhite) == std::string_view::npos;
}

/// One reading of one output.
class Reading {
 public:
  Reading(RawTable& table, const ScriptLayout& layout, double time_ms)
      : table_(table), layout_(layout), time_ms_(time_ms) {}

  Outcome read(std::string_view text) {
    text_ = text;
    switch (layout_.parse_type) {
      case ParseType::kOneRow:
        return one_row();
      case ParseType::kMultiRow:
        return multi_row();
      case ParseType::kNetcat:
        return netcat();
      case ParseType::kLog:
        return log();
    }
    return {};
  }

  /// A row of nulls, but for the time.
  bool add_row() {
    if (!table_.add_row()) return false;
    for (std::size_t i = 0; i < layout_.aliases.size(); ++i)
      if (is_time(i)) table_.set(i, time_ms_);
    return true;
  }

  /// How a reading ends whose table takes no more.
  Outcome full() const {
    if (table_.rows() * table_.columns() + table_.columns() <= RawTable::kMaxCells) return table_is_full();
    return {ResultCode::kFail, fmt::format("cannot keep the result: it has more than {} cells", RawTable::kMaxCells)};
  }

 private:
  bool is_time(std::size_t alias) const { return same_text(layout_.aliases[alias], kResponseTime); }

  /// The next line that counts; nothing at the end.
  std::optional<std::string_view> line() {
    while (!text_.empty()) {
      auto line = next_line(text_);
      if (!layout_.drop_blank_lines || !is_blank(line)) return line;
    }
    return std::nullopt;
  }

  Outcome one_row() {
    if (!add_row()) return full();
    for (std::size_t i = 0; i < layout_.aliases.size(); ++i) {
      if (is_time(i)) continue;
      auto value = line();
      if (!value) break;
      if (!table_.set(i, trimmed(*value))) return full();
    }
    return {};
  }

  /// Cuts `line` into cells, the first `most` of them.
  void cut(std::string_view line, std::size_t most) {
    cells_.clear();
    bool runs = layout_.split == ScriptSplit::kWhiteSpace;
    if (runs) line = trimmed(line);
    // Empty cells at the end of a line do not count; those between others do.
    if (auto last = line.find_last_not_of(' '); last != std::string_view::npos)
      line = line.substr(0, last + 1);
    else
      return;
    while (cells_.size() < most) {
      auto end = runs ? line.find_first_of(kWhite) : line.find(' ');
      cells_.push_back(line.substr(0, end));
      if (end == std::string_view::npos) return;
      if (runs) end = line.find_first_not_of(kWhite, end) - 1;
      line.remove_prefix(end + 1);
    }
  }

  Outcome multi_row() {
    auto header = line().value_or("");
    cut(header, kMostColumns + 1);
    if (cells_.size() > kMostColumns)
      return {ResultCode::kFail,
              fmt::format("cannot read the output: its first line has more than {} columns", kMostColumns)};
    std::vector<int> columns(layout_.aliases.size(), -1);
    std::size_t width = 0;
    bool wanted = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (is_time(i)) continue;
      wanted = true;
      for (std::size_t column = 0; column < cells_.size(); ++column)  // of two columns of a name the last counts
        if (same_text(trimmed(cells_[column]), layout_.aliases[i])) columns[i] = static_cast<int>(column);
      width = std::max(width, static_cast<std::size_t>(columns[i] + 1));
    }
    if (wanted && width == 0)
      return {ResultCode::kFail,
              fmt::format("cannot read the output: its first line names none of the columns that are asked for: '{}'",
                          excerpt(header))};
    while (auto next = line()) {
      if (is_blank(*next)) continue;
      cut(*next, width);
      if (!add_row()) return full();
      for (std::size_t i = 0; i < columns.size(); ++i) {
        auto column = static_cast<std::size_t>(columns[i]);
        if (columns[i] >= 0 && column < cells_.size() && !table_.set(i, cells_[column])) return full();
      }
    }
    return {};
  }

  /// False when the output has fewer lines than the format wants of `netcat` and `log`: no row then.
  bool enough_lines() {
    auto whole = text_;
    std::size_t lines = 0;
    while (lines + 1 < layout_.aliases.size() && line()) ++lines;
    text_ = whole;
    return lines + 1 >= layout_.aliases.size();
  }

  Outcome netcat() {
    if (!enough_lines()) return {};
    if (!add_row()) return full();
    auto row = table_.rows() - 1;
    char separator = 0;
    while (auto next = line()) {
      if (separator == 0) separator = next->contains('=') ? '=' : '\t';
      auto at = next->find(separator);
      if (at == std::string_view::npos || next->find(separator, at + 1) != std::string_view::npos) continue;
      auto key = trimmed(next->substr(0, at));
      for (std::size_t i = 0; i < layout_.aliases.size(); ++i) {
        if (is_time(i) || layout_.aliases[i] != key) continue;
        if (table_.at(row, i).kind != RawTable::Kind::kNull)
          return {ResultCode::kFail, fmt::format("cannot read the output: it has '{}' twice", excerpt(key))};
        if (!table_.set(i, trimmed(next->substr(at + 1)))) return full();
      }
    }
    return {};
  }

  Outcome log() {
    if (!enough_lines()) return {};
    while (auto next = line()) {
      if (!add_row()) return full();
      for (std::size_t i = 0; i < layout_.aliases.size(); ++i)
        if (!is_time(i) && !table_.set(i, *next)) return full();
    }
    return {};
  }

  RawTable& table_;
  const ScriptLayout& layout_;
  const double time_ms_;
  std::string_view text_;                ///< what is still to be read
  std::vector<std::string_view> cells_;  ///< of a line of multiRow
};

/// Why a command that printed nothing has failed.
std::string nothing_printed(const ScriptOutput& output) {
  std::string message = "cannot read the output: the command printed nothing";
  if (output.exit_status.value_or(0) != 0) message += fmt::format(" and exited with status {}", *output.exit_status);
  if (auto said = trimmed(output.err); !said.empty()) message += fmt::format(": {}", excerpt(said, 400));
  return message;
}

void note(Attempt& attempt, const ScriptOutput& output) {
  if (!attempt.traced()) return;
  auto status = output.exit_status ? fmt::to_string(*output.exit_status) : "-";
  attempt.step(fmt::format("exit status {}, {} bytes of output", status, output.out.size()));
  if (!is_blank(output.err)) attempt.step(fmt::format("standard error: {}", excerpt(trimmed(output.err), 400)));
  if (is_blank(output.out))
    attempt.note_answer(fmt::format("! {}\n{}", status, output.err));
  else
    attempt.note_answer(output.out);
}

/// Without noting the output: it may have been recorded.
Outcome read_output(Attempt& attempt, const ScriptLayout& layout, const ScriptOutput& output, double time_ms) {
  net::ChargedText decoded(attempt.services().answers, net::kMostUtf8PerByte * kMostScriptOutput + 3,
                           attempt.reserve_account());
  auto text = net::decode_text(output.out, layout.charset, decoded);
  if (!text && text.error().code() == ErrorCode::kNotFound) return {ResultCode::kFail, text.error().message()};
  if (!text) return outcome_of(std::move(text).error().with_context("cannot decode the output"));
  Reading reading(attempt.table(), layout, time_ms);
  if (!is_blank(*text)) return reading.read(*text);
  bool nothing_to_say = layout.parse_type == ParseType::kOneRow && is_blank(output.err) && output.exit_status &&
                        *output.exit_status >= 0 && *output.exit_status <= 1;
  if (!nothing_to_say) return {ResultCode::kFail, nothing_printed(output)};
  return reading.add_row() ? Outcome() : reading.full();
}

}  // namespace

Result<ScriptLayout> ScriptLayout::of(const ProbeConfig& config, ScriptSplit split, bool drop_blank_lines) {
  constexpr std::pair<std::string_view, ParseType> kTypes[] = {{"oneRow", ParseType::kOneRow},
                                                               {"multiRow", ParseType::kMultiRow},
                                                               {"netcat", ParseType::kNetcat},
                                                               {"log", ParseType::kLog}};
  auto type = config.block.text_or("parseType");
  const auto* found = std::ranges::find_if(kTypes, [&](const auto& known) { return same_text(known.first, type); });
  if (found == std::end(kTypes))
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot use the parseType '{}': oneRow, multiRow, netcat or log is needed", excerpt(type)));
  auto charset = trimmed(config.block.text_or("charset"));
  if (charset.empty()) charset = "utf-8";
  if (!net::is_known_charset(charset))
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot decode the charset '{}'", excerpt(charset)));
  return ScriptLayout{.parse_type = found->second,
                      .split = split,
                      .drop_blank_lines = drop_blank_lines,
                      .charset = std::string(charset),
                      .aliases = config.aliases};
}

std::size_t ScriptLayout::bytes() const {
  auto total = charset.capacity();
  for (const auto& alias : aliases) total += sizeof(std::string) + alias.capacity();
  return total;
}

Outcome read_script(Attempt& attempt, const ScriptLayout& layout, const ScriptOutput& output, double time_ms) {
  note(attempt, output);
  return read_output(attempt, layout, output, time_ms);
}

Outcome replay_script(Attempt& attempt, const ScriptLayout& layout, std::string_view answer) {
  ScriptOutput output{.out = answer, .err = {}, .exit_status = 0};
  if (answer.starts_with("! ")) {
    auto rest = answer;
    auto status = next_line(rest).substr(2);
    int number = 0;
    auto [end, failure] = std::from_chars(status.data(), status.data() + status.size(), number);
    bool is_number = failure == std::errc{} && end == status.data() + status.size();
    if (is_number) output = {.out = {}, .err = rest, .exit_status = number};
    if (status == "-") output = {.out = {}, .err = rest, .exit_status = std::nullopt};
  }
  return read_output(attempt, layout, output, 0);
}

}  // namespace holter::collect
