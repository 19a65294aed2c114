#include "read/csv_rows.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "read/meter.h"

namespace holter::read {
namespace {

constexpr std::size_t kMostHeld = 8 * CsvRows::kMaxRecord;

/// Takes records apart. Fields without quotes stay pieces of the text.
class Records {
 public:
  struct Field {
    std::uint32_t begin, size;  ///< in the record's text
  };

  Records(std::string_view text, char separator, Meter& meter)
      : text_(text), separator_(separator), meter_(meter), fields_(meter), bytes_(meter) {}

  /// False at the end. Empty lines are passed over.
  Result<bool> next() {
    fields_.clear();
    bytes_.clear();
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) line_ += text_[at_++] == '\n' ? 1 : 0;
    if (at_ == text_.size()) return false;
    begin_ = at_;
    first_line_ = line_;
    bool more = true;
    while (more) {
      TRY(more, read_field());
    }
    return true;
  }

  std::size_t size() const { return fields_.size(); }
  std::string_view field(std::size_t i) const { return {bytes_.data() + fields_[i].begin, fields_[i].size}; }
  std::size_t line() const { return first_line_; }
  void pass_over(std::string_view prefix) {
    if (text_.substr(at_).starts_with(prefix)) at_ += prefix.size();
  }

 private:
  /// One field with the separator or line end behind it. False when it was the record's last.
  Result<bool> read_field() {
    const auto begin = static_cast<std::uint32_t>(bytes_.size());
    if (at_ < text_.size() && text_[at_] == '"') TRY_OK(read_quoted());
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') TRY_OK(keep(text_[at_++]));
    const bool ends = at_ == text_.size() || text_[at_] == '\n';
    auto size = static_cast<std::uint32_t>(bytes_.size()) - begin;
    if (ends && size > 0 && bytes_[begin + size - 1] == '\r') --size;
    if (fields_.size() == CsvRows::kMaxColumns)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read the CSV: line {} has more than {} columns",
                                                     first_line_, CsvRows::kMaxColumns));
    if (!fields_.push({begin, size})) return meter_.refusal("read the CSV");
    if (at_ < text_.size()) {
      if (ends) ++line_;
      ++at_;
    }
    return !ends;
  }

  Status read_quoted() {
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') return {};
      } else if (text_[at_] == '\n') {
        ++line_;
      }
      TRY_OK(keep(text_[at_++]));
    }
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the CSV: a quote in the record at line {} does not end", first_line_));
  }

  Status keep(char c) {
    if (at_ - begin_ > CsvRows::kMaxRecord)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read the CSV: the record at line {} is longer than {}",
                                                     first_line_, format_size(CsvRows::kMaxRecord)));
    return bytes_.push(c) ? Status{} : Status(meter_.refusal("read the CSV"));
  }

  const std::string_view text_;
  const char separator_;
  Meter& meter_;
  MeteredVector<Field> fields_;
  MeteredVector<char> bytes_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::size_t line_ = 1;
  std::size_t first_line_ = 1;
};

}  // namespace

Result<CsvRows> CsvRows::make(std::string_view separator, std::vector<std::string> aliases) {
  CsvRows rows;
  rows.aliases_ = std::move(aliases);
  if (separator == "\\t" || separator == "\t")
    rows.separator_ = '\t';
  else if (separator.size() == 1 && separator != "\"" && separator != "\n" && separator != "\r")
    rows.separator_ = separator[0];
  else if (!separator.empty())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the CSV separator '{}': one character is needed", excerpt(separator)));
  return rows;
}

Status CsvRows::read(std::string_view text, memory::Account& account, RowSink& sink) const {
  Meter meter(account, kMostHeld);
  Records records(text, separator_, meter);
  records.pass_over("\xEF\xBB\xBF");
  records.pass_over("# ");
  TRY(bool named, records.next());
  if (!named) return Error(ErrorCode::kProtocolViolation, "cannot read the CSV: it is empty");

  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<std::size_t> columns(aliases_.size(), kNone);
  std::size_t found = 0;
  std::size_t of_request = 0;
  for (std::size_t i = 0; i < aliases_.size(); ++i) {
    for (std::size_t c = 0; c < records.size() && columns[i] == kNone; ++c)
      if (records.field(c) == aliases_[i]) columns[i] = c;
    found += columns[i] != kNone ? 1 : 0;
    of_request += is_request_alias(aliases_[i]) ? 1 : 0;
  }
  if (found == 0 && of_request < aliases_.size())
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the CSV: none of the columns asked for is named by its first line, which "
                             "begins '{}'",
                             excerpt(records.field(0))));

  std::string scratch;
  while (true) {
    TRY(bool more, records.next());
    if (!more) return {};
    bool room = sink.begin_row();
    for (std::size_t i = 0; room && i < columns.size(); ++i) {
      const auto field = columns[i] < records.size() ? records.field(columns[i]) : std::string_view{};
      room = field.empty() ? sink.cell(i, std::nullopt) : sink.cell(i, as_utf8(field, scratch));
    }
    if (!room) return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the CSV: no room");
  }
}

}  // namespace holter::read
