#pragma once

#include "define/definitions.h"
#include "define/problem.h"

namespace holter::define {

/// Completes every definition that extends another (`extends: <app>`): first come the other's params and sets, those of
/// the same field or name replaced by its own, then its own further ones. The other may extend a third, at most
/// 8 deep. One that cannot be completed leaves the registry; errors: the other does not exist or is not usable, a
/// cycle, more params or sets than a definition may have, no set of priority 0. Warnings: placeholders that no
/// parameter declares.
void resolve_extends(Registry& registry, Problems& problems);

}  // namespace holter::define
