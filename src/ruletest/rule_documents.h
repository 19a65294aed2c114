#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alert/rule.h"
#include "define/definitions.h"
#include "define/problem.h"

namespace holter::ruletest {

inline constexpr std::size_t kMostRuleBytes = 16 << 20;  ///< of one file

/// Reads rules as the API takes them, {name, enabled, spec}: a list of them, or a map with the list `rules`, in YAML or
/// JSON; and checks them as the API does. They are added to `rules`. Rules that are asked of a store (kind periodic)
/// and rule files of Prometheus are refused: what their queries would yield is not known here. False with errors in
/// `problems`.
bool read_rules(const std::string& name, std::string_view text, const define::Registry& definitions,
                define::Problems& problems, std::vector<alert::Rule>& rules);

}  // namespace holter::ruletest
