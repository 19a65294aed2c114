#pragma once

#include <string_view>

#include <gtest/gtest.h>

#include "memory/account.h"

namespace holter::memory {

/// For tests: what a report says of the account of that path.
inline AccountInfo info_of(const Budget& budget, std::string_view name) {
  for (auto& info : budget.snapshot())
    if (info.name == name) return info;
  ADD_FAILURE() << "no account " << name;
  return {};
}

}  // namespace holter::memory
