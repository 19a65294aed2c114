#include "collect/protocols/http/reader_pool.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace holter::collect::http {
namespace {

/// Lengths stand before the texts, so that no two keys have the same name.
std::string name_of(const ReaderKey& key) {
  std::string name;
  auto add = [&name](std::string_view text) { name += fmt::format("{}:{}", text.size(), text); };
  add(key.parse_type);
  add(key.script);
  add(key.parse_type == "prometheus" ? key.set : std::string_view{});
  for (const auto& alias : key.aliases) add(alias);
  return name;
}

}  // namespace

Result<ReaderPool::Found> ReaderPool::get(const ReaderKey& key) {
  auto name = name_of(key);
  {
    std::lock_guard lock(mutex_);
    if (auto known = known_.find(name); known != known_.end())
      if (auto reader = known->second.lock()) return Found{std::move(reader), false};
  }
  TRY(auto reader, Reader::compile(key));
  std::lock_guard lock(mutex_);
  if (known_.size() >= most_) std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
  if (known_.size() < most_) known_[std::move(name)] = reader;
  return Found{std::move(reader), true};
}

std::size_t ReaderPool::size() const {
  std::lock_guard lock(mutex_);
  return known_.size();
}

}  // namespace holter::collect::http
