#include "define/problem.h"

#include <algorithm>

#include <fmt/format.h>

namespace holter::define {

std::string to_string(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line > 0) out += fmt::format(":{}:{}", problem.line, problem.column);
  if (!out.empty()) out += ": ";
  out += problem.severity == Problem::Severity::kError ? "error: " : "warning: ";
  if (!problem.key.empty()) out += problem.key + ": ";
  return out + problem.message;
}

void Problems::add(Problem problem) {
  ++(problem.severity == Problem::Severity::kError ? errors : warnings);
  if (list.size() >= kMost && problem.severity == Problem::Severity::kError) {
    auto last = std::ranges::find(list.rbegin(), list.rend(), Problem::Severity::kWarning, &Problem::severity);
    if (last != list.rend()) list.erase(std::next(last).base());
  }
  if (list.size() < kMost) list.push_back(std::move(problem));
}

}  // namespace holter::define
