#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/alert_objects.h"
#include "catalog/database.h"
#include "secrets/keyring.h"

namespace holter::app {

/// What a secret of a receiver is sealed for, as sealed_context() says it of a monitor's.
std::string sealed_context(catalog::AlertObjectId receiver, std::string_view field);

/// What came of sealing all passwords of the catalog by the newest key.
struct Resealed {
  std::size_t all = 0;              ///< sealed texts that there are
  std::size_t anew = 0;             ///< of them sealed anew
  std::size_t failures = 0;         ///< could not be opened, and stay as they are
  std::vector<std::string> failed;  ///< the first of those, with the reason

  static constexpr std::size_t kMostNamed = 10;
};

/// Seals by the newest key what an older one has sealed, of monitors and of receivers, in transactions of at most
/// `kTogether`, each of which lasts a moment; who changes a password meanwhile wins, and is come back to. Interrupted,
/// it goes on when it is called again. `progress` is told how many of how many have been looked at. Errors: those of
/// the catalog; kUnavailable when others change passwords all the time.
Result<Resealed> reseal_all(catalog::Database& database, const secrets::Keyring& keyring,
                            const std::function<void(std::size_t done, std::size_t all)>& progress = {});
constexpr std::size_t kTogether = 200;

}  // namespace holter::app
