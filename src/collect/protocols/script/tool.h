#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::collect::script {

/// Who runs a command: what a definition calls it, the programs that may be it, and how it is told what to do.
struct Tool {
  std::string_view name;
  std::vector<std::string_view> programs;   ///< the first that is on the machine
  std::vector<std::string_view> with_text;  ///< arguments before the text of a command
  std::vector<std::string_view> with_file;  ///< arguments before the name of a file
};

/// The tool of that name, in any case. Errors: kInvalidArgument, naming those that there are.
Result<const Tool*> find_tool(std::string_view name);

/// Where commands are looked for: not where our own PATH leads.
inline constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The tool's program on this machine. Errors: kNotFound, naming what was looked for, and where.
Result<std::string> find_program(const Tool& tool, std::string_view path = kPath);

}  // namespace holter::collect::script
