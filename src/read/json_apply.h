#pragma once

#include "expr/json_lookup.h"
#include "memory/account.h"

namespace holter::read {

/// How expressions read JSON: `json:apply(x).a.b`. One pass over the document, which keeps nothing but the value found.
/// Of members with the same name the first counts. Any thread; the account (for texts with escapes) must outlive it.
class JsonApply final : public expr::JsonLookup {
 public:
  explicit JsonApply(memory::Account& account) : account_(account) {}
  Found lookup(std::string_view document, std::span<const std::string_view> path, expr::TextArena& arena,
               expr::Value& value) const override;

 private:
  memory::Account& account_;
};

}  // namespace holter::read
