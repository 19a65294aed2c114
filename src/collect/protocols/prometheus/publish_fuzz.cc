#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "collect/layout.h"
#include "collect/protocols/prometheus/publish.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace {

using namespace holter;

/// A shard's services, of which an answer needs only the account.
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

class Checking final : public collect::Attempt {
 public:
  explicit Checking(World& world) : account_(world.account) {
    services_ = &world.services;
    table_.charge_to(world.account);
    table_.reset(0);
  }
  void publish_part(std::string_view set, const collect::Layout& layout) override {
    std::string buffer;
    CHECK(as_utf8(set, buffer) == set);
    collect::Layout::Scratch scratch(account_);
    CHECK(scratch.prepare(layout, WallTime{}));
    CHECK(table_.columns() == layout.columns());
    for (std::size_t row = 0; row < table_.rows(); ++row)
      for (std::size_t i = 0; i < layout.fields().size(); ++i) (void)layout.value(table_, row, i, scratch);
    table_.reset(layout.columns());
  }
  void finish(model::ResultCode, std::string_view) override {}

 private:
  memory::Account& account_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  auto before = world.account.used();
  {
    net::HttpResponse response;
    response.body.assign(reinterpret_cast<const char*>(data), size);
    if (size % 2 == 1) response.headers = {{"Content-Type", "application/openmetrics-text"}};
    Checking attempt(world);
    (void)collect::prometheus::publish_metrics(attempt, response, {.metrics = 50, .rows = 200});
  }
  CHECK(world.account.used() == before);
  return 0;
}
