#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "collect/exporter_publish.h"
#include "collect/layout.h"
#include "testing/replay_world.h"

namespace {

using namespace holter;
using testing::ReplayAttempt;
using testing::ReplayWorld;

class Checking final : public ReplayAttempt {
 public:
  explicit Checking(ReplayWorld& world) : ReplayAttempt(world, 0), account_(world.account) {}
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

 private:
  memory::Account& account_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ReplayWorld world;
  auto before = world.account.used();
  {
    net::HttpResponse response;
    response.body.assign(reinterpret_cast<const char*>(data), size);
    if (size % 2 == 1) response.headers = {{"Content-Type", "application/openmetrics-text"}};
    Checking attempt(world);
    (void)collect::exporter::publish_metrics(attempt, response, {.metrics = 50, .rows = 200});
  }
  CHECK(world.account.used() == before);
  return 0;
}
