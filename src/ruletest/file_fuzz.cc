// A file of tests, the same bytes as a file of rules, and the scenes of what was read.
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "ruletest/rule_documents.h"
#include "ruletest/scene.h"
#include "ruletest/test_file.h"

namespace {

holter::define::Registry definitions() {
  using holter::model::FieldType;
  auto disks = std::make_shared<holter::model::Definition>();
  disks->app = "disks";
  disks->params.push_back({.field = "host"});
  disks->sets.push_back({.name = "disk",
                         .priority = 0,
                         .fields = {{.field = "mount", .type = FieldType::kString, .label = true},
                                    {.field = "used", .type = FieldType::kNumber},
                                    {.field = "kind", .type = FieldType::kString},
                                    {.field = "key", .type = FieldType::kSecret}}});
  disks->sets.push_back({.name = "io", .priority = 1, .fields = {{.field = "reads", .type = FieldType::kNumber}}});
  holter::define::Registry out;
  out.add(std::move(disks));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  static const auto kDefinitions = definitions();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  define::Problems of_tests, of_rules;
  ruletest::TestFile file;
  CHECK(ruletest::read_test_file("t", text, of_tests, file) == of_tests.ok());
  for (const auto& group : file.groups) {
    ruletest::Scene scene;
    if (!ruletest::make_scene(group, "t", kDefinitions, of_tests, scene)) continue;
    CHECK(scene.monitors.size() == scene.folders.size());
    for (const auto& plan : scene.sets) {
      const auto& fields = scene.monitors[plan.monitor].definition->sets[plan.set].fields;
      for (const auto& column : plan.columns) {
        if (column.what == ruletest::Column::What::kField) CHECK(column.field < fields.size());
        if (column.what == ruletest::Column::What::kField || column.what == ruletest::Column::What::kRow)
          CHECK(column.row < plan.rows.size());
      }
    }
  }
  std::vector<alert::Rule> rules;
  CHECK(ruletest::read_rules("r", text, kDefinitions, of_rules, rules) == of_rules.ok());
  for (const auto& rule : rules) CHECK(alert::check(rule).has_value());
  return 0;
}
