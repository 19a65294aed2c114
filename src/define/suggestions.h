#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "define/definitions.h"
#include "define/subject.h"

// What could be watched of a host, by what the definitions say of themselves: their parameters "host" and "port", with
// the default of the latter. Nothing here asks anybody; who does fills in Seen between the two steps.
namespace holter::define {

/// The ports to be tried before something is suggested.
struct ScanPlan {
  static constexpr std::size_t kMostPorts = 64;
  std::vector<std::uint16_t> ports;     ///< each once
  std::vector<std::uint16_t> left_out;  ///< beyond kMostPorts
};
ScanPlan plan_scan(const Registry& definitions, const Subject& subject);

/// What was found out.
struct Seen {
  struct Port {
    std::uint16_t port = 0;
    double connect_ms = 0;
  };
  std::optional<double> ping_ms;  ///< it answered a ping
  std::vector<Port> open;         ///< that take connections
};

/// A monitor that could be made.
struct Suggestion {
  enum class Reason : std::uint8_t {
    kUrl,          ///< the URL was given
    kPing,         ///< a host is to be pinged
    kDefaultPort,  ///< the port is that of the definition
    kPort,         ///< the port was given, whatever speaks there
    kNetwork,      ///< an address of the network answered
  };
  std::string name;  ///< "db1.example mysql"
  std::string app;
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::string> missing;  ///< required parameters that nobody can guess, such as a user
  Reason reason{};
  std::uint16_t port = 0;             ///< 0: it has none
  bool reachable = false;             ///< it answered: the ping, or the connection to the port
  std::optional<double> duration_ms;  ///< of the answer
};
std::string_view to_string(Suggestion::Reason reason);

/// The best first. Of a URL and of an endpoint all that fits, reachable or not; of a host what answered.
std::vector<Suggestion> suggest(const Registry& definitions, const Subject& subject, const Seen& seen);
/// A ping for one address of a network that answered; nothing where there is no definition for it.
std::optional<Suggestion> suggest_ping(const Registry& definitions, const std::string& address, double ping_ms);

}  // namespace holter::define
