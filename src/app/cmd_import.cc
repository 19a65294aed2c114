#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/loaded.h"
#include "app/output_file.h"
#include "collect/job.h"
#include "define/resolve.h"
#include "import/import.h"

namespace holter::app {
namespace {

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
  } else if (auto written = write_output(options.output, imported->text, options.force); !written) {
    return fail(written.error().message());
  }
  summary(imported->counts, options);
  return imported->counts.all_taken() ? 0 : 3;
}

}  // namespace holter::app
