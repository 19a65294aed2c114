#include "collect/protocols/script/tool.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::script {
namespace {

const std::vector<Tool>& tools() {
  static const std::vector<Tool> kTools = {
      {"bash", {"bash"}, {"-c"}, {}},
      {"sh", {"sh"}, {"-c"}, {}},
      {"dash", {"dash"}, {"-c"}, {}},
      {"zsh", {"zsh"}, {"-c"}, {}},
      {"ksh", {"ksh"}, {"-c"}, {}},
      {"busybox", {"busybox"}, {"sh", "-c"}, {"sh"}},
      {"python3", {"python3"}, {"-c"}, {}},
      {"python", {"python3", "python"}, {"-c"}, {}},
      {"perl", {"perl"}, {"-e"}, {}},
      {"cmd", {"cmd.exe", "cmd"}, {"/c"}, {"/c"}},
      {"powershell",
       {"powershell.exe", "powershell", "pwsh"},
       {"-NoProfile", "-NonInteractive", "-Command"},
       {"-NoProfile", "-NonInteractive", "-File"}},
      {"pwsh", {"pwsh"}, {"-NoProfile", "-NonInteractive", "-Command"}, {"-NoProfile", "-NonInteractive", "-File"}},
  };
  return kTools;
}

}  // namespace

Result<const Tool*> find_tool(std::string_view name) {
  for (const auto& tool : tools())
    if (same_text(tool.name, name)) return &tool;
  std::vector<std::string_view> names;
  for (const auto& tool : tools()) names.push_back(tool.name);
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use the scriptTool '{}': there are {}", excerpt(name), fmt::join(names, ", ")));
}

Result<std::string> find_program(const Tool& tool, std::string_view path) {
  for (auto program : tool.programs)
    for (auto rest = path; !rest.empty();) {
      auto directory = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(rest.size(), directory.size() + 1));
      auto file = fmt::format("{}/{}", directory, program);
      if (::access(file.c_str(), X_OK) == 0) return file;
    }
  return Error(ErrorCode::kNotFound, fmt::format("cannot run the command: {} is not on this machine (no {} in {})",
                                                 tool.name, fmt::join(tool.programs, ", "), path));
}

}  // namespace holter::collect::script
