#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace holter::collect {

/// A message made without any allocation, cut to `kBytes`: for what must be said when there is no memory.
template <std::size_t kBytes>
class FixedText {
 public:
  /// Valid until the next call and while this object lives.
  template <class... Args>
  std::string_view format(fmt::format_string<Args...> pattern, Args&&... args) {
    auto end = fmt::format_to_n(bytes_.data(), kBytes, pattern, std::forward<Args>(args)...);
    return {bytes_.data(), std::min<std::size_t>(end.size, kBytes)};
  }

 private:
  std::array<char, kBytes> bytes_;
};

}  // namespace holter::collect
