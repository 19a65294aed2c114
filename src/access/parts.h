#pragma once

#include "base/clock.h"
#include "catalog/catalog.h"
#include "memory/account.h"
#include "secrets/password_hasher.h"

namespace holter::access {

/// What the classes of this folder work with. All of it outlives them.
struct Parts {
  catalog::Catalog& catalog;
  secrets::PasswordHasher& hasher;
  const Clock& clock;        ///< the catalog's
  memory::Account& account;  ///< parts of it: "sessions", "tokens", "addresses"
};

}  // namespace holter::access
