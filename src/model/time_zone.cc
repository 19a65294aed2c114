#include "model/time_zone.h"

#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <date/tz.h>
#include <fmt/format.h>

#include "base/units.h"

namespace holter::model {

Result<const date::time_zone*> find_zone(std::string_view name) {
  try {
    if (!name.empty()) return date::locate_zone(name);
    std::error_code ignored;  // without that file the C library takes UTC, too
    if (!std::filesystem::exists("/etc/localtime", ignored)) return date::locate_zone("Etc/UTC");
  } catch (const std::exception&) {
    std::string near;
    try {
      std::vector<std::string_view> names;
      for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
      near = nearest_in(name, names);
    } catch (const std::exception& failure) {
      return Error(ErrorCode::kNotFound, fmt::format("cannot read the time zone database: {}", failure.what()));
    }
    return Error(ErrorCode::kNotFound, fmt::format("cannot use the unknown time zone '{}'{}", excerpt(name),
                                                   near.empty() ? "; one such as Europe/Berlin or UTC is needed"
                                                                : fmt::format(" (did you mean '{}'?)", near)));
  }
  try {
    return date::current_zone();
  } catch (const std::exception& failure) {
    return Error(ErrorCode::kNotFound, fmt::format("cannot tell the system's time zone: {}", failure.what()));
  }
}

}  // namespace holter::model
