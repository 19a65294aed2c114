#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include "base/units.h"
#include "import/draft.h"

namespace holter::imports {
namespace {

constexpr std::size_t kMostFiles = 1000;

Error cannot(ErrorCode code, const std::string& path, std::string_view why) {
  return {code, fmt::format("cannot read {}: {}", path, why)};
}

}  // namespace

Result<Input> read_input(const std::string& path) {
  // Looked at before it is opened: opening a pipe waits for a writer that may never come.
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return cannot(ErrorCode::kNotFound, path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return cannot(ErrorCode::kInvalidArgument, path, "it is no regular file");
  auto size = static_cast<std::size_t>(info.st_size);
  if (size > kMaxInput)
    return cannot(ErrorCode::kTooLarge, path,
                  fmt::format("it has {}, and at most {} are allowed", format_size(size), format_size(kMaxInput)));
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return cannot(ErrorCode::kIo, path, std::strerror(errno));
  Input input{path, std::string(size, '\0')};
  input.text.resize(std::fread(input.text.data(), 1, size, file.get()));
  if (std::ferror(file.get()) != 0) return cannot(ErrorCode::kIo, path, "the disk failed");
  return input;
}

Result<std::vector<Input>> read_inputs(const std::string& directory, const std::string& pattern) {
  namespace fs = std::filesystem;
  auto path = fs::path(pattern).is_absolute() ? fs::path(pattern) : fs::path(directory) / pattern;
  std::vector<std::string> names;
  if (pattern.find_first_of("*?[") == std::string::npos) {
    names.push_back(path.string());
  } else {
    std::error_code failure;
    for (fs::directory_iterator entry(path.parent_path(), failure), end; !failure && entry != end;
         entry.increment(failure)) {
      if (fnmatch(path.filename().c_str(), entry->path().filename().c_str(), FNM_PERIOD) != 0) continue;
      names.push_back(entry->path().string());
      if (names.size() > kMostFiles)
        return cannot(ErrorCode::kTooLarge, pattern, fmt::format("at most {} files are allowed", kMostFiles));
    }
    if (failure) return cannot(ErrorCode::kNotFound, pattern, failure.message());
    std::ranges::sort(names);
  }
  std::vector<Input> inputs;
  std::size_t bytes = 0;
  for (const auto& name : names) {
    TRY(auto input, read_input(name));
    bytes += input.text.size();
    if (bytes > kMaxInput)
      return cannot(ErrorCode::kTooLarge, pattern, fmt::format("at most {} are allowed", format_size(kMaxInput)));
    inputs.push_back(std::move(input));
  }
  return inputs;
}

Result<Imported> import_monitors(Product product, const std::vector<Input>& inputs, const Options& options) {
  Intake intake(options);
  const auto& first = inputs.front();
  switch (product) {
    case Product::kHertzBeat:
      TRY_OK(read_hertzbeat(first, intake));
      break;
    case Product::kUptimeKuma:
      TRY_OK(read_uptime_kuma(first, intake));
      break;
    case Product::kGatus:
      TRY_OK(read_gatus(first, intake));
      break;
    case Product::kBlackbox:
      TRY_OK(read_blackbox(inputs, intake));
      break;
  }
  return intake.finish();
}

}  // namespace holter::imports
