#pragma once

#include <deque>
#include <optional>
#include <string_view>

#include "api/body.h"
#include "api/csv.h"
#include "base/result.h"
#include "define/yaml.h"
#include "memory/account.h"

// Monitors in other formats than JSON, for import and export. What one writes the other reads.
namespace holter::api {

/// Monitors of a YAML document like a file of monitors: a map whose `monitors` is their list. Errors: kInvalidArgument
/// with the first problem, kResourceExhausted.
class YamlMonitors {
 public:
  static Result<YamlMonitors> read(std::string_view text, memory::Account& account);
  std::optional<define::YamlNode> next();

 private:
  std::deque<define::YamlNode> monitors_;
  memory::Reservation held_;
};

/// Monitors of a CSV whose first row names the columns: those of kCsvColumns, in any order; "labels.<key>",
/// "annotations.<key>" and "params.<field>" besides. labels, annotations, params and depends_on hold JSON. An empty
/// cell is not given.
class CsvMonitors {
 public:
  explicit CsvMonitors(std::string_view text) : reader_(text) {}
  /// Errors: kInvalidArgument, naming line and column.
  Result<std::optional<define::YamlNode>> next();

 private:
  Status read_head();
  Status put(define::YamlNode& fields, const std::string& column, std::string text) const;

  CsvReader reader_;
  std::vector<std::string> columns_;
};

/// A monitor as an element of a YAML list, indented by two.
void write_yaml_monitor(Body& out, const define::YamlNode& fields);
void write_csv_head(Body& out);
void write_csv_monitor(Body& out, const define::YamlNode& fields);

}  // namespace holter::api
