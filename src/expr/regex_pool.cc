#include "expr/regex_pool.h"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "expr/program.h"

namespace holter::expr {

Result<std::shared_ptr<const re2::RE2>> compile_regex(std::string_view pattern) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kRegexBytes);
  auto compiled = std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (compiled->ok()) return compiled;
  const bool too_large = compiled->error_code() == re2::RE2::ErrorPatternTooLarge;
  return Error(too_large ? ErrorCode::kTooLarge : ErrorCode::kInvalidArgument,
               fmt::format("\"{}\" is no regular expression of RE2: {}", excerpt(pattern, 60), compiled->error()));
}

Result<std::shared_ptr<const re2::RE2>> RegexPool::get(std::string_view pattern) {
  std::lock_guard lock(mutex_);  // while it compiles, too: bounded, and nobody compiles the same one twice
  auto found = known_.find(std::string(pattern));
  if (found != known_.end())
    if (auto shared = found->second.lock()) return shared;
  if (known_.size() >= most_) forget_unused();
  if (known_.size() >= most_) {
    ++refused_;
    return Error(ErrorCode::kTooLarge,
                 fmt::format("\"{}\" would be one more than {} different regular expressions in all",
                             excerpt(pattern, 60), most_));
  }
  TRY(auto compiled, compile_regex(pattern));
  known_.insert_or_assign(std::string(pattern), compiled);
  return compiled;
}

void RegexPool::forget_unused() {
  std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
}

std::size_t RegexPool::size() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(known_, [](const auto& entry) { return !entry.second.expired(); }));
}

std::size_t RegexPool::held_bytes() const {
  const auto in_use = size();
  std::lock_guard lock(mutex_);
  std::size_t bytes = sizeof(*this) + in_use * kRegexBytes + known_.bucket_count() * sizeof(void*);
  for (const auto& [pattern, regex] : known_)
    bytes += sizeof(regex) + 2 * sizeof(void*) + sizeof(pattern) + pattern.capacity();
  return bytes;
}

std::uint64_t RegexPool::refused() const {
  std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace holter::expr
