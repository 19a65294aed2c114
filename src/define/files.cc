#include "define/files.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace holter::define {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 10'000;
constexpr std::string_view kTestCases = "testcases";

/// Appends the files that `Iterator` meets; false when there are more than kMostFiles.
template <class Iterator>
bool collect(const std::string& directory, std::vector<std::string>& files, std::error_code& failure) {
  for (Iterator it(directory, failure), end; !failure && it != end; it.increment(failure)) {
    auto extension = it->path().extension();
    std::error_code ignored;  // what cannot be looked at is reported when it is opened
    if constexpr (requires { it.disable_recursion_pending(); })
      if (it->path().filename() == kTestCases && it->is_directory(ignored)) it.disable_recursion_pending();
    if ((extension != ".yml" && extension != ".yaml") || it->is_directory(ignored)) continue;
    if (files.size() == kMostFiles) return false;
    files.push_back(it->path().string());
  }
  return true;
}

}  // namespace

std::vector<std::string> yaml_files(const std::string& directory, Depth depth, std::string_view key,
                                    Problems& problems) {
  std::vector<std::string> files;
  std::error_code failure;
  bool fits = depth == Depth::kAllBelow ? collect<fs::recursive_directory_iterator>(directory, files, failure)
                                        : collect<fs::directory_iterator>(directory, files, failure);
  auto add = [&](Problem::Severity severity, std::string message) {
    problems.add({severity, directory, 0, 0, std::string(key), std::move(message)});
  };
  if (failure)
    add(Problem::Severity::kError, fmt::format("cannot read the directory: {}", failure.message()));
  else if (!fits)
    add(Problem::Severity::kError, fmt::format("cannot read more than {} files of a directory", kMostFiles));
  else if (files.empty())
    add(Problem::Severity::kWarning, "cannot find any file *.yml in this directory");
  std::ranges::sort(files);
  return files;
}

}  // namespace holter::define
