#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "define/definitions.h"
#include "define/files.h"
#include "define/monitors.h"
#include "define/test_fixture.h"
#include "define/yaml.h"
#include "import/import.h"

namespace holter::imports::testing {

/// This repository's definitions; run from its root. The protocols' keys are those that the files themselves use: that
/// they are right is tested in app/.
inline const define::Registry& definitions() {
  static const define::Registry kRegistry = [] {
    static std::map<std::string, std::set<std::string>> keys;  // texts that ProtocolKeys only point to
    static std::map<std::string, std::string> blocks;
    define::Problems problems;
    for (const auto& path : define::yaml_files("definitions", define::Depth::kAllBelow, "definitions", problems)) {
      define::YamlNode root;
      if (!define::read_yaml({path, {}, false}, {}, problems, root)) continue;
      const auto* sets = root.find("metrics");
      if (sets == nullptr) continue;
      for (const auto& set : sets->items) {
        const auto& protocol = set.find("protocol")->text;
        blocks[protocol] = set.find(protocol) != nullptr ? protocol : "http";
        for (const auto& key : set.find(blocks[protocol])->keys) keys[protocol].insert(key.text);
      }
    }
    std::vector<define::ProtocolKeys> protocols;
    for (const auto& [protocol, block] : blocks) {
      auto& entry = protocols.emplace_back(define::ProtocolKeys{protocol, block, {}, {}, {}, true});
      entry.keys.assign(keys[protocol].begin(), keys[protocol].end());
    }
    auto registry = define::load_definitions("definitions", protocols, problems);
    EXPECT_TRUE(problems.ok()) << define::testing::text_of(problems);
    return registry;
  }();
  return kRegistry;
}

/// An import, and what came of it.
struct Outcome {
  std::string error;
  Imported imported;
  std::vector<Finding> findings;
  std::vector<model::Monitor> monitors;  ///< the output, read as `holter check` does

  const model::Monitor* find(std::string_view name) const {
    auto found = std::ranges::find(monitors, name, &model::Monitor::name);
    return found == monitors.end() ? nullptr : &*found;
  }
  /// "app host=a port=1 ..." of a monitor, with the parameters in the definition's order.
  std::string monitor(std::string_view name) const {
    const auto* found = find(name);
    if (found == nullptr) return "none";
    std::string out = found->definition->app;
    for (const auto& [index, value] : found->params)
      out += fmt::format(" {}={}", found->definition->params[index].field, value);
    return out;
  }
  std::string labels(std::string_view name) const {
    std::string out;
    if (const auto* found = find(name); found != nullptr)
      for (const auto& [key, value] : *found->labels) out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
    return out;
  }
  /// All findings, one a line.
  std::string report() const {
    std::string out;
    for (const auto& finding : findings) out += to_string(finding) + "\n";
    return out;
  }
};

/// Imports, reads the output again, and checks what holds for every import.
inline Outcome import_text(Product product, const std::vector<Input>& inputs, Format format = Format::kYaml,
                           std::function<Result<std::vector<Input>>(const std::string&)> files = {}) {
  Outcome out;
  Options options{.definitions = &definitions(), .format = format, .files = std::move(files)};
  options.report = [&](const Finding& finding) { out.findings.push_back(finding); };
  auto imported = import_monitors(product, inputs, options);
  if (!imported) {
    out.error = imported.error().message();
    return out;
  }
  out.imported = std::move(*imported);
  define::Problems problems;
  out.monitors = define::load_monitors_text("out", out.imported.text, definitions(), std::chrono::seconds(1), problems);
  EXPECT_TRUE(problems.ok()) << define::testing::text_of(problems) << out.imported.text;
  const auto& counts = out.imported.counts;
  EXPECT_EQ(counts.items, counts.taken + counts.refused);
  EXPECT_EQ(counts.monitors, out.monitors.size());
  auto refused = std::ranges::count(out.findings, std::string(), &Finding::setting);
  EXPECT_EQ(static_cast<std::size_t>(refused), counts.refused);
  EXPECT_EQ(out.findings.size(), counts.refused + counts.settings);
  for (const auto& finding : out.findings) {
    EXPECT_FALSE(finding.item.empty() || finding.reason.empty() || finding.advice.empty()) << to_string(finding);
  }
  return out;
}
inline Outcome import_text(Product product, std::string text, Format format = Format::kYaml) {
  return import_text(product, std::vector<Input>{{"f", std::move(text)}}, format);
}

}  // namespace holter::imports::testing
