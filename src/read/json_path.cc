#include "read/json_path.h"

#include <fmt/format.h>

#include "base/units.h"
#include "read/json_steps.h"
#include "read/json_stream.h"

namespace holter::read {
namespace {

class Forward final : public JsonUnitResults {
 public:
  explicit Forward(JsonResults& results) : results_(results) {}
  Status value(JsonTree& tree, std::uint32_t node, Meter&, JsonWork&) override { return results_.value(tree, node); }

 private:
  JsonResults& results_;
};

}  // namespace

Result<JsonPath> JsonPath::compile(std::string_view text) {
  JsonPath out;
  TRY(auto steps, parse_json_path(text));
  auto plan = JsonPlan::of(steps);
  out.text_ = text;
  out.steps_ = std::make_shared<const JsonSteps>(std::move(steps));
  out.plan_ = std::make_shared<const JsonPlan>(std::move(plan));
  return out;
}

bool JsonPath::definite() const {
  return steps_->definite();
}

Status JsonPath::read(std::string_view document, memory::Account& account, JsonResults& results) const {
  Forward forward(results);
  return named(stream_json(document, *steps_, *plan_, account, forward));
}

Status JsonPath::named(Status status) const {
  if (status || status.error().message().starts_with("cannot ")) return status;
  return Error(status.error().code(),
               fmt::format("cannot read JSONPath \"{}\": {}", excerpt(text_, 120), status.error().message()));
}

}  // namespace holter::read
