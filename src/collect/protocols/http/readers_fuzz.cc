#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "base/utf8.h"
#include "collect/plugin.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace holter::collect {
const PluginInfo& http_plugin();
}

namespace {

using namespace holter;

/// A shard's services, of which a recorded answer needs only the account.
struct World {
  boost::asio::io_context context{1};
  SystemClock clock;
  memory::Account account{"fuzz", nullptr, 64 << 20};
  runtime::TaskScope scope{context.get_executor()};
  net::Resolver resolver{{}, context.get_executor(), clock, account};
  net::HttpClient http{{}, context.get_executor(), clock, resolver, account};
  net::IcmpEngine icmp{{.max_in_flight = 1}, context.get_executor(), clock, account};
  collect::ShardObjects objects;
  collect::Services services{context.get_executor(), clock, scope, account, resolver, http, icmp, objects};
};

class Replaying final : public collect::Attempt {
 public:
  Replaying(World& world, std::size_t columns) {
    services_ = &world.services;
    table_.charge_to(world.account);
    table_.reset(columns);
  }
  void publish_part(std::string_view, const collect::Layout&) override {}
  void finish(model::ResultCode, std::string_view) override {}
};

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
  static World world;
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
    Replaying attempt(world, kAliases.size());
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
