#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "base/clock.h"

// What latest.cc and values.cc share; for this folder only.
namespace holter::latest {

constexpr std::size_t kMonitorBytes = 64 + 24;  // entry, and its share of the index
constexpr std::size_t kLeastHoles = 64 * 1024;  // bytes; fewer are left alone
constexpr seconds kStaleSlack{10};
constexpr std::size_t kSetBytes = 32;
constexpr std::size_t kRowBytes = 24;
constexpr std::size_t kCellBytes = 8;
constexpr std::size_t kIndexBytes = 16;  // a series' share of the index just after that has grown
constexpr std::size_t kLongestMessage = 512;
constexpr std::size_t kLongestText = 16 * 1024;  // labels that are longer have no place here

/// Position of the element whose member `name` is `wanted`, or -1.
template <class Range, class Member>
int position(const Range& range, Member name, std::string_view wanted) {
  for (std::size_t i = 0; i < range.size(); ++i)
    if (range[i].*name == wanted) return static_cast<int>(i);
  return -1;
}

inline std::string_view view(const std::unique_ptr<char[]>& text) {
  return text ? std::string_view(text.get()) : std::string_view();
}

}  // namespace holter::latest
