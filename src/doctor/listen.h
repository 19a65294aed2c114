#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "doctor/facts.h"

namespace holter::doctor {

/// What the answer to GET /readyz says of who gave it: kHolter, kNotReady or kTaken. `answer` is cut or empty at worst.
Listen read_answer(std::string_view answer);

/// Could `address` ("127.0.0.1:2157", "[::1]:2157", "localhost:2157") be listened on? When the port is taken, asks what
/// has it by GET /readyz; waits for connection and answer together at most 2 s, takes at most 4 KiB. An address that
/// other machines reach is kRefused and never connected to. Blocks.
Listen ask_listen(const std::string& address, const Clock& clock);

}  // namespace holter::doctor
