#pragma once

#include "model/definition.h"
#include "model/monitor.h"

namespace holter::define {

/// The set with every `^_^x^_^` replaced by the monitor's parameters (format section 2.1): scalars, map keys that
/// expand to the entries of a key-value parameter, list elements that expand to those of an array parameter. A
/// parameter that is declared but has no value makes a whole scalar null and is empty text inside a longer one; a name
/// that is not declared makes a whole scalar null, too (so that the protocol's default applies), and stays as it is
/// inside one.
model::ResolvedSet resolve(const model::SetDef& set, const model::Monitor& monitor);

}  // namespace holter::define
