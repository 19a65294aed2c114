#pragma once

#include <string>

namespace holter::testing {

/// Puts this process into a network namespace of its own, with 127.0.0.0/8 and ::1 up and nothing else: a machine
/// without a network, where a test may change kernel settings. Needs root or user namespaces; ends the test program
/// with a message where neither works. Call it before any thread or socket exists.
void enter_net_namespace();

/// Writes a kernel setting of the namespace, e.g. ("net/ipv4/icmp_echo_ignore_all", "1"). Ends the program on failure.
void set_sysctl(const std::string& path, const std::string& value);

}  // namespace holter::testing
