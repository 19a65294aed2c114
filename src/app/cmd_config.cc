#include <fmt/format.h>

#include "app/commands.h"
#include "app/loaded.h"
#include "define/config_show.h"

namespace holter::app {

int show_config(const ConfigOptions& options) {
  if (options.defaults) {
    fmt::print("{}", define::default_config());
    return 0;
  }
  auto loaded = load_settings(options.config);
  if (!print_problems(loaded.problems)) return 1;
  fmt::print("{}", define::show_config(loaded.given));
  return 0;
}

}  // namespace holter::app
