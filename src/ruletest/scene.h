#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "define/definitions.h"
#include "define/problem.h"
#include "model/monitor.h"
#include "ruletest/test_file.h"

namespace holter::ruletest {

/// A place in the set's fields, and a text that stands there.
using FieldText = std::pair<std::size_t, std::string>;

/// One row of the answers of a set.
struct RowPlan {
  std::string labels;             ///< as alert::RowView has them
  std::vector<FieldText> values;  ///< of the fields that are labels
};

/// What one input series says of the answers of a set.
struct Column {
  enum class What : std::uint8_t {
    kField,     ///< a number of a row
    kRow,       ///< that there is a row
    kUp,        ///< 1: the check succeeded, 0: it failed
    kDuration,  ///< how long it took, ms
  };
  const InputSeries* series = nullptr;
  What what = What::kRow;
  std::size_t row = 0;                                   ///< kField, kRow: of SetPlan::rows
  std::size_t field = 0;                                 ///< kField
  std::vector<FieldText> texts;                          ///< kField, kRow: fields of texts, while it has a value
  model::ResultCode failure = model::ResultCode::kFail;  ///< kUp: what 0 is
  bool unreachable = false;                              ///< kUp: a parent is down while it is 0

  /// Its value at a step; nullptr when nothing came.
  const double* at(std::size_t step) const {
    return step < series->values.size() && series->values[step] ? &*series->values[step] : nullptr;
  }
};

/// All series of one set of one monitor: together they are its results.
struct SetPlan {
  std::size_t monitor = 0;  ///< of Scene::monitors
  std::size_t set = 0;      ///< of its definition
  std::vector<RowPlan> rows;
  std::vector<Column> columns;
};

/// The monitors of a test group with their results.
struct Scene {
  std::deque<model::Monitor> monitors;
  std::vector<std::string> folders;  ///< by monitor
  std::vector<SetPlan> sets;         ///< those that decide first
  std::size_t steps = 0;             ///< values of the longest series
};

/// Makes the scene of a group, whose series it refers to. Which labels a series has: docs/alerts.md, Testing rules.
/// False with errors in `problems`: an app, a set, a field or a label that there is not, with the nearest one; series
/// that contradict each other.
bool make_scene(const TestGroup& group, const std::string& file, const define::Registry& definitions,
                define::Problems& problems, Scene& out);

}  // namespace holter::ruletest
