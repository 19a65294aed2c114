#include "collect/protocols/http/reader.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/http/readers.h"

namespace holter::collect::http {
namespace {

constexpr std::size_t kPaths = 4096;

constexpr std::string_view kJson = "application/json";
constexpr Reader::Type kTypes[] = {
    {.name = "default", .accept = kJson, .make = make_default},
    {.name = "jsonPath", .accept = kJson, .compiled_bytes = kPaths, .make = make_json_path},
    {.name = "prometheus", .make = make_exporter},
    {.name = "PromQL", .compiled_bytes = kPaths, .make = make_promql},
    {.name = "website", .needs_body = false, .make = make_website},
    {.name = "header", .needs_body = false, .make = make_header},
    {.name = "xmlPath",
     .accept = "text/html,application/xml",
     .xml = true,
     .compiled_bytes = 2 * kPaths,
     .make = make_xml},
    {.name = "config", .make = make_config},
    {.name = "sitemap", .xml = true, .fetches = true, .make = make_sitemap},
    {.name = "regex", .compiled_bytes = 128 << 10, .make = make_regex},
    {.name = "csv", .make = make_csv},
};

}  // namespace

Result<const Reader::Type*> find_type(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& type : kTypes) names.push_back(type.name);
  if (name.empty())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read answers: 'parseType' is missing; there are {}", fmt::join(names, ", ")));
  const auto* found = std::ranges::find(kTypes, name, &Reader::Type::name);
  return found == std::end(kTypes) ? &kTypes[0] : found;
}

Result<std::shared_ptr<const Reader>> Reader::compile(const ReaderKey& key) {
  TRY(const auto* type, find_type(key.parse_type));
  if (type->name != key.parse_type) {
    std::vector<std::string_view> names;
    for (const auto& known : kTypes) names.push_back(known.name);
    auto meant = nearest_in(key.parse_type, names);
    log::warning("collect", "the parseType '{}' of the set '{}' is none: it is read like default{}",
                 excerpt(key.parse_type), excerpt(key.set),
                 meant.empty() ? std::string() : fmt::format("; did you mean '{}'?", meant));
  }
  TRY(auto reader, type->make(key));
  reader->type_ = type;
  reader->aliases_ = key.aliases;
  reader->wants_keyword_ = find_alias(key.aliases, "keyword") >= 0;
  reader->script_bytes_ = key.script.size();
  return std::shared_ptr<const Reader>(std::move(reader));
}

std::size_t Reader::bytes() const {
  auto total = sizeof(*this) + 256 + type_->compiled_bytes + script_bytes_;
  for (const auto& alias : aliases_) total += 2 * (sizeof(std::string) + alias.size());
  return total;
}

}  // namespace holter::collect::http
