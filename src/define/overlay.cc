#include "define/overlay.h"

#include <algorithm>
#include <set>
#include <utility>

#include "define/extends.h"

namespace holter::define {
namespace {

using DefinitionPtr = std::shared_ptr<const model::Definition>;

/// More than may extend each other: a longer way is a circle.
constexpr int kMostSteps = 16;

/// One attempt: all of them together, and what of it could not be completed.
struct Attempt {
  Registry all, whole;
  Problems problems;

  Attempt(const Registry& files, std::span<const DefinitionPtr> over) : all(files) {
    for (const auto& definition : over) all.add(definition);
    whole = all;
    resolve_extends(whole, problems);
  }
  bool lacks(std::string_view app) const { return all.find(app) && !whole.find(app); }

  std::string reason_of(const std::string& source) const {
    auto found = std::ranges::find(problems.list, source, &Problem::file);
    return found == problems.list.end() ? "what it extends cannot be used" : found->message;
  }
};

/// Which of those laid over keeps `app` from being complete; null: none, it is a matter of files. First the way down to
/// the last that lacks, since those above fail only for its sake.
DefinitionPtr guilty(const Attempt& attempt, const Registry& files, std::string_view app) {
  auto is_over = [&](const DefinitionPtr& one) { return files.find(one->app) != one; };
  auto last = attempt.all.find(app);
  for (int i = 0; i < kMostSteps && attempt.lacks(last->extends); ++i) last = attempt.all.find(last->extends);
  for (int i = 0; i < kMostSteps && last; ++i) {
    if (is_over(last)) return last;
    last = last->extends.empty() ? nullptr : attempt.all.find(last->extends);
  }
  return nullptr;
}

}  // namespace

Registry lay_over(const Registry& files, std::span<const DefinitionPtr> over, std::vector<LeftOut>& left_out,
                  Problems& problems) {
  std::vector<DefinitionPtr> used(over.begin(), over.end());
  for (;;) {
    Attempt attempt(files, used);
    std::set<std::string> out;
    for (auto app : attempt.all.apps()) {
      if (!attempt.lacks(app)) continue;
      auto cause = guilty(attempt, files, app);
      if (!cause || !out.insert(cause->app).second) continue;
      const auto& failed = attempt.lacks(cause->app) ? cause->source : attempt.all.find(app)->source;
      left_out.push_back({cause->app, attempt.reason_of(failed)});
    }
    if (out.empty()) {
      for (auto& problem : attempt.problems.list) problems.add(std::move(problem));
      return std::move(attempt.whole);
    }
    std::erase_if(used, [&](const auto& definition) { return out.contains(definition->app); });
  }
}

}  // namespace holter::define
