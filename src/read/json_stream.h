#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "read/json_eval.h"
#include "read/json_projection.h"
#include "read/json_steps.h"

// Inside of this folder: how a path is read from a text as it goes by.
namespace holter::read {

/// A value that a path leads to. `tree` is not const, as functions add nodes to it.
class JsonUnitResults {
 public:
  virtual ~JsonUnitResults() = default;
  virtual Status value(JsonTree& tree, std::uint32_t node, Meter& meter, JsonWork& work) = 0;
};

/// Where a path is cut: its first parts are matched as the text goes by; what they lead to, a unit, is kept, and the
/// rest of the path is evaluated on it.
struct JsonPlan {
  std::size_t matched = 0;  ///< parts
  /// Units are the elements of an array that is matched, or the object itself, as filters look at them; the next part,
  /// if there is one, is a filter on the unit.
  bool each = false;
  JsonProjection kept = JsonProjection::everything();

  /// For values of which all may be looked at.
  static JsonPlan of(const JsonSteps& steps);
  /// For values that are looked at as `columns` says, and for the filter.
  static JsonPlan of(const JsonSteps& steps, const JsonProjection& columns);
};

/// Reads `document` to its end. Errors: as JsonPath::read() says, without the path in the message.
Status stream_json(std::string_view document, const JsonSteps& steps, const JsonPlan& plan, memory::Account& account,
                   JsonUnitResults& results);

}  // namespace holter::read
