#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model/definition.h"

namespace holter::testing {

using Texts = std::vector<std::pair<std::string, std::string>>;

/// The block of a protocol whose values are texts; `more` replaces keys of `texts` and adds others behind them.
inline model::Node block_of_texts(Texts texts, const Texts& more = {}) {
  for (const auto& [key, value] : more) std::erase_if(texts, [&](const auto& each) { return each.first == key; });
  texts.insert(texts.end(), more.begin(), more.end());
  model::Node block{.kind = model::Node::Kind::kMap};
  for (auto& [key, value] : texts) {
    block.keys.push_back(std::move(key));
    block.items.push_back(model::Node::of_text(std::move(value)));
  }
  return block;
}

}  // namespace holter::testing
