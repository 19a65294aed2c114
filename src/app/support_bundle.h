#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/loaded.h"
#include "app/scrubber.h"
#include "base/result.h"

namespace holter::app {

/// A file of the bundle.
struct BundlePart {
  std::string name;
  std::string text;
  Scrubber::Form form = Scrubber::Form::kText;
};

/// The most that is taken of each kind, in bytes; what is longer is cut, and says so.
constexpr std::size_t kMostAnswer = 4 << 20, kMostLog = 1 << 20, kMostSmallFile = 64 << 10;
constexpr std::size_t kMostFilesListed = 1000;

/// The last `most` bytes of a file, from the beginning of a line on.
Result<std::string> last_lines(const std::string& path, std::size_t most);
/// The files of a directory with size, mode and time, at most kMostFilesListed, not deeper than four levels.
std::string list_files(const std::string& directory);
/// Kernel, distribution, limits, memory, cgroup and pressure of this machine and process; of `pid` too, unless it is 0.
std::string describe_machine(long pid);
/// What a running server says: summary, memory, schedule, events, metrics; of each that cannot be asked, why. At most a
/// few seconds each.
std::vector<BundlePart> ask_server(const std::string& url, const std::string& data_dir);

/// Puts into the scrubber what must not be in a bundle: secrets of the configuration, of the environment and of the
/// monitors in files. Before keyring variables are taken out of the environment.
void hide_secrets(const Loaded& loaded, Scrubber& scrubber);

}  // namespace holter::app
