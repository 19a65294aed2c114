#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "history/child/store.h"

namespace holter::history::child {

/// What the main process passes on the command line.
struct Settings {
  int socket = -1;
  int parent = 0;                ///< pid of the main process
  std::uint64_t data_limit = 0;  ///< RLIMIT_DATA; 0: none
  StoreOptions store;
};

/// Reads "name=value" arguments: socket, parent, dir (required); memory, data_limit, retention_ms, every_ms, after_ms,
/// most_rows. Errors: kInvalidArgument.
Result<Settings> parse_settings(std::span<char* const> arguments);

}  // namespace holter::history::child
