#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "define/problem.h"

namespace holter::define {

enum class Depth : std::uint8_t { kThisDirectory, kAllBelow };

/// The YAML files (*.yml, *.yaml) of a directory, sorted by path; directories called `testcases` are not looked into.
/// At most 10,000; more are an error. `key` is the setting that names the directory, for messages. A directory without
/// any is a warning.
std::vector<std::string> yaml_files(const std::string& directory, Depth depth, std::string_view key,
                                    Problems& problems);

/// Runs `read` and turns an exhausted memory into a problem of `file`: what a file asks for may be more than is there.
template <class Read>
void within_memory(const std::string& file, Problems& problems, Read read) {
  try {
    read();
  } catch (const std::bad_alloc&) {
    problems.add({Problem::Severity::kError, file, 0, 0, {}, "cannot read: memory is exhausted (memory.budget)"});
  }
}

}  // namespace holter::define
