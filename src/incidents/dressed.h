#pragma once

#include <string>
#include <string_view>

#include "alert/alert_sink.h"
#include "alert/rule.h"
#include "model/alert.h"

namespace holter::incidents {

/// The alert as people see it: templates of its annotations rendered, the rule's message as `summary`, and what the
/// expression read as `evidence`. `host`: that of its monitor, null where there is none. `url`: of Holter, empty where
/// it has none. A text that is no template stays as it is.
model::Alert dressed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence,
                     const std::string* host, std::string_view url);

}  // namespace holter::incidents
