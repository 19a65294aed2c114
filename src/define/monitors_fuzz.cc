// A monitors file of hostile text, against the definitions that a fuzzer can reach without files.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <sys/mman.h>

#include "define/config.h"
#include "define/monitors.h"
#include "define/test_fixture.h"

namespace {

using namespace holter::define;

constexpr std::string_view kDefinition = R"(
app: a
params:
  - {field: host, type: host, required: true}
  - {field: port, type: number, range: '[0,65535]||(-∞,-1)'}
  - {field: how, type: radio, options: [{value: x}]}
  - {field: kv, type: key-value}
  - {field: list, type: array}
  - {field: json, type: metrics-field}
  - {field: text, type: text, limit: 5}
  - {field: yes, type: boolean}
metrics:
  - {name: s, priority: 0, protocol: icmp, fields: [{field: f}], icmp: {host: ^_^host^_^}}
)";

Registry make_registry() {
  Problems problems;
  Registry registry;
  registry.add(load_definition("a.yml", kDefinition, testing::protocols(), problems));
  if (!problems.ok()) std::abort();
  return registry;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Registry registry = make_registry();
  static const int file = memfd_create("holter-fuzz", 0);
  static const std::string path = fmt::format("/proc/self/fd/{}", file);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) std::abort();

  Problems problems;
  auto monitors = load_monitors(path, registry, std::chrono::seconds(1), problems);
  for (const auto& monitor : monitors)
    if (monitor.name.empty() || monitor.param("host") == nullptr || !monitor.labels) std::abort();

  Problems config_problems;
  auto config = load_config(path, {}, config_problems);
  if (config_problems.ok() && (config.data_dir.empty() || config.server.max_connections == 0)) std::abort();
  return 0;
}
