#include "api/content.h"

#include <algorithm>
#include <boost/json/parser.hpp>
#include <boost/json/storage_ptr.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"
#include "secrets/primitives.h"

namespace holter::api {
namespace {

namespace json = boost::json;

/// The tree of a text: at worst each two bytes ("1,") become a value of 24.
constexpr std::size_t kTreeFactor = 16;
constexpr std::size_t kTreeBytes = 4 * 1024;
/// A tree of alert routes is 8 deep, and each of them takes two levels.
constexpr std::size_t kMostDepth = 24;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

}  // namespace

json::memory_resource* WipedMemory::heap() {
  static WipedMemory memory(*json::storage_ptr().get());
  return &memory;
}

void* WipedMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
  return upstream_.allocate(bytes, alignment);
}

void WipedMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
  secrets::wipe({static_cast<char*>(memory), bytes});
  upstream_.deallocate(memory, bytes, alignment);
}

Result<Content> Content::parse(std::string_view text, memory::Account& account) {
  Content content;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return content;
  TRY(content.reservation_, account.reserve(kTreeFactor * text.size() + kTreeBytes));
  boost::system::error_code failure;
  json::parse_options options;
  options.max_depth = kMostDepth;
  json::parser parser(WipedMemory::heap(), options);
  parser.reset(WipedMemory::heap());
  parser.write(text.data(), text.size(), failure);
  if (failure) return invalid(fmt::format("cannot read the content as JSON: {}", failure.message()));
  auto value = parser.release();
  if (!value.is_object()) return invalid("cannot use the content: a JSON object is needed");
  content.object_ = std::move(value.as_object());
  return content;
}

Result<Content> Content::parse(std::string_view text, std::initializer_list<std::string_view> keys,
                               memory::Account& account) {
  TRY(auto content, parse(text, account));
  for (const auto& [key, member] : content.object_) {
    std::string_view name(key.data(), key.size());
    if (std::ranges::find(keys, name) != keys.end()) continue;
    auto near = nearest_in(name, keys);
    std::string hint = keys.size() == 0 ? std::string("this path takes none")
                       : near.empty()   ? fmt::format("known are {}", fmt::join(keys, ", "))
                                        : fmt::format("did you mean '{}'?", near);
    return invalid(fmt::format("cannot use the key '{}': {}", excerpt(name), hint));
  }
  return content;
}

}  // namespace holter::api
