#include "collect/plugin.h"

namespace holter::collect {

const PluginInfo* find_plugin(std::string_view name) {
  for (auto factory : all_plugins())
    if (factory().name == name) return &factory();
  return nullptr;
}

}  // namespace holter::collect
