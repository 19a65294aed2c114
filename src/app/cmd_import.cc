#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/loaded.h"
#include "collect/job.h"
#include "define/resolve.h"
#include "import/import.h"

namespace holter::app {
namespace {

Error cannot_write(const std::string& path) {
  return {ErrorCode::kIo, fmt::format("cannot write {}: {}", path, std::strerror(errno))};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Whole or not at all, and for its owner only, since passwords stand in it. Errors: kIo; kInvalidArgument when the
/// file is there and may not be replaced.
Status write_file(const std::string& path, std::string_view text, bool replace) {
  auto scratch = path + ".XXXXXX";
  int file = ::mkostemp(scratch.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return cannot_write(path);
  bool written = write_all(file, text) && ::fsync(file) == 0;
  written = ::close(file) == 0 && written;
  // link() does not replace, rename() does.
  int moved = !written ? -1 : replace ? ::rename(scratch.c_str(), path.c_str()) : ::link(scratch.c_str(), path.c_str());
  bool exists = written && moved != 0 && errno == EEXIST;
  auto failure = cannot_write(path);
  if (!replace || moved != 0) ::unlink(scratch.c_str());
  if (exists)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot write {}: it is there already (--force replaces it)", path));
  return moved == 0 ? Status{} : Status(failure);
}

/// Can a probe be made of it? What `holter check` asks beyond the file.
Status probe_of(collect::JobFactory& factory, const model::Monitor& monitor) {
  std::vector<model::ResolvedSet> sets;
  for (const auto& set : monitor.definition->sets) sets.push_back(define::resolve(set, monitor));
  auto job = factory.make(monitor, sets);
  return job ? Status{} : Status(job.error());
}

void summary(const imports::Counts& counts, const ImportOptions& options) {
  fmt::print(stderr, "{} items = {} taken ({} monitors) + {} not taken; {} settings not taken\n", counts.items,
             counts.taken, counts.monitors, counts.refused, counts.settings);
  if (counts.secrets > 0)
    fmt::print(stderr, "{} secrets (passwords, tokens, keys) stand readable in {}: whoever may read it has them\n",
               counts.secrets, options.output.empty() ? "the output" : options.output);
}

int fail(const std::string& message) {
  fmt::print(stderr, "holter: {}\n", message);
  return 1;
}

}  // namespace

int import_from(const ImportOptions& options) {
  if (!options.output.empty() && !options.force && std::filesystem::exists(options.output))
    return fail(fmt::format("cannot write {}: it is there already (--force replaces it)", options.output));
  auto loaded = load(options.config, false);
  if (!loaded.problems.ok()) {
    print_problems(loaded.problems);
    return 1;
  }
  std::vector<imports::Input> inputs;
  std::string prometheus = options.prometheus.empty() ? options.file : options.prometheus;
  for (const auto& path : {options.file, options.prometheus}) {
    if (path.empty()) continue;
    auto input = imports::read_input(path);
    if (!input) return fail(input.error().message());
    inputs.push_back(std::move(*input));
  }
  collect::JobFactory factory;
  imports::Options how{
      .definitions = &loaded.definitions,
      .min_interval = loaded.config.collect.min_interval,
      .format = options.format,
      .check = [&](const model::Monitor& monitor) { return probe_of(factory, monitor); },
      .report = [&](const imports::Finding& finding) { fmt::print(stderr, "{}\n", imports::to_string(finding)); },
      .files =
          [&](const std::string& pattern) {
            return imports::read_inputs(std::filesystem::path(prometheus).parent_path().string(), pattern);
          },
  };
  auto imported = imports::import_monitors(options.product, inputs, how);
  if (!imported) return fail(imported.error().message());
  if (options.output.empty()) {
    if (std::fwrite(imported->text.data(), 1, imported->text.size(), stdout) != imported->text.size() ||
        std::fflush(stdout) != 0)
      return fail("cannot write to standard output");
  } else if (auto written = write_file(options.output, imported->text, options.force); !written) {
    return fail(written.error().message());
  }
  summary(imported->counts, options);
  return imported->counts.all_taken() ? 0 : 3;
}

}  // namespace holter::app
