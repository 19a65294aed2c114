#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace holter::app {

/// Columns that a terminal shows the text in: East Asian characters take two, marks that combine none.
std::size_t text_width(std::string_view text);

/// A table for terminals: columns as wide as their longest text. The last column is not padded.
class TextTable {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  /// Of each text at most `most` bytes are shown; control bytes show as \xNN.
  explicit TextTable(std::vector<Align> columns, std::size_t most = 100) : columns_(std::move(columns)), most_(most) {}

  /// As many texts as there are columns.
  void add(std::vector<std::string> row);
  /// One line per row, each behind `indent`.
  std::string text(std::string_view indent = {}) const;

 private:
  const std::vector<Align> columns_;
  const std::size_t most_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace holter::app
