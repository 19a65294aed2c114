#include "collect/protocols/http/readers.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "base/utf8.h"
#include "collect/block.h"
#include "collect/web_exchange.h"
#include "collect/web_request.h"
#include "expr/regex_pool.h"
#include "read/csv_rows.h"
#include "read/exporter.h"
#include "read/json_rows.h"
#include "read/promql_rows.h"
#include "read/properties.h"
#include "read/regex_rows.h"
#include "read/xml_rows.h"

namespace holter::collect::http {
namespace {

using net::HttpResponse;

memory::Account& account_of(const Attempt& attempt) {
  return attempt.services().answers;
}

class WebsiteReader final : public Reader {
 public:
  Status read(const HttpResponse& response, bool, Attempt&, TableSink& sink) const override {
    bool room = sink.begin_row();
    fmt::memory_buffer status;
    fmt::format_to(std::back_inserter(status), "{}", response.status);
    for (std::size_t i = 0; room && i < aliases().size(); ++i)
      room = same_text(aliases()[i], "statusCode") ? sink.cell(i, std::string_view(status.data(), status.size()))
                                                   : sink.cell(i, std::nullopt);
    return {};  // the sink knows what it refused
  }
};

class HeaderReader final : public Reader {
 public:
  Status read(const HttpResponse& response, bool, Attempt&, TableSink& sink) const override {
    bool room = sink.begin_row();
    std::string scratch;
    for (std::size_t i = 0; room && i < aliases().size(); ++i) {
      auto value = web::header_of(response, aliases()[i]);
      room = value.data() == nullptr ? sink.cell(i, std::nullopt) : sink.cell(i, as_utf8(value, scratch));
    }
    return {};
  }
};

/// Those that read text and need nothing else.
template <class Rows>
class TextReader final : public Reader {
 public:
  explicit TextReader(Rows rows) : rows_(std::move(rows)) {}
  Status read(const HttpResponse& response, bool, Attempt& attempt, TableSink& sink) const override {
    return rows_.read(response.body, account_of(attempt), sink);
  }

 private:
  const Rows rows_;
};
template <class Rows>
Made text_reader(Result<Rows> rows) {
  if (!rows) return std::move(rows).error();
  return std::make_shared<TextReader<Rows>>(std::move(*rows));
}

/// A set is one metric: samples of its name.
class ExporterReader final : public Reader {
 public:
  explicit ExporterReader(std::string_view metric) : metric_(metric) {}

  Status read(const HttpResponse& response, bool, Attempt& attempt, TableSink& sink) const override {
    if (web::trim(response.body).empty())
      return Error(ErrorCode::kProtocolViolation, "cannot read the exporter text: the answer is empty");
    auto summary =
        read::read_exporter_rows(response.body, {.wanted = metric_, .openmetrics = web::is_openmetrics(response)},
                                 aliases(), account_of(attempt), sink);
    if (!summary) return web::not_exporter_text(std::move(summary).error(), response);
    if (attempt.traced() && summary->unpacked == 0)
      attempt.step(fmt::format("no sample named '{}' among {}", metric_, summary->samples));
    return {};
  }

 private:
  const std::string metric_;
};

class XmlReader final : public Reader {
 public:
  explicit XmlReader(read::XmlRows rows) : rows_(std::move(rows)) {}
  Status read(const HttpResponse& response, bool charset_known, Attempt& attempt, TableSink& sink) const override {
    auto encoding = charset_known ? read::XmlEncoding::kUtf8 : read::XmlEncoding::kDeclared;
    TRY(auto summary, rows_.read(response.body, account_of(attempt), sink, encoding));
    if (attempt.traced() && summary.nodes > summary.rows)
      attempt.step(fmt::format("kept {} of {} nodes", summary.rows, summary.nodes));
    return {};
  }

 private:
  const read::XmlRows rows_;
};

class RegexReader final : public Reader {
 public:
  explicit RegexReader(read::RegexRows rows) : rows_(std::move(rows)) {}
  Status read(const HttpResponse& response, bool, Attempt& attempt, TableSink& sink) const override {
    auto summary = rows_.read(response.body, sink);
    if (!summary && summary.error().code() == ErrorCode::kProtocolViolation)
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("{}: {}", summary.error().message(), web::beginning_of(response)));
    if (!summary) return std::move(summary).error();
    if (attempt.traced() && summary->matches > summary->rows)
      attempt.step(fmt::format("kept {} of {} matches", summary->rows, summary->matches));
    return {};
  }

 private:
  const read::RegexRows rows_;
};

}  // namespace

Made make_website(const ReaderKey&) {
  return std::make_shared<WebsiteReader>();
}
Made make_header(const ReaderKey&) {
  return std::make_shared<HeaderReader>();
}
Made make_default(const ReaderKey& key) {
  return text_reader(Result<read::JsonRows>(read::JsonRows::top_level(key.aliases)));
}
Made make_json_path(const ReaderKey& key) {
  return text_reader(read::JsonRows::by_path(key.script, key.aliases));
}
Made make_exporter(const ReaderKey& key) {
  return std::make_shared<ExporterReader>(key.set);
}
Made make_promql(const ReaderKey& key) {
  return text_reader(Result<read::PromqlRows>(read::PromqlRows(key.aliases)));
}
Made make_xml(const ReaderKey& key) {
  TRY(auto rows, read::XmlRows::compile(key.script, key.aliases));
  return std::make_shared<XmlReader>(std::move(rows));
}
Made make_config(const ReaderKey& key) {
  return text_reader(Result<read::PropertyRows>(read::PropertyRows(web::trim(key.script), key.aliases)));
}
Made make_regex(const ReaderKey& key) {
  TRY(auto rows, read::RegexRows::compile(key.script, key.aliases));
  return std::make_shared<RegexReader>(std::move(rows));
}
Made make_csv(const ReaderKey& key) {
  return text_reader(read::CsvRows::make(key.script, key.aliases));
}

std::size_t count_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return 0;
  auto expression = expr::compile_regex(pattern);
  if (!expression) return 0;
  re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece match;
  std::size_t count = 0;
  std::size_t at = 0;
  while (at <= text.size() && (*expression)->Match(whole, at, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    ++count;
    auto end = static_cast<std::size_t>(match.data() - text.data()) + match.size();
    at = end > at ? end : at + 1;  // an empty match must not match again at its place
  }
  return count;
}

std::string fault_of_pattern(std::string_view pattern) {
  auto expression = expr::compile_regex(pattern);
  return expression ? "" : expression.error().message();
}

}  // namespace holter::collect::http
