#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "base/utf8.h"
#include "collect/plugin.h"
#include "testing/replay_world.h"

namespace holter::collect {
const PluginInfo& http_plugin();
}

namespace {

using namespace holter;
using testing::ReplayAttempt;
using testing::ReplayWorld;

const std::vector<std::string> kAliases{"a", "$.b.c", "b", "url", "responseTime", "keyword", "value"};

std::unique_ptr<collect::Probe> probe_of(const char* type, const char* script) {
  model::Node block{.kind = model::Node::Kind::kMap};
  for (auto [key, value] : {std::pair("host", "h"), {"parseType", type}, {"parseScript", script}, {"keyword", "a+"}}) {
    block.keys.emplace_back(key);
    block.items.push_back(model::Node::of_text(value));
  }
  return collect::http_plugin().compile({"app", "up", kAliases, block}).value();
}

}  // namespace

/// The first byte chooses the parse type; the rest is a recorded answer, or a body behind a header of ours.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ReplayWorld world;
  static const std::unique_ptr<collect::Probe> kProbes[] = {probe_of("default", ""),
                                                            probe_of("jsonPath", "$..a[*]"),
                                                            probe_of("jsonPath", "$.a[?(@.b == 1)]"),
                                                            probe_of("prometheus", ""),
                                                            probe_of("PromQL", ""),
                                                            probe_of("website", ""),
                                                            probe_of("header", ""),
                                                            probe_of("config", ""),
                                                            probe_of("config", "users"),
                                                            probe_of("sitemap", ""),
                                                            probe_of("csv", ""),
                                                            probe_of("regex", "(?P<a>\\w+)=(?P<b>\\w+)")};
  if (size == 0) return 0;
  auto before = world.account.used();
  {
    std::string answer(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (!answer.starts_with("HTTP/")) answer.insert(0, "HTTP/1.1 200 OK\n\n");
    ReplayAttempt attempt(world, kAliases.size());
    auto& probe = *kProbes[data[0] % std::size(kProbes)];
    auto outcome = probe.replay(attempt, answer);
    CHECK(outcome.message.size() < 1500);
    std::string scratch;
    auto& table = attempt.table();
    for (std::size_t row = 0; row < table.rows(); ++row)
      for (std::size_t i = 0; i < kAliases.size(); ++i)
        if (const auto& cell = table.at(row, i); cell.kind == collect::RawTable::Kind::kText)
          CHECK(as_utf8(table.text(cell), scratch) == table.text(cell));
  }
  CHECK(world.account.used() == before);
  return 0;
}
