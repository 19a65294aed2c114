#include "collect/plugin.h"

namespace holter::collect {

Outcome Probe::replay(Attempt&, std::string_view) {
  return {model::ResultCode::kFail, "cannot replay an answer: this protocol has no form for a recorded one"};
}

const PluginInfo* find_plugin(std::string_view name) {
  for (auto factory : all_plugins())
    if (factory().name == name) return &factory();
  return nullptr;
}

}  // namespace holter::collect
