#pragma once

#include <string>

#include <fmt/format.h>

#include "base/units.h"
#include "intake/intake.h"

namespace holter::intake::testing {

/// A batch for people and for .expected files: one line for each thing that it says.
inline std::string text_of(const Batch& batch) {
  auto out = fmt::format("taken {}, refused {}, cut {}\n", batch.alerts.size(), batch.refused, batch.cut);
  for (const auto& reason : batch.reasons) out += fmt::format("refused {}\n", reason);
  for (const auto& [alert, expires] : batch.alerts) {
    out += fmt::format("\n{} since {}", model::to_string(alert.resolution), format_time(alert.starts));
    if (!alert.firing()) out += fmt::format(" until {}", format_time(alert.ends));
    if (expires) out += fmt::format(", expires {}", format_time(*expires));
    out += '\n';
    for (const auto& [name, value] : alert.labels) out += fmt::format("  {} = {}\n", name, value);
    for (const auto& [name, value] : alert.annotations) out += fmt::format("  # {}: {}\n", name, value);
    if (!alert.generator_url.empty()) out += fmt::format("  at {}\n", alert.generator_url);
  }
  return out;
}

}  // namespace holter::intake::testing
