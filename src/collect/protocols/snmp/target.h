#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/plugin.h"
#include "collect/protocols/snmp/value.h"
#include "net/snmp.h"

namespace holter::collect::snmp {

/// Whom a set asks, and for what: its block, checked.
struct Target {
  static constexpr std::size_t kMostColumns = 128;

  std::string host;
  std::string text;  ///< "host:port"
  std::uint16_t port = 161;
  milliseconds timeout{};
  net::SnmpCredentials credentials;
  bool walk = false;
  std::uint32_t most_repetitions = 0;  ///< 0: as many as fit
  /// What is asked for: the OIDs of those aliases that have one.
  struct Column {
    net::Oid oid;
    Form form = Form::kUsual;
  };
  std::vector<Column> columns;
  /// Where the cell of each alias comes from: a column, or one of these.
  static constexpr int kNothing = -1, kResponseTime = -2, kIndex = -3;
  std::vector<int> aliases;

  /// Errors: kInvalidArgument, naming the key and the value.
  static Result<Target> of(const ProbeConfig& config);
  std::size_t bytes() const;
};

}  // namespace holter::collect::snmp
