#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "import/draft.h"
#include "import/web.h"

namespace holter::imports {

/// "[STATUS] == 200", taken apart. Sides are trimmed; without an operator `right` and `op` are empty.
struct Condition {
  std::string text, left, op, right;
};
Condition parse_condition(std::string_view text);

/// Does a text match a pattern in which '*' stands for anything?
bool matches_glob(std::string_view pattern, std::string_view text);

/// What a web endpoint's conditions mean for the check: status codes, an expression of the body, a value of its JSON.
/// What is only kept, or not taken at all, is left in the draft. Errors: kInvalidArgument when no status fulfils all of
/// them.
Status apply_web_conditions(const std::vector<Condition>& conditions, WebCheck& check, Draft& draft);

/// Of all other endpoints: that it is connected is what UP means, the rest is left in the draft.
void leave_conditions(const std::vector<Condition>& conditions, Draft& draft);

}  // namespace holter::imports
