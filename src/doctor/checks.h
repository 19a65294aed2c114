#pragma once

#include <vector>

#include "doctor/facts.h"
#include "doctor/finding.h"

namespace holter::doctor {

// Each check is a function of facts alone. `user` is who asks.

Finding check_data_dir(const DataDir& dir, const User& user);
/// A warning below 1 GiB or 5 % of bytes, or 5 % of inodes; an error where nothing can be written.
Finding check_disk(const Disk& disk);
/// Pings need the group in net.ipv4.ping_group_range (icmp(7)) or CAP_NET_RAW (raw(7)).
Finding check_ping(const Ping& ping, const User& user);
Finding check_open_files(const OpenFiles& files);
/// A warning where the kernel's clock is not synchronised, or may be wrong by more than 1 s.
Finding check_clock(const ClockState& clock);
/// Does the limit hold what both processes and the kernel take (docs/memory.md)?
Finding check_memory(const Memory& memory);
Finding check_stalls(const Stalls& stalls);
Finding check_listen(const Listen& listen);
Finding check_time_zones(const TimeZones& zones);
Finding check_history(const Program& history);

/// All of them, in the order in which they are shown.
std::vector<Finding> check_all(const Facts& facts);

}  // namespace holter::doctor
