#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/alert_api.h"
#include "base/units.h"
#include "intake/intake.h"

// Alerts of other products.
namespace holter::app {
namespace {

using api::Answered;
using api::Problem;
using intake::Mapping;

constexpr std::pair<std::string_view, Mapping::Paths Mapping::*> kMembers[] = {
    {"alerts", &Mapping::alerts},           {"labels", &Mapping::labels},
    {"annotations", &Mapping::annotations}, {"name", &Mapping::name},
    {"severity", &Mapping::severity},       {"status", &Mapping::status},
    {"starts", &Mapping::starts},           {"ends", &Mapping::ends},
    {"instance", &Mapping::instance},       {"summary", &Mapping::summary},
    {"description", &Mapping::description}, {"url", &Mapping::url},
};

/// "name=event.title,severity=level,resolve_timeout=5m": where members are, instead of where they are looked for. A
/// member that is named twice has two places.
Answered<Mapping> mapping_of(std::string_view text) {
  Mapping mapping;
  std::vector<std::string_view> given;
  while (!text.empty()) {
    auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    auto equals = part.find('=');
    if (equals == std::string_view::npos || equals + 1 == part.size())
      return Problem{400, fmt::format("cannot read '{}': member=path is needed", excerpt(part)), "mapping", 0};
    auto member = part.substr(0, equals), path = part.substr(equals + 1);
    if (member == "resolve_timeout") {
      auto timeout = parse_duration(path);
      if (!timeout) return Problem{400, timeout.error().message(), "mapping", 0};
      mapping.resolve_timeout = *timeout;
      continue;
    }
    auto found = std::ranges::find(kMembers, member, &std::pair<std::string_view, Mapping::Paths Mapping::*>::first);
    if (found == std::end(kMembers))
      return Problem{400, fmt::format("an alert has no member '{}'", excerpt(member)), "mapping", 0};
    auto& paths = mapping.*(found->second);
    if (std::ranges::find(given, member) == given.end()) paths.clear();
    given.push_back(member);
    paths.emplace_back(path);
  }
  return mapping;
}

}  // namespace

AlertApi::Answer<api::IntakeReport> AlertApi::take(std::string source, std::string body, std::string mapping, Caller) {
  auto places = mapping_of(mapping);
  if (!places) co_return places.error();
  auto read =
      intake::read(source, body, {.account = parts_.pages, .now = parts_.clock.wall(), .mapping = std::move(*places)});
  if (!read) {
    if (read.error().code() != ErrorCode::kNotFound) ++taken_[source].bodies_refused;  // a source that there is
    if (read.error().code() == ErrorCode::kInvalidArgument) co_return Problem{422, read.error().message(), "", 0};
    co_return read.error();
  }
  api::IntakeReport report{.taken = 0, .refused = read->refused, .reasons = read->reasons};
  bool full = false;
  for (auto& taken : read->alerts) {
    auto good = parts_.desk.take(std::move(taken.alert), taken.expires);
    if (good) {
      ++report.taken;
      continue;
    }
    full = full || good.error().code() == ErrorCode::kResourceExhausted;
    ++report.refused;
    if (report.reasons.size() < intake::kMostReasons) report.reasons.push_back(good.error().message());
  }
  auto& counted = taken_[source];
  counted.taken += report.taken;
  counted.refused += report.refused;
  // Whoever sent it shall send it again when there is memory.
  if (report.taken == 0 && full) co_return Problem{503, report.reasons.front(), "", 30};
  co_return report;
}

}  // namespace holter::app
