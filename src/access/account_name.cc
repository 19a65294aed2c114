#include "access/account_name.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/utf8.h"

namespace holter::access {
namespace {

constexpr std::size_t kMostBytes = 64;

Error refused(std::string why) {
  return {ErrorCode::kInvalidArgument, "cannot take this name of an account: " + std::move(why)};
}

}  // namespace

Status check_account_name(std::string_view name) {
  if (name.empty()) return refused("it is empty");
  if (name.size() > kMostBytes)
    return refused(fmt::format("it has {} bytes, {} are the most", name.size(), kMostBytes));
  std::string scratch;
  if (as_utf8(name, scratch).data() != name.data()) return refused("it is not UTF-8");
  if (std::ranges::any_of(name, [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == ':'; }))
    return refused("it has a blank, a control character or ':'");
  return {};
}

}  // namespace holter::access
