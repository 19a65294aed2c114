// All that comes from files: definitions, monitors and the configuration are read from hostile text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "define/definitions.h"
#include "define/resolve.h"
#include "define/test_fixture.h"
#include "define/yaml.h"

namespace {

using namespace holter::define;

void stream(std::string_view text) {
  Problems problems;
  std::size_t count = 0;
  bool ok = stream_yaml_list(
      {"fuzz.yml", text, true}, {}, "monitors", problems, [&](const YamlNode&) { return ++count < 10'000; },
      [](const YamlNode::Key&, const YamlNode&) {});
  if (ok != problems.ok()) std::abort();
}

/// Loads a definition; when it is one, resolves its sets for a monitor that gives every parameter the same text.
void define(std::string_view text) {
  static const auto protocols = testing::protocols();
  Problems problems;
  auto definition = load_definition("fuzz.yml", text, protocols, problems);
  if ((definition != nullptr) != problems.ok()) std::abort();
  for (const auto& problem : problems.list)
    if (to_string(problem).find("cannot ") == std::string::npos) std::abort();
  if (definition == nullptr) return;
  holter::model::Monitor monitor{.definition = definition};
  for (std::uint16_t i = 0; i < definition->params.size(); i += 2)
    monitor.params.emplace_back(i, R"({"a":"^_^host^_^"})");
  for (const auto& set : definition->sets)
    if (resolve(set, monitor).set != &set) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  stream(text);
  define(text);
  return 0;
}
