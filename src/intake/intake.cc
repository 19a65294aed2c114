#include "intake/intake.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"
#include "intake/sources.h"

namespace holter::intake {
namespace {

enum class Form : unsigned char { kJson, kFormOrJson };

struct Source {
  std::string_view name;
  Form form;
  Status (*read)(const Body&, Taker&);
};

constexpr std::array kSources = std::to_array<Source>({
    {"alertmanager", Form::kJson, &read_alertmanager},
    {"alibabacloud-cms", Form::kFormOrJson, &read_alibabacloud_cms},
    {"alibabacloud-sls", Form::kJson, &read_alibabacloud_sls},
    {"default", Form::kJson, &read_generic},
    {"generic", Form::kJson, &read_generic},
    {"grafana", Form::kJson, &read_grafana},
    {"huaweicloud-ces", Form::kJson, &read_huaweicloud_ces},
    {"prometheus", Form::kJson, &read_alertmanager},
    {"skywalking", Form::kJson, &read_skywalking},
    {"tencent", Form::kJson, &read_tencent},
    {"uptime-kuma", Form::kJson, &read_uptime_kuma},
    {"volcengine", Form::kJson, &read_volcengine},
    {"zabbix", Form::kJson, &read_zabbix},
});

bool looks_like_json(std::string_view body) {
  auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

}  // namespace

std::vector<std::string_view> sources() {
  std::vector<std::string_view> names;
  for (const auto& source : kSources) names.push_back(source.name);
  return names;
}

Result<Batch> read(std::string_view name, std::string_view body, const Options& options) {
  const auto* source = std::ranges::find(kSources, name, &Source::name);
  if (source == kSources.end())
    return Error(ErrorCode::kNotFound, fmt::format("cannot take alerts of '{}': the sources are {}", excerpt(name, 40),
                                                   fmt::join(sources(), ", ")));
  if (body.size() > kMostBody)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot take alerts: the body has {}, and at most {} are allowed",
                                                   format_size(body.size()), format_size(kMostBody)));
  TreeMemory memory(options.account);
  bool form = source->form == Form::kFormOrJson && !looks_like_json(body);
  TRY(auto value, form ? parse_form(body, memory) : parse_json(body, memory));
  Taker taker(name, options);
  TRY_OK(source->read(Body{std::move(value), memory}, taker));
  return taker.finish();
}

Error not_of_form(std::string_view what) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot read the body: {}", what)};
}

Result<const json::array*> list_of(const json::value& body, std::string_view name) {
  const auto* found = member(body, name);
  if (found == nullptr) return not_of_form(fmt::format("it has no list '{}'", name));
  if (!found->is_array()) return not_of_form(fmt::format("'{}' is {}, not a list", name, kind_of(*found)));
  return &found->get_array();
}

}  // namespace holter::intake
