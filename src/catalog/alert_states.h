#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "catalog/database.h"

namespace holter::catalog {

/// What is kept so that a restart goes on where the process ended.
enum class StateTable : std::uint8_t {
  kAlerts,  ///< of the evaluation of rules: a row for each rule and fingerprint that is pending or fires
  kGroups,  ///< of notification groups: what was told last, and when
};

struct StoredState {
  std::string key;     ///< 1 to 512 bytes
  std::string json;    ///< whether it is JSON is for others to see
  WallTime updated{};  ///< set when it is stored
  friend bool operator==(const StoredState&, const StoredState&) = default;
};

struct StateBounds {
  std::size_t rows;
  std::size_t json_bytes;  ///< of one
};
constexpr StateBounds bounds_of(StateTable table) {
  return table == StateTable::kAlerts ? StateBounds{200'000, 8 * 1024} : StateBounds{20'000, 1024 * 1024};
}

/// Stores `states`, each in the place of the one of its key, and deletes those of the keys `gone`; a key in both is
/// stored. Errors: kInvalidArgument; kResourceExhausted when there would be more than `most`.
Status put_states(Transaction& transaction, StateTable table, std::span<const StoredState> states,
                  std::span<const std::string> gone, std::size_t most);
inline Status put_states(Transaction& transaction, StateTable table, std::span<const StoredState> states,
                         std::span<const std::string> gone = {}) {
  return put_states(transaction, table, states, gone, bounds_of(table).rows);
}

/// Those with keys behind `after`, in the order that the database gives to keys: at most `most` and up to about 1 MiB;
/// empty at the end. To read all: begin with "", go on with the last key.
Result<std::vector<StoredState>> read_states(Database& database, StateTable table, const std::string& after,
                                             std::size_t most = 1000);
Result<std::size_t> count_states(Database& database, StateTable table);

}  // namespace holter::catalog
