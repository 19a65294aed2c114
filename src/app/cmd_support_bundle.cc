#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/doctor_report.h"
#include "app/loaded.h"
#include "app/local.h"
#include "app/support_bundle.h"
#include "app/tar_gz.h"
#include "base/data_lock.h"
#include "base/units.h"
#include "define/config_show.h"

namespace holter::app {
namespace {

/// Why a part is not there stands in its place.
BundlePart part_of(std::string name, Result<std::string> text) {
  if (!text) return {name + ".error", text.error().message() + "\n"};
  return {std::move(name), std::move(*text)};
}

std::vector<BundlePart> gather(const SupportBundleOptions& options, const Loaded& loaded) {
  const auto& data_dir = loaded.config.data_dir;
  std::vector<BundlePart> parts;
  parts.push_back({"version.txt", version_text()});
  parts.push_back({"config.yml", define::show_config(loaded.given)});
  std::string problems;
  for (const auto& problem : loaded.problems.list) problems += define::to_string(problem) + "\n";
  if (!problems.empty()) parts.push_back({"config-problems.txt", problems});
  parts.push_back({"doctor.json", doctor_json(options.config), Scrubber::Form::kJson});
  auto holder = DataLock::holder(data_dir);
  bool runs = holder && *holder;
  parts.push_back({"machine.txt", describe_machine(runs ? static_cast<long>((*holder)->pid) : 0)});
  parts.push_back({"data-dir.txt", list_files(data_dir)});
  parts.push_back(part_of("last-run.json", last_lines(data_dir + "/last-run.json", kMostSmallFile)));
  parts.push_back(part_of("alerts.jsonl", last_lines(data_dir + "/alerts.jsonl", kMostSmallFile)));
  if (!options.log.empty()) parts.push_back(part_of("log.txt", last_lines(options.log, kMostLog)));
  if (!runs)
    parts.push_back({"server.error", holder ? "no server runs on this data directory\n" : holder.error().message()});
  else if ((*holder)->url.empty())
    parts.push_back(
        {"server.error", fmt::format("process {} has the data directory, but serves no API\n", (*holder)->pid)});
  else
    for (auto& part : ask_server((*holder)->url, loaded.config.data_dir)) parts.push_back(std::move(part));
  return parts;
}

Result<std::size_t> write(const std::string& path, std::vector<BundlePart> parts, const Scrubber& scrubber) {
  auto now = SystemClock().wall();
  TRY(auto file, TarGz::create(path));
  auto prefix = fmt::format("holter-support-{}/", format_time(now).substr(0, 10));
  for (const auto& part : parts) TRY_OK(file.add(prefix + part.name, scrubber.scrub(part.text, part.form), now));
  TRY_OK(file.finish());
  return parts.size();
}

}  // namespace

int support_bundle(const SupportBundleOptions& options) {
  auto loaded = load_settings(options.config);
  Scrubber scrubber;
  hide_secrets(loaded, scrubber);
  auto written = write(options.file, gather(options, loaded), scrubber);
  if (!written) return fail(written.error());
  fmt::print("wrote {}: {} files, without secrets as far as they could be told; look into it before you hand it on\n",
             options.file, *written);
  return 0;
}

}  // namespace holter::app
