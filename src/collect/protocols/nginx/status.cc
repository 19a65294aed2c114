#include "collect/protocols/nginx/status.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/stream_probe.h"

namespace holter::collect::nginx {
namespace {

constexpr std::size_t kMostRows = 10'000;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Cuts off the next word.
std::string_view next_word(std::string_view& text) {
  auto from = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(from);
  auto word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// "Active connections: 3", or "Reading: 0 Writing: 1 Waiting: 2".
void read_named(std::string_view line, Figures& figures) {
  std::string_view before;
  while (!line.empty()) {
    auto word = next_word(line);
    if (before.ends_with(':') && is_number(word)) {
      auto name = lower(before.substr(0, before.size() - 1));
      figures.emplace_back(name == "connections" ? "active" : name, word);
    }
    before = word;
  }
}

/// "server accepts handled requests" says what stands in the line below; more words may follow ("request_time").
void read_server(std::string_view heading, std::string_view numbers, Figures& figures) {
  next_word(heading);
  while (!heading.empty()) {
    auto name = next_word(heading);
    auto number = next_word(numbers);
    if (!name.empty() && is_number(number)) figures.emplace_back(lower(name), number);
  }
}

}  // namespace

Result<Figures> parse_stub_status(std::string_view page) {
  constexpr std::size_t kMostLines = 20;
  Figures figures;
  auto begin = page;
  for (std::size_t lines = 0; !page.empty() && lines < kMostLines; ++lines) {
    auto line = next_line(page);
    if (line.starts_with("server "))
      read_server(line, next_line(page), figures);
    else
      read_named(line, figures);
  }
  bool known = std::ranges::any_of(figures, [](const auto& figure) { return figure.first == "active"; });
  if (!known)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read stub_status: the page begins with '{}'", excerpt(begin)));
  return figures;
}

Result<std::vector<ReqRow>> parse_req_status(std::string_view page) {
  std::vector<ReqRow> rows;
  auto heading = next_line(page);
  if (!heading.starts_with("zone_name"))
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read req_status: the page begins with '{}'", excerpt(heading)));
  while (!page.empty()) {
    auto line = next_line(page);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (rows.size() == kMostRows)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot read req_status: more than {} rows", kMostRows));
    ReqRow row;
    auto rest = line;
    for (auto& column : row.columns) column = next_word(rest);
    if (row.columns[7].empty())
      return Error(ErrorCode::kProtocolViolation,
                   fmt::format("cannot read req_status: fewer than 8 columns in '{}'", excerpt(line)));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace holter::collect::nginx
