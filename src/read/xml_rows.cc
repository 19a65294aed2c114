#include "read/xml_rows.h"

#include <algorithm>
#include <new>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "read/json_tree.h"
#include "read/xml_document.h"
#include "read/xml_expression.h"

namespace holter::read {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Error full() {
  return {ErrorCode::kResourceExhausted, "cannot keep the rows of the answer: there is no room for more"};
}

Result<std::unique_ptr<pugi::xpath_query>> compile_one(std::string_view text, bool column) {
  TRY_OK(check_xpath(text, column));
  use_metered_xml_memory();  // what is allocated with one allocator must not be freed with another
  try {
    auto query = std::make_unique<pugi::xpath_query>(std::string(text).c_str());
    if (!column && query->return_type() != pugi::xpath_type_node_set)
      return xpath_error(text, 0, "it must be a set of nodes, one for each row");
    return query;
  } catch (const pugi::xpath_exception& e) {
    return xpath_error(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(e.result().offset, 0)), e.what());
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot compile XPath \"{}\": out of memory", excerpt(text, 120)));
  }
}

}  // namespace

struct XmlRows::Compiled {
  struct Column {
    std::string alias;
    std::unique_ptr<pugi::xpath_query> query;  // null: filled by the sink
  };
  std::unique_ptr<pugi::xpath_query> script;
  std::vector<Column> columns;

  Status put_row(const pugi::xpath_node& node, XmlDocument& document, RowSink& sink) const;
  bool asks_for_request() const {
    return std::ranges::any_of(columns, [](const Column& c) { return c.query == nullptr; });
  }
};

Result<XmlRows> XmlRows::compile(std::string_view script, std::vector<std::string> aliases) {
  auto compiled = std::make_shared<Compiled>();
  TRY(compiled->script, compile_one(script, false));
  for (auto& alias : aliases) {
    Compiled::Column column{.alias = std::move(alias), .query = nullptr};
    if (!is_request_alias(column.alias)) {
      TRY(column.query, compile_one(column.alias, true));
    }
    compiled->columns.push_back(std::move(column));
  }
  XmlRows out;
  out.compiled_ = std::move(compiled);
  return out;
}

Status XmlRows::Compiled::put_row(const pugi::xpath_node& node, XmlDocument& document, RowSink& sink) const {
  if (!sink.begin_row()) return full();
  std::string clean;
  char buffer[1024];
  MeteredVector<char> long_text(document.meter());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (!column.query) {
      if (!sink.cell(i, std::nullopt)) return full();
      continue;
    }
    std::size_t size = column.query->evaluate_string(buffer, sizeof buffer, node);  // with its NUL
    const char* text = buffer;
    if (size > kMaxValueText)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read the value of \"{}\": its text is longer than {}",
                                                     excerpt(column.alias), format_size(kMaxValueText)));
    if (size > sizeof buffer) {
      if (!long_text.reserve(size)) return document.meter().refusal("read a text of the XML document");
      size = column.query->evaluate_string(long_text.data(), size, node);
      text = long_text.data();
    }
    const auto value = trimmed(std::string_view(text, size - 1));
    if (!sink.cell(i, value.empty() ? std::nullopt : std::optional(as_utf8(value, clean)))) return full();
  }
  return {};
}

Result<XmlRows::Summary> XmlRows::read(std::string_view text, memory::Account& account, RowSink& sink,
                                       XmlEncoding encoding) const {
  XmlDocument document(account);
  TRY_OK(document.parse(text, encoding));
  Summary summary;
  try {
    const pugi::xpath_node_set nodes = compiled_->script->evaluate_node_set(document.root());
    summary.nodes = nodes.size();
    for (std::size_t i = 0; i < nodes.size() && i < kMaxRows; ++i, ++summary.rows)
      TRY_OK(compiled_->put_row(nodes[i], document, sink));
  } catch (const std::bad_alloc&) {
    return document.meter().refusal("evaluate the XPath on the XML document");
  } catch (const pugi::xpath_exception& e) {
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot evaluate the XPath on the XML document: {}", excerpt(e.what())));
  }
  if (summary.nodes > 0 || !compiled_->asks_for_request()) return summary;
  if (!sink.begin_row()) return full();
  for (std::size_t i = 0; i < compiled_->columns.size(); ++i)
    if (!sink.cell(i, std::nullopt)) return full();
  ++summary.rows;
  return summary;
}

}  // namespace holter::read
