#include "read/exporter.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "expr/number_text.h"
#include "read/exporter_line.h"
#include "read/meter.h"

namespace holter::read {
namespace {

constexpr std::size_t kMostHeld = 8 << 20;  // bytes of one reading: a line's labels, decoded

class Reader {
 public:
  Reader(std::string_view text, const ExporterOptions& options, memory::Account& account, ExporterSink& sink)
      : text_(text), options_(options), sink_(sink), meter_(account, kMostHeld), line_(meter_) {}

  Result<ExporterSummary> read() {
    while (at_ < text_.size()) {
      ++summary_.lines;
      if (auto status = read_line(); !status) return std::move(status).error();
    }
    if (options_.openmetrics && !ended_)
      return Error(
          ErrorCode::kProtocolViolation,
          fmt::format("cannot read the exporter text: it ends after {} lines without \"# EOF\"", summary_.lines));
    return summary_;
  }

 private:
  Status read_line() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
    if (at_ == text_.size()) return {};
    const char first = text_[at_];
    if (first != '\n' && ended_) return wrong("more follows after \"# EOF\"");
    if (first == '#') return read_comment();
    if (first == '\n') {
      ++at_;
      return {};
    }
    if (!is_name_start(first) && first != '{') return wrong("it is no line of an exporter");
    ++summary_.samples;
    if (options_.wanted.empty() || summary_.samples == 1 || is_wanted() || first == '{') return read_sample();
    return pass_over();
  }

  bool is_wanted() const {
    const auto rest = text_.substr(at_);
    if (!rest.starts_with(options_.wanted)) return false;
    return rest.size() == options_.wanted.size() || !is_name_byte(rest[options_.wanted.size()]);
  }

  /// The line from here on, without its end. False when there is no end within the limit.
  bool find_end(std::string_view& line) const {
    line = text_.substr(at_, kMaxExporterLine + 1);
    const auto* end = static_cast<const char*>(std::memchr(line.data(), '\n', line.size()));
    if (end == nullptr) return line.size() <= kMaxExporterLine;
    line = line.substr(0, static_cast<std::size_t>(end - line.data()));
    return true;
  }
  void leave(std::string_view line) { at_ += std::min(line.size() + 1, text_.size() - at_); }

  Status pass_over() {
    std::string_view line;
    if (!find_end(line)) return too_long();
    // A quote that is still open means that the line's end is part of a label; escapes need a closer look, too.
    if (std::ranges::count(line, '"') % 2 != 0 || std::memchr(line.data(), '\\', line.size()) != nullptr)
      return read_sample();
    leave(line);
    return {};
  }

  Status read_sample() {
    const auto window = text_.substr(at_, kMaxExporterLine + 1);
    ExporterSample sample;
    auto used = line_.parse(window, options_.openmetrics, sample);
    if (!used) {
      if (used.error().code() == ErrorCode::kTooLarge) return too_long();
      return std::move(used).error().with_context(fmt::format("cannot read the exporter text: line {} (\"{}\")",
                                                              summary_.lines,
                                                              excerpt(window.substr(0, window.find('\n')))));
    }
    if (options_.wanted.empty() || sample.name == options_.wanted) {
      ++summary_.unpacked;
      TRY_OK(sink_.sample(sample));
    }
    const auto passed = text_.substr(at_, *used);
    const auto ends = static_cast<std::uint64_t>(std::ranges::count(passed, '\n'));
    if (ends > 1) summary_.lines += ends - 1;
    at_ += *used;
    return {};
  }

  Status read_comment() {
    std::string_view line;
    if (!find_end(line)) return too_long();
    leave(line);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (options_.openmetrics && line == "# EOF") ended_ = true;
    if (!options_.wanted.empty()) return {};
    auto word = [&line] {
      while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
      auto found = line.substr(0, line.find_first_of(" \t"));
      line.remove_prefix(found.size());
      return found;
    };
    line.remove_prefix(1);
    const auto kind = word();
    if (kind != "HELP" && kind != "TYPE" && kind != "UNIT") return {};
    const auto family = word();
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (family.empty()) return {};
    using Meta = ExporterSink::Meta;
    return sink_.meta(kind == "HELP" ? Meta::kHelp : kind == "TYPE" ? Meta::kType : Meta::kUnit, family, line);
  }

  Status wrong(std::string_view what) const {
    const auto rest = text_.substr(at_, 200);
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the exporter text: line {} (\"{}\"): {}", summary_.lines,
                             excerpt(rest.substr(0, rest.find('\n'))), what));
  }
  Status too_long() const {
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot read the exporter text: line {} is longer than {}, or has more than {} labels",
                             summary_.lines, format_size(kMaxExporterLine), kMaxExporterLabels));
  }

  const std::string_view text_;
  const ExporterOptions& options_;
  ExporterSink& sink_;
  Meter meter_;
  ExporterLine line_;
  ExporterSummary summary_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

/// Samples as rows.
class Rows final : public ExporterSink {
 public:
  Rows(std::span<const std::string> aliases, RowSink& sink) : aliases_(aliases), sink_(sink) {}

  Status sample(const ExporterSample& sample) override {
    if (!sink_.begin_row()) return full();
    char buffer[expr::kMaxScalarText];
    for (std::size_t i = 0; i < aliases_.size(); ++i) {
      std::optional<std::string_view> cell;
      auto found = std::ranges::find(sample.labels, std::string_view(aliases_[i]), &ExporterLabel::name);
      if (found != sample.labels.end())
        cell = as_utf8(found->value, clean_);
      else if (aliases_[i] == "value" || aliases_[i] == "metric_value")
        cell = expr::write_double(sample.value, buffer);
      if (!sink_.cell(i, cell)) return full();
    }
    return {};
  }

 private:
  static Status full() {
    return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the answer: there is no room for more");
  }

  std::span<const std::string> aliases_;
  RowSink& sink_;
  std::string clean_;
};

}  // namespace

Result<ExporterSummary> read_exporter(std::string_view text, const ExporterOptions& options, memory::Account& account,
                                      ExporterSink& sink) {
  return Reader(text, options, account, sink).read();
}

Result<ExporterSummary> read_exporter_rows(std::string_view text, const ExporterOptions& options,
                                           std::span<const std::string> aliases, memory::Account& account,
                                           RowSink& sink) {
  Rows rows(aliases, sink);
  return read_exporter(text, options, account, rows);
}

}  // namespace holter::read
