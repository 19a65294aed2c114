#include "access/oidc_json.h"

#include <boost/json/parse.hpp>
#include <utility>

#include <fmt/format.h>

namespace holter::access {
namespace {

/// The tree of a text: at worst each two bytes ("1,") become a value of 24, in an array that doubles.
constexpr std::size_t kTreeFactor = 16;
constexpr std::size_t kTreeBytes = 4 * 1024;
constexpr std::size_t kMostDepth = 8;

}  // namespace

Result<ForeignObject> ForeignObject::parse(std::string_view text, std::string_view what, memory::Account& account) {
  ForeignObject parsed;
  TRY(parsed.reserved_, account.reserve(kTreeFactor * text.size() + kTreeBytes));
  boost::system::error_code failure;
  boost::json::parse_options options;
  options.max_depth = kMostDepth;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), failure, {}, options);
  if (failure) return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read {}: {}", what, failure.message()));
  if (!value.is_object()) return Error(ErrorCode::kProtocolViolation, fmt::format("cannot read {}: no object", what));
  parsed.object_ = std::move(value.as_object());
  return parsed;
}

std::optional<std::string_view> ForeignObject::text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string().data(), value->get_string().size());
}

}  // namespace holter::access
