#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "notify/channel.h"
#include "notify/store.h"

namespace holter::notify {

/// One message that stands for many that a receiver may not be sent one by one. It fires when one of them does, has the
/// worst severity, and names each title, most recent last; its alerts are theirs, each once with its newest state, as
/// far as they fit.
Message digest_of(const std::vector<Message>& messages, const PluginInfo& channel);

/// The entry of a digest of `members` (two or more, of one receiver, by id), queued at `now`. Its key follows from
/// theirs: made twice, it is stored once. Errors: those of message_from_json() and to_json().
Result<Entry> digest_entry(const std::vector<Entry>& members, const PluginInfo& channel, WallTime now);

}  // namespace holter::notify
