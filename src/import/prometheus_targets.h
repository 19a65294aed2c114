#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "import/draft.h"

namespace holter::imports {

/// A target that Prometheus has probed by the exporter.
struct ProbeTarget {
  Item item;
  std::string job, module, target;
  std::string interval;  ///< as Prometheus has it; empty: its default, 1m
  std::string timeout;   ///< scrape_timeout; empty: 10s
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<Finding> parts;  ///< settings of the job that do not come along
};

/// Hands on the targets of the scrape_configs that go by the exporter; refuses what has other targets, or hides them.
Status read_targets(const Tree& prometheus, Intake& intake, const std::function<void(ProbeTarget)>& take);

}  // namespace holter::imports
