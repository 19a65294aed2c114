#pragma once

#include <optional>
#include <span>
#include <vector>

#include "catalog/monitors.h"
#include "catalog/session.h"

// Statements on the tables of monitors, prepared once and run many times. Their methods throw what SOCI throws.
namespace holter::catalog {

/// Reads monitors by ranges of ids.
class MonitorReader {
 public:
  explicit MonitorReader(soci::session& sql);
  MonitorReader(const MonitorReader&) = delete;  // the statements refer to its members
  MonitorReader& operator=(const MonitorReader&) = delete;

  /// Those with `after` < id <= `last`, by id. Errors: kCorruption.
  Result<std::vector<Monitor>> read(MonitorId after, MonitorId last);

 private:
  void read_rows(std::vector<Monitor>& out);
  Status read_params(std::vector<Monitor>& monitors);
  void read_texts(std::vector<Monitor>& monitors);
  void read_parents(std::vector<Monitor>& monitors);

  long long after_ = 0, last_ = 0;
  // What a row is read into.
  long long id_ = 0, interval_ = 0, version_ = 0, created_ = 0, updated_ = 0, parent_ = 0;
  int flag_ = 0;
  std::string criticality_, text_a_, text_b_, text_c_;
  Monitor row_;
  soci::statement monitors_, params_, texts_, parents_;
};

/// Writes rows of monitors, which were checked before.
class MonitorWriter {
 public:
  explicit MonitorWriter(soci::session& sql) : sql_(sql) {}
  MonitorWriter(const MonitorWriter&) = delete;
  MonitorWriter& operator=(const MonitorWriter&) = delete;

  void insert(const Monitor& monitor);
  /// False when there is no monitor of that id with version `expected`. The lists are replaced.
  bool update(const Monitor& monitor, std::uint64_t expected);

 private:
  void bind(const Monitor& monitor);
  void insert_lists(const Monitor& monitor);
  void insert_texts(const model::Labels& texts, int kind);
  void delete_lists();

  soci::session& sql_;
  long long id_ = 0, interval_ = 0, version_ = 0, expected_ = 0, size_ = 0, created_ = 0, updated_ = 0, parent_ = 0;
  int paused_ = 0, flag_ = 0;
  std::string name_, app_, cron_, criticality_, folder_, description_, owner_, created_by_, updated_by_;
  std::string text_a_, text_b_, text_c_;
  // Prepared when first needed.
  std::optional<soci::statement> insert_, update_, insert_param_, insert_text_, insert_parent_;
  std::optional<soci::statement> delete_params_, delete_texts_, delete_parents_;
};

/// Bytes of a monitor's texts.
std::size_t size_of(const Monitor& monitor);

}  // namespace holter::catalog
