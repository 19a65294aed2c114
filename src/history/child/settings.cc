#include "history/child/settings.h"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::history::child {
namespace {

Error invalid(std::string_view argument) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the argument {}", excerpt(argument))};
}

Status set(Settings& settings, std::string_view name, std::string_view value) {
  if (name == "dir") {
    settings.store.dir = value;
    return {};
  }
  std::int64_t number = 0;
  auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc() || end != value.data() + value.size() || number < 0) return invalid(name);
  auto& store = settings.store;
  if (name == "socket")
    settings.socket = static_cast<int>(number);
  else if (name == "parent")
    settings.parent = static_cast<int>(number);
  else if (name == "data_limit")
    settings.data_limit = static_cast<std::uint64_t>(number);
  else if (name == "memory")
    store.engine_memory = static_cast<std::uint64_t>(number);
  else if (name == "retention_ms")
    store.archive.retention = std::chrono::milliseconds(number);
  else if (name == "every_ms" && number > 0)
    store.archive.every = std::chrono::milliseconds(number);
  else if (name == "after_ms")
    store.archive.after = std::chrono::milliseconds(number);
  else if (name == "most_rows")
    store.archive.most_rows = static_cast<std::uint64_t>(number);
  else
    return invalid(name);
  return {};
}

}  // namespace

Result<Settings> parse_settings(std::span<char* const> arguments) {
  Settings settings;
  for (std::string_view argument : arguments) {
    auto equals = argument.find('=');
    if (equals == argument.npos) return invalid(argument);
    TRY_OK(set(settings, argument.substr(0, equals), argument.substr(equals + 1)));
  }
  if (settings.socket < 0 || settings.parent <= 0 || settings.store.dir.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot start without socket=, parent= and dir=");
  return settings;
}

}  // namespace holter::history::child
