#pragma once

#include <string>
#include <vector>

#include "model/alert.h"
#include "ruletest/test_file.h"

namespace holter::ruletest {

/// What of `got` was not expected, and what was expected and is not there, as lines for people; empty: all is as
/// expected. Labels must be the same, but for `alertname`, which need not be named; so must annotations, but for
/// `evidence`, which counts only where it is named.
std::string differences(const AlertTest& test, const std::vector<const model::Alert*>& got);

}  // namespace holter::ruletest
