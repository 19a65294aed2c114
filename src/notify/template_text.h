#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::notify {

/// A template that was read once: what the library may be given.
struct TemplateText {
  std::string text;
  std::size_t literals = 0;  ///< bytes of it that stand outside of all sections
};

/// What the checker needs to know of names.
class KnownNames {
 public:
  virtual ~KnownNames() = default;
  /// Whether `name` may stand within these sections, the outermost first.
  virtual bool knows(std::string_view name, const std::vector<std::string_view>& sections) const = 0;
  /// A similar name, or "".
  virtual std::string_view near(std::string_view name) const = 0;
};

/// In front of the number in the name of a tag that stands behind each tag of a section, and says how many bytes of
/// plain text a pass through what follows gives: so that who looks up names can bound what is made. No name of a user's
/// begins with it. Its value must be kNoText, which keeps the library from leaving out the line, and is taken out at
/// the end.
constexpr char kChargeMark = '\x01';
constexpr char kNoText = '\x02';

/// Checks a Mustache template: tags closed, sections closed in order and at most 8 deep, names known, no partials, no
/// other delimiters, without `may_be_raw` no unescaped values. Errors: kInvalidArgument "line 3: ...".
Result<TemplateText> check_template(std::string_view text, const KnownNames& names, bool may_be_raw);

}  // namespace holter::notify
