#pragma once

#include <optional>
#include <string_view>

#include "model/alert.h"

// Inside of this folder: what foreign words for badness and for state mean here.
namespace holter::intake {

/// Of the words that the products and their users write ("Disaster", "high", "P1", "严重"...), in any case of ASCII;
/// nothing for others.
std::optional<model::Severity> severity_of(std::string_view word);

enum class State : unsigned char { kFiring, kResolved };
/// firing, alerting, problem, alarm, alert, active, triggered, open, down, critical, warning, error, unhealthy, 1, true
/// and resolved, ok, recovered, normal, inactive, closed, up, healthy, cleared, 0, false; nothing for others.
std::optional<State> state_of(std::string_view word);

}  // namespace holter::intake
