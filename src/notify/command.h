#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "notify/channel.h"
#include "runtime/shard.h"

namespace holter::notify {

/// The most that a command may print; the rest is read and dropped.
constexpr std::size_t kMostCommandOutput = 64 * 1024;

/// Runs a program in a process group of its own, with `call.input` on standard input, both outputs as one, and with the
/// environment of `call` besides PATH, LANG, HOME and TZ; no descriptor of ours goes with it. When it has ended, or at
/// `deadline`, all of its group is killed. Errors: kTimeout; kInvalidArgument (it cannot be started: no such program);
/// kResourceExhausted; kIo; kCancelled.
boost::asio::awaitable<Result<CommandAnswer>> run_command(CommandCall call, MonoTime deadline,
                                                          runtime::Executor executor, memory::Account* account);

}  // namespace holter::notify
